"""The vectors, in a Chroma collection on disk. The only module that knows Chroma.

Ids are the catalog's slots: Chroma's HNSW index never reclaims the place of a deleted id, but an upsert of the same
id costs nothing, so slots are recycled. Chroma allows one process a folder; the index's owner is that process.
"""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fieldguide_indexer.errors import StorageError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

logger = logging.getLogger(__name__)

_COLLECTION = "chunks"


class VectorStore:
    """Unit vectors by slot, searched by cosine."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._client: Any = None
        self._collection: Collection | None = None

    def open(self) -> bool:
        """Opens the collection, making it where there is none; says whether it holds what was stored before.

        A damaged folder is set aside and begun anew, which is told by ``False``: the vectors must be made again.

        Raises:
            StorageError: not even an empty collection can be made.
        """
        existed = self._folder.exists()
        try:
            self._connect()
        except Exception:  # Chroma and its Rust core raise anything for a damaged folder
            logger.exception("The vector store %s cannot be opened; beginning anew", self._folder)
            self._start_over()
            return False
        return existed

    def _connect(self) -> None:
        import chromadb  # noqa: PLC0415 - a second of imports that lexical search need not wait for
        from chromadb.config import Settings  # noqa: PLC0415

        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(
            str(self._folder), settings=Settings(anonymized_telemetry=False)
        )
        self._collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
            metadata={"dimension": self._dimension},
        )
        self._collection.count()

    def _start_over(self) -> None:
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
        assert self._collection is not None
        try:
            self._collection.upsert(ids=[str(slot) for slot in slots], embeddings=vectors)
        except Exception as error:
            raise StorageError(f"Vectors cannot be written: {error}.") from error

    def query(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """The nearest slots with their cosine similarities, best first.

        Raises:
            StorageError: Chroma cannot answer.
        """
        assert self._collection is not None
        try:
            found = self._collection.query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"]
            )
        except Exception as error:
            raise StorageError(f"Vectors cannot be searched: {error}.") from error
        distances = (found["distances"] or [[]])[0]
        return [
            (int(slot), 1.0 - distance) for slot, distance in zip(found["ids"][0], distances, strict=True)
        ]

    def count(self) -> int:
        """How many slots hold a vector."""
        return self._collection.count() if self._collection is not None else 0

    def close(self) -> None:
        """Lets go of the folder."""
        if self._client is not None:
            self._client.close()
        self._client = self._collection = None
