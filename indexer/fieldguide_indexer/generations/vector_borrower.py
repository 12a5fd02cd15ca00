"""Vectors from the indexes of other checkouts of the same repository on this machine, so that none is made twice.

Each index has one owner, and none reads another's stores: an owner is asked, and started where it is not running.
Whatever is wrong with a neighbour costs a while at most; what nobody lends is made here.
"""

import base64
import binascii
import contextlib
import logging
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.recipe import Recipe, current_name, read_recipe
from fieldguide_indexer.generations.repository_id import Origin, origin_of, read_origin
from fieldguide_indexer.ipc.client import OwnerClient, reach, start_owner
from fieldguide_indexer.ipc.endpoint import LOG_FILE
from fieldguide_indexer.sources.source_list import Root

if TYPE_CHECKING:
    from fieldguide_indexer.store.vectors import Lent

logger = logging.getLogger(__name__)

Lend = Callable[[Sequence[bytes]], "Lent"]

# To start an owner costs what a few hundred vectors do.
_WORTH = 256
_MOST_NEIGHBOURS = 4
_START_SECONDS, _ANSWER_SECONDS = 15.0, 20.0
_POLL_SECONDS = 0.05
# Who takes so long to say that he has nothing is not asked again.
_SLOW_SECONDS = 2.0


def lend_nothing(digests: Sequence[bytes]) -> "Lent":  # noqa: ARG001 - it is a Lend
    """Lend no vector."""
    import numpy as np  # noqa: PLC0415 - loaded by whoever has vectors

    return [], np.empty((0, 0), np.float32)


class VectorBorrower:
    """The indexes kept beside ``home``, which belongs to the workspace ``folder``."""

    def __init__(self, folder: Root, home: Path) -> None:
        self._folder = folder
        self._home = home
        self._origin: Origin | None = None

    def origin(self) -> Origin:
        """Return where this index comes from, noted for its neighbours to see."""
        if self._origin is None:
            self._origin = origin_of(self._folder, self._home)
        return self._origin

    @contextmanager
    def lending(self, recipe: Recipe, pending: int) -> Iterator[Lend]:
        """A way to ask for vectors that are to be made; where they are few, it is not worth the asking."""
        repository = self.origin().repository
        if pending < _WORTH:
            yield lend_nothing
            return
        lenders = _Lenders(recipe, self._homes(repository, recipe))
        try:
            yield lenders.lend
        finally:
            lenders.close()

    def _homes(self, repository: str, recipe: Recipe) -> list[Path]:
        """Return the indexes of the same repository whose vectors are made as ours, the one used last first."""
        homes: list[tuple[float, Path]] = []
        for home in self._home.parent.iterdir():
            origin = read_origin(home) if home != self._home else None
            theirs = read_recipe(home / current_name(home)) if origin is not None else None
            if origin is None or origin.repository != repository or theirs is None:
                continue
            if theirs.vectors == recipe.vectors and not theirs.store:
                homes.append((_last_used(home), home))
        return [home for _, home in sorted(homes, reverse=True)[:_MOST_NEIGHBOURS]]


def _last_used(home: Path) -> float:
    try:
        return (home / LOG_FILE).stat().st_mtime
    except OSError:
        return 0.0


class _Lenders:
    """Connections to neighbours' owners, made when they are first asked."""

    def __init__(self, recipe: Recipe, homes: Sequence[Path]) -> None:
        self._recipe = recipe
        self._unasked = list(homes)
        self._links: list[OwnerClient] = []

    def lend(self, digests: Sequence[bytes]) -> "Lent":
        """Such vectors as anybody has."""
        import numpy as np  # noqa: PLC0415 - loaded by whoever has vectors

        wanted, found = dict.fromkeys(digests), []
        for link in self._connected():
            if not wanted:
                break
            have, vectors = self._ask(link, list(wanted))
            if have:
                found.append((have, vectors))
            for digest in have:
                wanted.pop(digest, None)
        if not found:
            return lend_nothing(digests)
        return [each for have, _ in found for each in have], np.concatenate([each for _, each in found])

    def _connected(self) -> Iterator[OwnerClient]:
        yield from tuple(self._links)
        while self._unasked:
            if (link := _link(self._unasked.pop(0))) is not None:
                self._links.append(link)
                yield link

    def _ask(self, link: OwnerClient, digests: Sequence[bytes]) -> "Lent":
        params = {"made_with": self._recipe.vectors, "hashes": [digest.hex() for digest in digests]}
        started = time.monotonic()
        try:
            lent = _unpack(link.call("lend", params, timeout=_ANSWER_SECONDS))
        except (FieldguideError, ConnectionError, binascii.Error, ValueError, KeyError) as error:
            logger.info("A neighbour lends nothing: %r", error)
        else:
            if lent[0] or time.monotonic() - started < _SLOW_SECONDS:
                return lent
        self._links.remove(link)
        link.close()
        return lend_nothing(digests)

    def close(self) -> None:
        """Leave the neighbours."""
        for link in self._links:
            link.close()


def _unpack(answer: dict[str, str]) -> "Lent":
    import numpy as np  # noqa: PLC0415 - loaded by whoever has vectors

    digests = [bytes.fromhex(each) for each in answer["hashes"]]
    vectors = np.frombuffer(base64.b64decode(answer["vectors"]), "<f4").astype(np.float32)
    return digests, vectors.reshape(len(digests), -1) if digests else np.empty((0, 0), np.float32)


def _link(home: Path) -> OwnerClient | None:
    """Return a connection to the owner of a neighbour's index, started if there is none; None when that does not succeed."""
    deadline = time.monotonic() + _START_SECONDS
    owner: subprocess.Popen[bytes] | None = None
    with contextlib.suppress(OSError):
        while time.monotonic() < deadline and (owner is None or owner.poll() is None):
            link = reach(home, lambda _: None, replace=False)
            if link is not None:
                return link
            origin = read_origin(home)
            if owner is None and origin is not None:
                owner = start_owner(Path(origin.folder), home)
            time.sleep(_POLL_SECONDS)
    logger.info("The neighbour in %s cannot be asked", home)
    return None
