"""Asking a Chroma collection by the names of its vectors, be it in a folder or on a server; why it did not answer."""

from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

# Half the links a vector of Chroma's default (64 bytes less each) and four times its breadth of search: of the hundred
# nearest among 100,000 it finds .996 where the default finds less, for a millisecond.
CONFIGURATION = {"hnsw": {"space": "cosine", "max_neighbors": 8, "ef_search": 400}}
# Cosine distance of vectors that are each other's like: of a dozen copies ten may be found.
_SAME = 0.02
_LONGEST_REASON = 200


def nearest(
    collection: "Collection", vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
) -> list[tuple[str, float]]:
    """Return the names nearest to a vector (dimension,) with their cosines, best first; of ``among`` these only."""
    only = None if among is None else list(among)
    found = collection.query(
        query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"], ids=only
    )
    distances = (found["distances"] or [[]])[0]
    return [(name, 1.0 - distance) for name, distance in zip(found["ids"][0], distances, strict=True)]


def read(collection: "Collection", names: Mapping[str, bytes]) -> tuple[list[bytes], NDArray[np.float32]]:
    """Return the vectors that are there under these names, each with what the name stands for."""
    if not names:
        return [], np.empty((0, 0), np.float32)
    held = collection.get(ids=list(names), include=["embeddings"])
    return [names[name] for name in held["ids"]], np.asarray(held["embeddings"], np.float32)


def share_found(collection: "Collection", names: Names[str]) -> float:
    """Return the share of names, 0 to 1, that a search for their own vectors finds, or finds its like."""
    held = collection.get(ids=list(names), include=["embeddings"])
    vectors = np.asarray(held["embeddings"], np.float32)
    if not len(vectors):
        return 0.0
    found = collection.query(query_embeddings=vectors, n_results=10, include=["distances"])
    nearby = zip(held["ids"], found["ids"], found["distances"] or [], strict=True)
    return sum(name in ids or bool(far and min(far) < _SAME) for name, ids, far in nearby) / len(names)


def prove(collection: "Collection", dimension: int) -> None:
    """Load the index, or raises what Chroma raises: it cannot be, or its vectors have another length."""
    collection.query(query_embeddings=np.ones((1, dimension), np.float32), n_results=1, include=[])


def reason(error: Exception) -> str:
    """Return the part of a message of Chroma's, or of the system's, that goes into a sentence of ours."""
    told = str((isinstance(error, OSError) and error.strerror) or error)
    return told.partition("\n")[0][:_LONGEST_REASON].rstrip(".")
