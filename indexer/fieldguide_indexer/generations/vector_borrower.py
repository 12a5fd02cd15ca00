"""Borrowing vectors from the indexes of other checkouts of the same repository, so that none is made twice.

Only the owner of an index opens its stores, so an owner is asked for its vectors, and started where it does not run.
A damaged index costs some time at most: vectors that no other index has are computed here.
"""

import base64
import binascii
import contextlib
import logging
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.recipe import Recipe, current_name, read_recipe
from fieldguide_indexer.generations.repository_id import Origin, origin_of, read_origin
from fieldguide_indexer.ipc.client import OwnerClient, connect_to_owner, start_owner
from fieldguide_indexer.ipc.endpoint import LOG_FILE
from fieldguide_indexer.sources.source_list import Root

if TYPE_CHECKING:
    from fieldguide_indexer.store.vectors import StoredVectors

logger = logging.getLogger(__name__)

Lend = Callable[[Sequence[bytes]], "StoredVectors"]

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class BorrowingLimits:
    """When and how long other checkouts are asked for vectors.

    Attributes:
        min_vectors: Fewer are made here at once: starting an owner costs as much as some hundred vectors.
        max_lenders: How many other indexes are asked.
        start_seconds: How long an owner that was started may take to accept connections.
        answer_seconds: How long a lender may take to answer.
        slow_seconds: A lender that takes so long to say that it has nothing is not asked again.
    """

    min_vectors: int = 256
    max_lenders: int = 4
    start_seconds: float = 15.0
    answer_seconds: float = 20.0
    slow_seconds: float = 2.0


def lend_nothing(digests: Sequence[bytes]) -> "StoredVectors":  # noqa: ARG001 - it is a Lend
    """Return no vectors."""
    import numpy as np  # noqa: PLC0415 - heavy

    return [], np.empty((0, 0), np.float32)


class VectorBorrower:
    """Borrows vectors for the index of the workspace ``folder``, kept in ``home``, from the indexes next to it."""

    def __init__(self, folder: Root, home: Path, limits: BorrowingLimits | None = None) -> None:
        self._folder = folder
        self._home = home
        self._limits = limits or BorrowingLimits()
        self._origin: Origin | None = None

    def origin(self) -> Origin:
        """Return the origin of this index, and store it where the owners of other indexes find it."""
        if self._origin is None:
            self._origin = origin_of(self._folder, self._home)
        return self._origin

    @contextmanager
    def borrowing(self, recipe: Recipe, pending: int) -> Iterator[Lend]:
        """Yield a function that borrows vectors; it lends nothing when few are ``pending``."""
        self.origin()  # in any case, since the owners of other indexes look for it
        if pending < self._limits.min_vectors:
            yield lend_nothing
            return
        lenders = _Lenders(recipe, self.lenders(recipe), self._limits)
        try:
            yield lenders.lend
        finally:
            lenders.close()

    def lenders(self, recipe: Recipe) -> list[Path]:
        """Return the homes of indexes of the same repository with the same kind of vectors, last used first."""
        repository = self.origin().repository
        homes: list[tuple[float, Path]] = []
        for home in self._home.parent.iterdir():
            origin = read_origin(home) if home != self._home else None
            other = read_recipe(home / current_name(home)) if origin is not None else None
            if origin is None or origin.repository != repository or other is None:
                continue
            if other.vectors == recipe.vectors and not other.store:
                homes.append((_last_used(home), home))
        return [home for _, home in sorted(homes, reverse=True)[: self._limits.max_lenders]]


def _last_used(home: Path) -> float:
    try:
        return (home / LOG_FILE).stat().st_mtime
    except OSError:
        return 0.0


class _Lenders:
    """Connections to the owners of other indexes, made when they are needed."""

    def __init__(self, recipe: Recipe, homes: Sequence[Path], limits: BorrowingLimits) -> None:
        self._recipe = recipe
        self._limits = limits
        self._untried = list(homes)
        self._clients: list[OwnerClient] = []

    def lend(self, digests: Sequence[bytes]) -> "StoredVectors":
        """Return those of the vectors that any lender has."""
        import numpy as np  # noqa: PLC0415 - heavy

        missing, found = dict.fromkeys(digests), []
        for client in self._connected():
            if not missing:
                break
            lent, vectors = self._borrow(client, list(missing))
            if lent:
                found.append((lent, vectors))
            for digest in lent:
                missing.pop(digest, None)
        if not found:
            return lend_nothing(digests)
        return [each for lent, _ in found for each in lent], np.concatenate([each for _, each in found])

    def _connected(self) -> Iterator[OwnerClient]:
        yield from tuple(self._clients)
        while self._untried:
            if (client := self._connect(self._untried.pop(0))) is not None:
                self._clients.append(client)
                yield client

    def _connect(self, home: Path) -> OwnerClient | None:
        """Return a connection to the owner of an index, started if need be; None when that fails."""
        deadline = time.monotonic() + self._limits.start_seconds
        owner: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline and (owner is None or owner.poll() is None):
                client = connect_to_owner(home, lambda _: None, replace=False)
                if client is not None:
                    return client
                origin = read_origin(home)
                if owner is None and origin is not None:
                    owner = start_owner(Path(origin.folder), home)
                time.sleep(_POLL_SECONDS)
        logger.info("The owner of the index in %s does not answer", home)
        return None

    def _borrow(self, client: OwnerClient, digests: Sequence[bytes]) -> "StoredVectors":
        params = {"made_with": self._recipe.vectors, "hashes": [digest.hex() for digest in digests]}
        started = time.monotonic()
        try:
            lent = _unpack(client.call("lend", params, timeout=self._limits.answer_seconds))
        except (FieldguideError, ConnectionError, binascii.Error, ValueError, KeyError) as error:
            logger.info("Another index lends nothing: %r", error)
        else:
            if lent[0] or time.monotonic() - started < self._limits.slow_seconds:
                return lent
        self._clients.remove(client)
        client.close()
        return lend_nothing(digests)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()


def _unpack(answer: dict[str, str]) -> "StoredVectors":
    """Return what ``vector_lender`` has packed."""
    import numpy as np  # noqa: PLC0415 - heavy

    digests = [bytes.fromhex(each) for each in answer["hashes"]]
    vectors = np.frombuffer(base64.b64decode(answer["vectors"]), "<f4").astype(np.float32)
    return digests, vectors.reshape(len(digests), -1) if digests else np.empty((0, 0), np.float32)
