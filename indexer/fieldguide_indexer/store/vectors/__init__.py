"""Vector stores: a Chroma collection in the index's folder, or on a Chroma server that a team shares.

Only this package uses Chroma. Both stores have the same interface, which only the owner of an index uses.
"""

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Protocol

from fieldguide_indexer.errors import StorageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The identity of a vector: the catalog's slot, and the hash of the content.
VectorKey = tuple[int, bytes]


# Content hashes, and their vectors of shape (hashes, dimension).
StoredVectors = tuple[list[bytes], "NDArray[np.float32]"]


class VectorServerError(StorageError):
    """The vector server failed; the vectors that it stores are not affected."""


class VectorStore(Protocol):
    """A store of unit vectors, searched by cosine. Thread-safe.

    All methods raise StorageError on failure, VectorServerError if a server is the cause.
    """

    def open(self, stored: int) -> Set[int] | None:
        """Open the store, in which ``stored`` vectors are expected. Opening it again is free.

        Return None if they are there, else the slots of those that are.
        """
        ...

    def held(self, places: Sequence[VectorKey]) -> list[VectorKey]:
        """Return those of the places whose vectors are already stored, by another client."""
        ...

    def upsert(self, places: Sequence[VectorKey], vectors: "NDArray[np.float32]") -> None:
        """Store ``vectors`` of shape (places, dimension)."""
        ...

    def read(self, places: Sequence[VectorKey]) -> StoredVectors:
        """Return the stored vectors of these places, without those that are missing."""
        ...

    def query(
        self, vector: "NDArray[np.float32]", limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the slots nearest to a vector of shape (dimension,) with their cosines, best first; only of ``among`` if given."""
        ...

    def finds(self, slots: Sequence[int]) -> float:
        """Return the share, from 0 to 1, of these slots that a search for their own vector finds (or an equal vector)."""
        ...

    def start_over(self) -> None:
        """Drop a damaged local store, so that the vectors are stored again; a shared store stays."""
        ...

    def close(self) -> None:
        """Close the store."""
        ...
