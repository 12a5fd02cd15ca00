"""Where vectors are kept: a Chroma collection in the index's folder, or one on a Chroma server that a team shares.

This room alone knows Chroma. Its two stores have one face; whoever uses it is the owner of an index.
"""

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Protocol

from fieldguide_indexer.errors import StorageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Where the vector of a content belongs: the catalog's slot, and the content's hash.
Place = tuple[int, bytes]


# Hashes of contents, and their vectors of shape (hashes, dimension).
Lent = tuple[list[bytes], "NDArray[np.float32]"]


class VectorServerError(StorageError):
    """The server of the vectors does not do what was asked; what is stored there is none the worse."""


class VectorStore(Protocol):
    """Unit vectors by place, searched by cosine. Every method may be called from any thread.

    Each raises StorageError when it cannot do its work, VectorServerError when another machine is why.
    """

    def open(self, stored: int) -> Set[int] | None:
        """Open the store, where ``stored`` vectors are expected; a second time it costs nothing.

        Gives None when they are there, else the slots of those that are.
        """
        ...

    def held(self, places: Sequence[Place]) -> list[Place]:
        """Return those of the places whose vectors are here already, since somebody else has stored them."""
        ...

    def upsert(self, places: Sequence[Place], vectors: "NDArray[np.float32]") -> None:
        """Store ``vectors`` of shape (places, dimension)."""
        ...

    def read(self, places: Sequence[Place]) -> Lent:
        """Such of the vectors of these places as are here."""
        ...

    def query(
        self, vector: "NDArray[np.float32]", limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the slots nearest to a vector (dimension,) with their cosines, best first; of ``among`` these only."""
        ...

    def finds(self, slots: Sequence[int]) -> float:
        """Return the share of these slots, 0 to 1, that a search for their own vector finds, or finds its like."""
        ...

    def start_over(self) -> None:
        """Drop what does not work, as far as it is ours to drop. The vectors are stored again afterwards."""
        ...

    def close(self) -> None:
        """Let go of the store. What is stored stays."""
        ...
