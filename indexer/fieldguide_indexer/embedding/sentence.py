"""A local sentence model: an ONNX session, its tokenizer, and one Python thread per core."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fieldguide_indexer.embedding.folder import ModelFolder, Pooling, read_model_folder, shipped_model
from fieldguide_indexer.embedding.runtime import onnxruntime
from fieldguide_indexer.errors import EmbeddingError

# A condensed chunk fits into 128 word pieces; a query may need more, and is a single text.
DOCUMENT_TOKENS, QUERY_TOKENS = 128, 256
# Tokens are rarely longer: text beyond this would be tokenised only to be truncated.
CHARACTERS_A_TOKEN = 32
KNOWN_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
# Names of outputs with one vector per text; any other output has one vector per token.
SENTENCE_OUTPUTS = ("sentence_embedding", "sentence_embeddings", "embedding", "embeddings")

Vector = NDArray[np.float32]


def open_sentence_model(folder: Path | None, threads: int = 0) -> "SentenceEmbedder":
    """Return the embedder for the model in ``folder``; None means the shipped model.

    Raises:
        EmbeddingError: the folder is missing, incomplete, or has files of another kind.
    """
    return SentenceEmbedder(read_model_folder(folder) if folder else shipped_model(), threads)


class SentenceEmbedder:
    """An Embedder that runs on this machine. ``threads`` 0 means one per core, at most four.

    One text per run of a single-threaded session in several Python threads is faster than batches or ONNX's own threads.
    """

    def __init__(self, model: ModelFolder, threads: int = 0) -> None:
        self.name = model.name
        self._documents = WordPieces(
            model.tokenizer, min(DOCUMENT_TOKENS, model.max_tokens), model.document_prefix
        )
        self._queries = WordPieces(model.tokenizer, min(QUERY_TOKENS, model.max_tokens), model.query_prefix)
        self._network = Network(model.model, model.pooling, model.projection)
        # The first run determines the dimension, and detects a model that loads but does not work.
        with _explained(model.model):
            self.dimension = len(self.embed_query("dimension"))
        self._pool = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), "embedding")

    def warm(self) -> None:
        """Do nothing: the model is loaded."""

    def embed_documents(self, texts: Sequence[str]) -> Vector:
        """Return vectors of shape (n, dimension), of the first 128 word pieces of each text."""
        rows = list(self._pool.map(self._embed_document, texts))
        return np.stack(rows) if rows else np.empty((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of shape (dimension,), of the first 256 word pieces."""
        return self._network.run(self._queries.ids(text))

    def close(self) -> None:
        """Stop the threads; pending texts are dropped."""
        self._pool.shutdown(cancel_futures=True)

    def _embed_document(self, text: str) -> Vector:
        return self._network.run(self._documents.ids(text))


class WordPieces:
    """A model's tokenizer for one purpose, with its prefix and maximum number of tokens."""

    def __init__(self, path: Path, max_tokens: int, prefix: str) -> None:
        with _explained(path):
            self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._prefix = prefix
        self._max_characters = max_tokens * CHARACTERS_A_TOKEN

    def ids(self, text: str) -> list[int]:
        """Return the token ids of the prefixed text, with special tokens."""
        return self._tokenizer.encode(self._prefix + text[: self._max_characters]).ids


class Network:
    """An ONNX text encoder: from token ids to a unit vector."""

    def __init__(self, path: Path, pooling: Pooling, projection: Path | None) -> None:
        self._pooling = pooling
        self._axes = _read_axes(projection) if projection else None
        self._session = _open_session(path)
        self._inputs = {given.name: given.type for given in self._session.get_inputs()}
        if not {"input_ids"} <= self._inputs.keys() <= KNOWN_INPUTS:
            message = (
                f"The model {path} is not a text encoder: it requires {', '.join(sorted(self._inputs))}."
            )
            raise EmbeddingError(message)
        outputs = [made.name for made in self._session.get_outputs()]
        self._output = next((name for name in SENTENCE_OUTPUTS if name in outputs), outputs[0])

    def run(self, ids: Sequence[int]) -> Vector:
        """Return the unit vector of one text, of shape (dimension,)."""
        values = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
        feed = {
            name: np.array([values[name]], np.int32 if kind == "tensor(int32)" else np.int64)
            for name, kind in self._inputs.items()
        }
        output: Vector = self._session.run([self._output], feed)[0][0]
        vector = (output if output.ndim == 1 else _pooled(output, self._pooling)).astype(np.float32)
        if self._axes is not None:
            vector = vector @ self._axes
        unit: Vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return unit


def _pooled(tokens: Vector, pooling: Pooling) -> Vector:
    """Return one vector of shape (dimension,) from those of the tokens, of shape (n, dimension). There is no padding."""
    match pooling:
        case "mean":
            return np.asarray(tokens.mean(axis=0))
        case "cls":
            return np.asarray(tokens[0])
        case "last":
            return np.asarray(tokens[-1])


def _read_axes(path: Path) -> Vector:
    with _explained(path):
        return np.asarray(np.load(path), np.float32)


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # Its log bypasses Python's logging and goes directly to stderr.
    with _explained(path):
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Convert any error of the native libraries about a user's file to an EmbeddingError."""
    try:
        yield
    except EmbeddingError:
        raise
    # Both libraries raise bare Exception, or classes of their own extension modules.
    except Exception as error:
        message = f"The model file {path} cannot be used: it is damaged or of another kind."
        raise EmbeddingError(message) from error
