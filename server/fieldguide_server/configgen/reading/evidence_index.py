"""Evidence with the questions that planning asks of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fieldguide_server.configgen.types import Evidence, Key


@dataclass(frozen=True)
class Facts:
    """All evidence of a repository."""

    all: tuple[Evidence, ...]

    @cached_property
    def _by_key(self) -> dict[Key, list[Evidence]]:
        found: dict[Key, list[Evidence]] = {}
        for item in self.all:
            found.setdefault(item.key, []).append(item)
        return found

    def of(self, key: Key, folder: str | None = None, stacks: Iterable[str] | None = None) -> list[Evidence]:
        """Return evidence of a key, in a folder and of some stacks where given."""
        wanted = None if stacks is None else frozenset(stacks)
        return [
            item
            for item in self._by_key.get(key, ())
            if (folder is None or item.folder == folder) and (wanted is None or item.stack in wanted)
        ]

    def values(self, key: Key) -> set[str]:
        """Return the different values of a key."""
        return {item.value for item in self.of(key)}
