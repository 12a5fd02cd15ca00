"""An embedder that is named at once and opened at its first use: a library, a model and a hundred megabytes later."""

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
    """Return the embedder that ``options`` name, or None for the provider ``none``. A local one is not loaded yet.

    Raises:
        EmbeddingError: as ``open_embedder`` does, but for files that turn out to be damaged when they are loaded.
    """
    if options.provider != "local":
        return open_embedder(options, threads)
    model = read_model_folder(options.folder) if options.folder else shipped_model()
    return EmbedderOnDemand(model.name, model.dimension, lambda: open_embedder(options, threads))


class EmbedderOnDemand:
    """An Embedder that opens another one when it is first asked for a vector, or for a ``dimension`` not known (0)."""

    def __init__(self, name: str, dimension: int, make: Callable[[], Embedder | None]) -> None:
        self.name = name
        self._dimension = dimension
        self._make = make
        self._made: Embedder | None = None
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """The length of every vector."""
        return self._dimension or self._opened().dimension

    def warm(self) -> None:
        """Open it now."""
        self._opened()

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return vectors (n, dimension) of ``texts``, in their order."""
        return self._opened().embed_documents(texts)

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector (dimension,) of a question."""
        return self._opened().embed_query(text)

    def close(self) -> None:
        """End threads and connections, if there are any yet."""
        with self._lock:
            if self._made is not None:
                self._made.close()

    def _opened(self) -> Embedder:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            assert self._made is not None
            return self._made
