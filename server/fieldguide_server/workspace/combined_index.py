"""The index of a folder combined with those of other folders, for the assistant.

The others are folders of documentation, and the other folders of the workspace. Their paths begin with ``@`` and the name
of the folder, as in ``@handbook/start.md``. If the main folder has an ``@handbook`` of its own, the other becomes
``@handbook-2``. Citations with such paths are read and checked in the other folder.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from fieldguide_indexer import Definition, FieldguideError, FileStatus, Hit, IndexStatus, Lookup
from fieldguide_server.workspace.index_handle import IndexHandle


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that can be searched. Its paths begin with ``prefix`` in results, which is "" for the main folder."""

    prefix: str
    folder: Path
    index: IndexHandle
    read: Callable[[str], str | None]


def prefixes(folders: Sequence[Path], main: Path) -> list[str]:
    """Return a prefix for the paths of each folder, all different, and different from the paths in the main folder."""
    made: list[str] = []
    for folder in folders:
        name = "-".join(folder.name.split()) or "docs"
        numbered = (f"@{name}{'' if number == 1 else f'-{number}'}" for number in count(1))
        free = (each for each in numbered if f"{each}/" not in made and not os.path.lexists(main / each))
        made.append(f"{next(free)}/")
    return made


class CombinedIndex:
    """A ``Retriever`` that searches all folders and looks names up in the main one."""

    def __init__(self, main: Source, others: Sequence[Source]) -> None:
        self._main = main
        self._others = tuple(others)

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """Return the best hits of all folders, without folders that cannot be searched."""
        hits = self._main.index.search(query, limit, within)
        if not self._others:
            return hits
        from fieldguide_indexer import merge_hits  # noqa: PLC0415 - not needed without other folders

        found = {self._main.folder: hits}
        for each in self._others:
            with self._optional(each):
                found[each.folder] = each.index.search(query, limit, within)
        prefix = {each.folder: each.prefix for each in self._others}
        merged = merge_hits(list(found.items()), limit)
        return [replace(hit, path=prefix.get(folder, "") + hit.path) for folder, hit in merged]

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used in the main folder."""
        return self._main.index.lookup(name)

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file; none if its folder was closed."""
        source, inside = self._of(path)
        with self._optional(source):
            return [replace(each, path=path) for each in source.index.definitions_in(inside)]
        return []

    def status(self) -> IndexStatus:
        """Return the state of the main folder's index."""
        return self._main.index.status()

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file; ``unknown`` if its folder was closed."""
        source, inside = self._of(path)
        with self._optional(source):
            return replace(source.index.file_status(inside), path=path)
        return FileStatus(path, "unknown")

    def read(self, path: str) -> str | None:
        """Return the text of a file of any of the folders."""
        source, inside = self._of(path)
        return source.read(inside)

    def _optional(self, source: Source) -> AbstractContextManager[None]:
        """Return a context that ignores errors, except of the main folder: others may be closed during a question."""
        return nullcontext() if source is self._main else suppress(FieldguideError)

    def _of(self, path: str) -> tuple[Source, str]:
        for each in self._others:
            if path.startswith(each.prefix):
                return each, path.removeprefix(each.prefix)
        return self._main, path
