"""The vectors in a collection on a Chroma server, shared by everybody who indexes the same repository.

Only vectors and the hashes of contents leave the machine: no text, no path, no symbol. A hash is the id of its vector,
so that checkouts that differ share what they have in common, and nobody overwrites or deletes what a colleague stored.
The collection also holds what this checkout does not: a search asks for more than it needs and keeps its own.
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
from chromadb.config import Settings, System
from chromadb.errors import NotFoundError
from numpy.typing import NDArray

from fieldguide_indexer.options import StoreOptions
from fieldguide_indexer.store.vectors import Lent, Place, VectorServerError
from fieldguide_indexer.store.vectors.collection import (
    CONFIGURATION,
    nearest,
    prove,
    read,
    reason,
    share_found,
)

logger = logging.getLogger(__name__)

# Chroma's own client waits for ever.
_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
# Where of all that is near only a part is ours, the search is widened by this, up to so many.
_WIDER, _WIDEST = 4, 10_000
# The fact that names the collection whose vectors the catalog believes to be stored.
_COLLECTION_FACT = "collection"


class Slots(Protocol):
    """What a catalog knows of hashes."""

    def slots_of(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the slots of content hashes; absent where this checkout has no such content."""
        ...

    def hashes_of(self, slots: Sequence[int]) -> dict[int, bytes]:
        """Return the content hashes of slots; absent where a slot is free."""
        ...

    def facts(self) -> dict[str, int]:
        """Return small numbers by name."""
        ...

    def note(self, facts: Mapping[str, int]) -> None:
        """Keep small numbers by name."""
        ...


class ServerVectors:
    """The vectors in the collection ``name`` of a server, for the catalog that knows ``slots``.

    While the server does not answer, searches fail at once; every other call tries again.
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
        """Open the collection, making it where there is none.

        Raises:
            VectorServerError: the server cannot be reached, refuses, or has a collection of other vectors.
        """
        if self._collection is not None:
            return None
        with self._explained():
            collection = self._connect()
            prove(collection, self._dimension)
            lost = collection.count() < stored
        self._collection = collection
        # One made anew under the old name holds nothing of ours.
        number = collection.id.int >> 65
        known = self._slots.facts().get(_COLLECTION_FACT)
        self._slots.note({_COLLECTION_FACT: number})
        return frozenset() if stored and (lost or known != number) else None

    def _connect(self) -> "Collection":
        """Return the collection, by the parts of Chroma's client: put together by it they know no time-outs."""
        if self._system is None:
            key = self._options.api_key
            headers = {"X-Chroma-Token": key, "Authorization": f"Bearer {key}"} if key else {}
            settings = Settings(
                chroma_api_impl="chromadb.api.fastapi.FastAPI",
                chroma_server_host=self._options.url.rstrip("/"),
                chroma_server_http_port=0,  # it stands in the address
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
        """Tell what Chroma's client does not: whether it is the key that is refused."""
        if response.status_code in (401, 403):
            raise VectorServerError(f"{self._place} refuses the key for vectors (store.api_key_env).")

    def held(self, places: Sequence[Place]) -> list[Place]:
        """Return those of the places whose vectors somebody has stored."""
        with self._opened() as collection:
            found = set(collection.get(ids=[digest.hex() for _, digest in places], include=[])["ids"])
        return [place for place in places if place[1].hex() in found]

    def upsert(self, places: Sequence[Place], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (places, dimension)."""
        with self._opened() as collection:
            collection.upsert(ids=[digest.hex() for _, digest in places], embeddings=vectors)

    def read(self, places: Sequence[Place]) -> Lent:
        """Such of the vectors of these places as are there."""
        with self._opened() as collection:
            return read(collection, {digest.hex(): digest for _, digest in places})

    def query(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the nearest slots with their cosine similarities, best first; of ``among`` these only."""
        wanted = None if among is None else frozenset(among)
        if wanted is not None and not wanted:
            return []
        if self._problem:
            raise VectorServerError(self._problem)
        asked = min(_WIDEST, int(limit / self._share) + 1)
        while True:
            with self._opened() as collection:
                found = nearest(collection, vector, asked)
            ours = [each for each in self._ours(found) if wanted is None or each[0] in wanted]
            if len(ours) >= limit or len(found) < asked or asked == _WIDEST:
                if wanted is None:
                    self._share = max(limit / _WIDEST, len(ours) / max(1, len(found)))
                return ours[:limit]
            asked = min(_WIDEST, asked * _WIDER)

    def _ours(self, found: Sequence[tuple[str, float]]) -> list[tuple[int, float]]:
        slots = self._slots.slots_of([bytes.fromhex(name) for name, _ in found])
        return [(slot, near) for name, near in found if (slot := slots.get(bytes.fromhex(name))) is not None]

    def finds(self, slots: Sequence[int]) -> float:
        """Return the share of these slots, 0 to 1, that a search for their own vector finds, or finds its like."""
        names = {digest.hex() for digest in self._slots.hashes_of(slots).values()}
        with self._opened() as collection:
            return share_found(collection, names) if names else 0.0

    def start_over(self) -> None:
        """Nothing: others' vectors are not ours to drop. What is missing is stored again."""

    @contextmanager
    def _opened(self) -> "Iterator[Collection]":
        collection = self._collection
        if collection is None:
            raise VectorServerError(self._problem or "The vectors are closed.")
        with self._explained():
            yield collection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Have an error tell in one sentence what is wrong, and keeps the sentence until a call succeeds."""
        try:
            yield
        except Exception as error:  # Chroma's client raises anything
            self._problem = self._sentence(error)
            logger.warning("%s (%s: %s)", self._problem, type(error).__name__, error)
            raise VectorServerError(self._problem) from error
        self._problem = ""

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, VectorServerError):
            return str(error)
        if isinstance(error, httpx.TimeoutException):
            return f"The vector server {self._place} does not answer."
        if isinstance(error, httpx.TransportError):
            return f"The vector server {self._place} cannot be reached."
        if isinstance(error, NotFoundError):
            self._collection = None  # opened again, it is made again
            return f"The collection {self._name} is gone from {self._place}; it is made again."
        if "dimension" in str(error):
            return f"The collection {self._name} on {self._place} holds vectors of another length."
        return f"The vector server {self._place} refuses: {reason(error)}."

    def close(self) -> None:
        """End the connections."""
        self._collection, system, self._system = None, self._system, None
        if system is not None:
            system.instance(FastAPI)._session.close()
            system.stop()
