"""Vectors out of text: one Protocol, and two embedders behind one door.

Nothing heavy is imported until :func:`open_embedder` is called: the language server starts by importing this room.
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
    """Makes unit vectors: the dot product of two is their cosine. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """Which model, in which revision: vectors under two names must never meet in one index."""
        ...

    @property
    def dimension(self) -> int:
        """The length of every vector. An endpoint is asked for it once, which can raise EmbeddingError."""
        ...

    def warm(self) -> None:
        """Load what is not loaded yet, so that the first question need not wait. No endpoint is asked.

        Raises:
            EmbeddingError: a model's files are damaged.
        """
        ...

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return vectors (n, dimension) of ``texts``, in their order.

        A long work is resumed by the caller: hand over one batch, store its vectors, go on with the next.

        Raises:
            EmbeddingError: no vectors can be made now; nothing of this call is kept.
        """
        ...

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector (dimension,) of a question, to be compared with those of documents.

        Raises:
            EmbeddingError: no vector can be made now.
        """
        ...

    def close(self) -> None:
        """End threads and connections. The embedder is of no use afterwards."""
        ...


def open_embedder(options: EmbeddingOptions, threads: int = 0) -> Embedder | None:
    """Return the embedder that ``options`` name, or None for the provider ``none``.

    ``threads`` is for local models; 0 means one a core, at most four. No endpoint is called yet.

    Raises:
        EmbeddingError: the provider is unknown, its model is not named, or its folder holds no usable model.
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
