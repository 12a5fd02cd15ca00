"""The vectors in a Chroma collection on disk.

Ids are the catalog's slots: Chroma's HNSW index never reclaims the space of a deleted id, but an upsert of the same
id is free, so slots are reused. Chroma allows one process per folder: the owner of the index.
"""

import contextlib
import logging
import shutil
import threading
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from numpy.typing import NDArray

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.store.vectors import StoredVectors, VectorKey
from fieldguide_indexer.store.vectors.chroma_settings import ChromaSettings
from fieldguide_indexer.store.vectors.collection import (
    CONFIGURATION,
    nearest,
    prove,
    read,
    reason,
    share_found,
)

logger = logging.getLogger(__name__)

_COLLECTION = "chunks"
_PAGE = 10_000
# Less often than a client restarts the owner for one request.
_TRIALS = 2


class LocalVectors:
    """The vectors in ``folder``, each of length ``dimension``."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._client: Any = None
        self._collection: Collection | None = None
        self._trials = _Trials(folder.with_name(f"{folder.name}.trials"))
        # Chroma holds the interpreter lock while it writes, so a lock costs nothing.
        self._lock = threading.Lock()

    def open(self, stored: int) -> Set[int] | None:
        """Open the collection; create it if necessary.

        A damaged folder, or one with vectors of another length, is recreated.

        Raises:
            StorageError: an empty collection cannot be created either.
        """
        if self._collection is not None:
            return None
        if self._trials.begin() > _TRIALS or not stored:
            shutil.rmtree(self._folder, ignore_errors=True)
        try:
            self._connect()
        except Exception:  # Chroma and its Rust core raise any kind of error for a damaged folder
            logger.exception("The vector store %s cannot be opened and is recreated", self._folder)
            self.start_over()
        return None if self.count() >= stored else self.slots()

    def _connect(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = _client_of(self._folder)
        collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration=CONFIGURATION,
            metadata={"dimension": self._dimension},
        )
        prove(collection, self._dimension)
        self._collection = collection

    def open_as_it_is(self) -> None:
        """Open an existing collection for reading, whatever the length of its vectors; nothing is created or repaired.

        Raises:
            StorageError: it cannot be opened, or crashed its process before.
        """
        if not self._folder.is_dir() or self._trials.begin() > _TRIALS:
            raise StorageError(f"There are no valid vectors in {self._folder}.")
        try:
            self._client = _client_of(self._folder)
            self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        except Exception as error:
            self.close()
            raise StorageError(f"The vectors in {self._folder} cannot be opened: {reason(error)}.") from error

    def start_over(self) -> None:
        """Recreate the collection, empty.

        Raises:
            StorageError: it cannot be created.
        """
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        # Chroma caches clients by path, including those that failed to start.
        SharedSystemClient.clear_system_cache()
        try:
            self._connect()
        except Exception as error:
            raise StorageError(
                f"Chroma cannot create a collection in {self._folder}: {reason(error)}."
            ) from error

    def held(self, places: Sequence[VectorKey]) -> list[VectorKey]:  # noqa: ARG002 - see the Protocol
        """Return nothing: no other client stores vectors here."""
        return []

    def upsert(self, places: Sequence[VectorKey], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (places, dimension).

        Raises:
            StorageError: Chroma fails, for example because the disk is full.
        """
        with self._opened("written") as collection:
            collection.upsert(ids=[str(slot) for slot, _ in places], embeddings=vectors)
        self._trials.end()

    def read(self, places: Sequence[VectorKey]) -> StoredVectors:
        """Return the stored vectors of these places, without those that are missing.

        Raises:
            StorageError: Chroma fails.
        """
        with self._opened("read") as collection:
            found = read(collection, {str(slot): digest for slot, digest in places})
        self._trials.end()
        return found

    def query(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the nearest slots with their cosines, best first; only of ``among`` if given, which must all be stored.

        Raises:
            StorageError: Chroma fails.
        """
        if among is not None and not among:
            return []
        only = None if among is None else [str(slot) for slot in among]
        with self._opened("searched") as collection:
            return [(int(name), near) for name, near in nearest(collection, vector, limit, only)]

    def finds(self, slots: Sequence[int]) -> float:
        """Return the share, from 0 to 1, of these slots that a search for their own vector finds (or an equal vector).

        Raises:
            StorageError: Chroma fails.
        """
        with self._opened("read") as collection:
            share = share_found(collection, {str(slot) for slot in slots})
        self._trials.end()
        return share

    def slots(self) -> Set[int]:
        """Return all slots with a vector."""
        with self._opened("read") as collection:
            pages = range(0, collection.count(), _PAGE)
            found = (collection.get(limit=_PAGE, offset=start, include=[])["ids"] for start in pages)
            return {int(slot) for page in found for slot in page}

    def count(self) -> int:
        """Return the number of slots with a vector."""
        with self._opened("read") as collection:
            return collection.count()

    @contextmanager
    def _opened(self, doing: str) -> Iterator[Collection]:
        with self._lock:
            if self._collection is None:
                raise StorageError("The vector store is closed.")
            try:
                yield self._collection
            except Exception as error:  # see ``open``
                logger.warning("Vectors cannot be %s: %s", doing, error)
                raise StorageError(f"Vectors cannot be {doing}: {reason(error)}.") from error

    def close(self) -> None:
        """Close the store and release the folder."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._collection = None


def _client_of(folder: Path) -> Any:  # noqa: ANN401 - Chroma names no type for it that its import would not bring
    return chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))


class _Trials:
    """Counts, on disk, consecutive attempts to open vectors that were not followed by a successful write or search.

    A damaged store can crash the process in native code, which cannot be caught: the next process must not
    crash in the same way for ever.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def begin(self) -> int:
        """Return the number of this attempt, from 1."""
        try:
            number = int(self._file.read_text(encoding="utf-8")) + 1
        except (OSError, ValueError):
            number = 1
        with contextlib.suppress(OSError):
            self._file.write_text(str(number), encoding="utf-8")
        return number

    def end(self) -> None:
        """Reset the count: the store works."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
