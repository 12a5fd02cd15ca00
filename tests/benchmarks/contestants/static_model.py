"""A static model (one vector a token) out of the shipped sentence model, the way model2vec distils one."""

from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer

from fieldguide_indexer import EmbeddingOptions
from fieldguide_indexer.embedding import open_embedder
from fieldguide_indexer.embedding.folder import SHIPPED

_DIMENSION = 256
_SIF = 1e-4


def make(folder: Path) -> None:
    """Makes the model in a folder, once; it takes about a minute.

    Each token is embedded alone, the vectors are turned to their main axes, and a token weighs the less the more common
    it is: the vocabulary is in the order of frequency, more or less.
    """
    if (folder / "config.json").exists():
        return
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    tokens = [tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())]
    embedder = open_embedder(EmbeddingOptions())
    assert embedder is not None
    vectors = embedder.embed_documents([token.removeprefix("##") for token in tokens])
    vectors = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    share = 1 / np.arange(1, len(tokens) + 1)
    weights = _SIF / (_SIF + share / share.sum())
    vectors = (vectors @ axes[:, ::-1][:, :_DIMENSION]) * weights[:, np.newaxis]
    vectors[[token.startswith("[") and token.endswith("]") for token in tokens]] = 0
    StaticModel(vectors.astype(np.float32), tokenizer, {"normalize": True}, normalize=True).save_pretrained(
        folder
    )
