"""The vectors in a collection on a Chroma server, shared by all who index the same repository.

Only vectors and content hashes leave the machine: no text, no path, no symbol. The hash is the id of the vector,
so different checkouts share what they have in common, and no client overwrites or deletes vectors of another.
The collection also contains vectors of other checkouts: a search requests more results than it needs and filters them.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import numpy as np
from chromadb.api.fastapi import FastAPI
from chromadb.api.models.Collection import Collection
from chromadb.config import System
from chromadb.errors import NotFoundError
from numpy.typing import NDArray

from fieldguide_indexer.options import StoreOptions
from fieldguide_indexer.store.vectors import StoredVectors, VectorKey, VectorServerError
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

# Chroma's own client has no timeout.
_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
# If only some of the nearest vectors belong to this index, the search is widened by this factor, up to this limit.
_WIDER, _WIDEST = 4, 10_000
# The fact with the identity of the collection in which the catalog's vectors are stored.
_COLLECTION_FACT = "collection"


class Slots(Protocol):
    """The mapping between slots and content hashes in a catalog."""

    def slots_of(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the slots of content hashes, without those that this checkout does not have."""
        ...

    def hashes_of(self, slots: Sequence[int]) -> dict[int, bytes]:
        """Return the content hashes of slots, without free slots."""
        ...

    def facts(self) -> dict[str, int]:
        """Return the stored facts: small integers by name."""
        ...

    def note(self, facts: Mapping[str, int]) -> None:
        """Store facts: small integers by name."""
        ...


class ServerVectors:
    """The vectors in the collection ``name`` of a server, for the catalog with these ``slots``.

    While the server does not respond, searches fail immediately; all other methods try again.
    """

    def __init__(self, options: StoreOptions, name: str, dimension: int, slots: Slots) -> None:
        self._options = options
        self._name = name
        self._dimension = dimension
        self._slots = slots
        self._place = urlsplit(options.url).netloc.rpartition("@")[2]
        self._system: Any = None
        self._collection: Collection | None = None
        self._problem = ""
        self._share = 1.0

    def open(self, stored: int) -> Set[int] | None:
        """Open the collection; create it if necessary.

        Raises:
            VectorServerError: The server cannot be reached, refuses, or has a collection with vectors of another length.
        """
        if self._collection is not None:
            return None
        with self._explained():
            collection = self._connect()
            prove(collection, self._dimension)
            lost = collection.count() < stored
        self._collection = collection
        # A new collection of the old name has none of the stored vectors.
        number = collection.id.int >> 65
        previous = self._slots.facts().get(_COLLECTION_FACT)
        self._slots.note({_COLLECTION_FACT: number})
        return frozenset() if stored and (lost or previous != number) else None

    def _connect(self) -> "Collection":
        """Return the collection. The client is assembled from Chroma's parts, since Chroma's own has no timeouts."""
        if self._system is None:
            key = self._options.api_key
            headers = {"X-Chroma-Token": key, "Authorization": f"Bearer {key}"} if key else {}
            settings = ChromaSettings(
                chroma_api_impl="chromadb.api.fastapi.FastAPI",
                chroma_server_host=self._options.url.rstrip("/"),
                chroma_server_http_port=0,  # it is part of the URL
                chroma_server_headers=headers,
                anonymized_telemetry=False,
            )
            system = System(settings)
            session = system.instance(FastAPI)._session
            session.timeout = _TIMEOUT
            session.event_hooks = {"response": [self._check]}
            self._system = system
        api = self._system.instance(FastAPI)
        model = api.get_or_create_collection(
            name=self._name, configuration=CONFIGURATION, metadata={"dimension": self._dimension}
        )
        return Collection(client=api, model=model, embedding_function=None)

    def _check(self, response: httpx.Response) -> None:
        """Raise an error if the server refuses the key, which Chroma's client does not report."""
        if response.status_code in (401, 403):
            raise VectorServerError(f"{self._place} refused the key for vectors (store.api_key_env).")

    def held(self, places: Sequence[VectorKey]) -> list[VectorKey]:
        """Return those of the places whose vectors are already stored."""
        with self._opened() as collection:
            found = set(collection.get(ids=[digest.hex() for _, digest in places], include=[])["ids"])
        return [place for place in places if place[1].hex() in found]

    def upsert(self, places: Sequence[VectorKey], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (places, dimension)."""
        with self._opened() as collection:
            collection.upsert(ids=[digest.hex() for _, digest in places], embeddings=vectors)

    def read(self, places: Sequence[VectorKey]) -> StoredVectors:
        """Return the stored vectors of these places, without those that are missing."""
        with self._opened() as collection:
            return read(collection, {digest.hex(): digest for _, digest in places})

    def query(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the nearest slots with their cosines, best first; only of ``among`` if given."""
        allowed = None if among is None else frozenset(among)
        if allowed is not None and not allowed:
            return []
        if self._problem:
            raise VectorServerError(self._problem)
        width = min(_WIDEST, int(limit / self._share) + 1)
        while True:
            with self._opened() as collection:
                found = nearest(collection, vector, width)
            own = [each for each in self._own(found) if allowed is None or each[0] in allowed]
            if len(own) >= limit or len(found) < width or width == _WIDEST:
                if allowed is None:
                    self._share = max(limit / _WIDEST, len(own) / max(1, len(found)))
                return own[:limit]
            width = min(_WIDEST, width * _WIDER)

    def _own(self, found: Sequence[tuple[str, float]]) -> list[tuple[int, float]]:
        slots = self._slots.slots_of([bytes.fromhex(name) for name, _ in found])
        return [(slot, near) for name, near in found if (slot := slots.get(bytes.fromhex(name))) is not None]

    def finds(self, slots: Sequence[int]) -> float:
        """Return the share, from 0 to 1, of these slots that a search for their own vector finds (or an equal vector)."""
        names = {digest.hex() for digest in self._slots.hashes_of(slots).values()}
        with self._opened() as collection:
            return share_found(collection, names) if names else 0.0

    def start_over(self) -> None:
        """Do nothing: the collection is shared. Missing vectors are stored again."""

    @contextmanager
    def _opened(self) -> "Iterator[Collection]":
        collection = self._collection
        if collection is None:
            raise VectorServerError(self._problem or "The vector store is closed.")
        with self._explained():
            yield collection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Convert errors to a sentence, and keep the sentence until a call succeeds."""
        try:
            yield
        except Exception as error:  # Chroma's client raises any kind of error
            self._problem = self._sentence(error)
            logger.warning("%s (%s: %s)", self._problem, type(error).__name__, error)
            raise VectorServerError(self._problem) from error
        self._problem = ""

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, VectorServerError):
            return str(error)
        if isinstance(error, httpx.TimeoutException):
            return f"The vector server {self._place} does not respond."
        if isinstance(error, httpx.TransportError):
            return f"The vector server {self._place} cannot be reached."
        if isinstance(error, NotFoundError):
            self._collection = None  # opening it again creates it
            return f"The collection {self._name} on {self._place} was deleted; it is created again."
        if "dimension" in str(error):
            return f"The collection {self._name} on {self._place} has vectors of another length."
        return f"The vector server {self._place} failed: {reason(error)}."

    def close(self) -> None:
        """Close the connections."""
        self._collection, system, self._system = None, self._system, None
        if system is not None:
            system.instance(FastAPI)._session.close()
            system.stop()
