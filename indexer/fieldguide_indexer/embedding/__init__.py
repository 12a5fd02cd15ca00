"""Embedding of text: one protocol with two implementations.

Nothing heavy is imported until :func:`open_embedder` is called, since the language server imports this package at start-up.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from fieldguide_indexer.embedding.condense import CONDENSE_VERSION, condense
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CONDENSE_VERSION", "Embedder", "condense", "open_embedder"]


class Embedder(Protocol):
    """Computes unit vectors: the dot product of two is their cosine. Thread-safe."""

    @property
    def name(self) -> str:
        """The model and its revision. Vectors of different names must never be in one index."""
        ...

    @property
    def dimension(self) -> int:
        """The length of all vectors. For an endpoint this makes one request, which may raise EmbeddingError."""
        ...

    def warm(self) -> None:
        """Load the model if necessary, so that the first query is fast. No endpoint is contacted.

        Raises:
            EmbeddingError: a model's files are damaged.
        """
        ...

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors of ``texts`` in order, of shape (n, dimension).

        To make long work resumable, callers pass one batch, store its vectors, and continue with the next.

        Raises:
            EmbeddingError: no vectors can be computed at present; all results of this call are lost.
        """
        ...

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector of a query, of shape (dimension,), to compare with those of documents.

        Raises:
            EmbeddingError: no vector can be computed at present.
        """
        ...

    def close(self) -> None:
        """Stop threads and close connections. The embedder cannot be used afterwards."""
        ...


def open_embedder(options: EmbeddingOptions, threads: int = 0) -> Embedder | None:
    """Return the embedder for ``options``; None for the provider ``none``.

    ``threads`` is for local models; 0 means one per core, at most four. No endpoint is contacted yet.

    Raises:
        EmbeddingError: the provider is unknown, no model is named, or the folder has no usable model.
    """
    match options.provider:
        case "none":
            return None
        case "local":
            from fieldguide_indexer.embedding.sentence import open_sentence_model  # noqa: PLC0415

            return open_sentence_model(options.folder, threads)
        case "openai":
            from fieldguide_indexer.embedding.openai import OpenAIEmbedder  # noqa: PLC0415

            return OpenAIEmbedder(options)
        case unknown:
            message = f"The embedding provider “{unknown}” is unknown: choose local, openai or none."
            raise EmbeddingError(message)
