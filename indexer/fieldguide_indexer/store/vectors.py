"""The vectors, in a Chroma collection on disk. The only module that knows Chroma.

Ids are the catalog's slots: Chroma's HNSW index never reclaims the place of a deleted id, but an upsert of the same
id costs nothing, so slots are recycled. Chroma allows one process a folder; the index's owner is that process.
"""

import logging
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fieldguide_indexer.errors import StorageError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

logger = logging.getLogger(__name__)

_COLLECTION = "chunks"
_PAGE = 10_000
# Cosine distance of vectors that are each other's like: of a dozen copies ten may be found.
_SAME = 0.02


class VectorStore:
    """Unit vectors by slot, searched by cosine. Every method may be called from any thread."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._client: Any = None
        self._collection: Collection | None = None
        # Chroma holds the interpreter for itself while it writes: nothing is lost by taking turns.
        self._lock = threading.Lock()

    def open(self) -> bool:
        """Opens the collection, making it where there is none; says whether it could be opened as it was.

        A damaged folder, or one with vectors of another length, is begun anew.

        Raises:
            StorageError: not even an empty collection can be made.
        """
        existed = self._folder.exists()
        try:
            self._connect()
        except Exception:  # Chroma and its Rust core raise anything for a damaged folder
            logger.exception("The vector store %s cannot be opened; beginning anew", self._folder)
            self.start_over()
            return False
        return existed

    def _connect(self) -> None:
        import chromadb  # noqa: PLC0415 - a second of imports that lexical search need not wait for
        from chromadb.config import Settings  # noqa: PLC0415

        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(
            str(self._folder), settings=Settings(anonymized_telemetry=False)
        )
        collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            # The default of 100 misses one in twenty of the hundred nearest; this misses half of those.
            configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            metadata={"dimension": self._dimension},
        )
        # Loads the index, or finds that it cannot be; and that the length of the vectors is ours.
        collection.query(query_embeddings=np.ones((1, self._dimension), np.float32), n_results=1, include=[])
        self._collection = collection

    def start_over(self) -> None:
        """Begins with an empty collection.

        Raises:
            StorageError: it cannot be made.
        """
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415

        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        # Chroma keeps what it opened by path, a client that failed to start included.
        SharedSystemClient.clear_system_cache()
        try:
            self._connect()
        except Exception as error:
            raise StorageError(f"Chroma cannot make a collection in {self._folder}.") from error

    def upsert(self, slots: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Stores one vector of shape (dimension,) a slot; ``vectors`` has shape (slots, dimension).

        Raises:
            StorageError: Chroma refuses, as when the disk is full.
        """
        with self._opened("written") as collection:
            collection.upsert(ids=[str(slot) for slot in slots], embeddings=vectors)

    def query(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """The nearest slots with their cosine similarities, best first.

        Raises:
            StorageError: Chroma cannot answer.
        """
        with self._opened("searched") as collection:
            found = collection.query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"]
            )
            distances = (found["distances"] or [[]])[0]
            return [
                (int(slot), 1.0 - distance) for slot, distance in zip(found["ids"][0], distances, strict=True)
            ]

    def finds(self, slots: Sequence[int]) -> float:
        """The share of these slots, 0 to 1, that a search for their own vector finds, or finds its like.

        Raises:
            StorageError: Chroma cannot answer.
        """
        with self._opened("read") as collection:
            names = list({str(slot) for slot in slots})
            held = collection.get(ids=names, include=["embeddings"])
            vectors = np.asarray(held["embeddings"], np.float32)
            if not len(vectors):
                return 0.0
            found = collection.query(query_embeddings=vectors, n_results=10, include=["distances"])
            nearest = zip(held["ids"], found["ids"], found["distances"] or [], strict=True)
            return sum(name in ids or bool(far and min(far) < _SAME) for name, ids, far in nearest) / len(
                names
            )

    def slots(self) -> set[int]:
        """Every slot that holds a vector."""
        with self._opened("read") as collection:
            pages = range(0, collection.count(), _PAGE)
            found = (collection.get(limit=_PAGE, offset=start, include=[])["ids"] for start in pages)
            return {int(slot) for page in found for slot in page}

    def count(self) -> int:
        """How many slots hold a vector."""
        with self._opened("read") as collection:
            return collection.count()

    @contextmanager
    def _opened(self, doing: str) -> "Iterator[Collection]":
        with self._lock:
            if self._collection is None:
                raise StorageError("The vectors are closed.")
            try:
                yield self._collection
            except Exception as error:  # see ``open``
                logger.warning("Vectors cannot be %s: %s", doing, error)
                reason = str(error).partition("\n")[0].rstrip(".")
                raise StorageError(f"Vectors cannot be {doing}: {reason}.") from error

    def close(self) -> None:
        """Lets go of the folder."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._collection = None
