"""Evidence indexed by key, as the plan queries it."""

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
        """Return the evidence of a key; only of ``folder`` and of ``stacks`` where those are given."""
        only = None if stacks is None else frozenset(stacks)
        return [
            item
            for item in self._by_key.get(key, ())
            if (folder is None or item.folder == folder) and (only is None or item.stack in only)
        ]

    def values(self, key: Key) -> set[str]:
        """Return the distinct values of a key."""
        return {item.value for item in self.of(key)}
