"""An embedder that is opened at its first use, since loading the library and the model takes a hundred megabytes."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import Embedder, open_embedder
from fieldguide_indexer.embedding.folder import read_model_folder, shipped_model
from fieldguide_indexer.options import EmbeddingOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def open_on_demand(options: EmbeddingOptions, threads: int) -> Embedder | None:
    """Return the embedder for ``options``; None for the provider ``none``. A local model is not loaded yet.

    Raises:
        EmbeddingError: as ``open_embedder``, except for damaged files, which are only detected on loading.
    """
    if options.provider != "local":
        return open_embedder(options, threads)
    model = read_model_folder(options.folder) if options.folder else shipped_model()
    return EmbedderOnDemand(model.name, model.dimension, lambda: open_embedder(options, threads))


class EmbedderOnDemand:
    """An Embedder that opens another one when a vector, or an unknown ``dimension`` (0), is first requested."""

    def __init__(self, name: str, dimension: int, make: Callable[[], Embedder | None]) -> None:
        self.name = name
        self._dimension = dimension
        self._make = make
        self._made: Embedder | None = None
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """The length of all vectors."""
        return self._dimension or self._opened().dimension

    def warm(self) -> None:
        """Open the embedder."""
        self._opened()

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors of ``texts`` in order, of shape (n, dimension)."""
        return self._opened().embed_documents(texts)

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector of a query, of shape (dimension,)."""
        return self._opened().embed_query(text)

    def close(self) -> None:
        """Close the embedder if it was opened."""
        with self._lock:
            if self._made is not None:
                self._made.close()

    def _opened(self) -> Embedder:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            assert self._made is not None
            return self._made
