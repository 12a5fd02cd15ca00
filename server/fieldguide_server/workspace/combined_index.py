"""The index of a folder combined with those of other folders and of documentation, for the assistant.

Paths elsewhere begin with ``@`` and a name, as in ``@handbook/start.md``. If the main folder has an ``@handbook`` of its
own, the other becomes ``@handbook-2``. Citations with such paths are read and checked there.
"""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from fieldguide_indexer import Definition, FieldguideError, FileStatus, Hit, IndexStatus, Lookup
from fieldguide_server.docs.view import DocsView
from fieldguide_server.workspace.index_handle import IndexHandle


@dataclass(frozen=True, slots=True)
class SearchedFolder:
    """A folder that can be searched. Its paths begin with ``prefix`` in results, which is "" for the main folder."""

    prefix: str
    folder: Path
    index: IndexHandle
    reader: Callable[[str], str | None]

    def holds(self, path: str) -> bool:
        """Return whether a path leads into this folder."""
        return path.startswith(self.prefix)

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file."""
        found = self.index.definitions_in(path.removeprefix(self.prefix))
        return [replace(each, path=path) for each in found]

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file."""
        return replace(self.index.file_status(path.removeprefix(self.prefix)), path=path)

    def read(self, path: str) -> str | None:
        """Return the text of a file."""
        return self.reader(path.removeprefix(self.prefix))


def prefixes(folders: Sequence[Path], main: Path, taken: Collection[str] = ()) -> list[str]:
    """Return a prefix for the paths of each folder, all different, not ``taken``, and unlike the paths in the main folder."""
    made: list[str] = []
    for folder in folders:
        name = "-".join(folder.name.split()) or "docs"
        numbered = (f"@{name}{'' if number == 1 else f'-{number}'}" for number in count(1))
        free = (
            each
            for each in numbered
            if f"{each}/" not in made and f"{each}/" not in taken and not os.path.lexists(main / each)
        )
        made.append(f"{next(free)}/")
    return made


class CombinedIndex:
    """A ``Retriever`` that searches all folders and the documentation, and looks names up in the main folder.

    Other folders and the documentation may be closed during a question: they are then left out. The main one may not.
    """

    def __init__(
        self, main: SearchedFolder, others: Sequence[SearchedFolder] = (), docs: DocsView | None = None
    ) -> None:
        self._main = main
        self._others = tuple(others)
        self._docs = docs

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """Return the best hits of all, without what cannot be searched."""
        hits = self._main.index.search(query, limit, within)
        if not self._others and self._docs is None:
            return hits
        from fieldguide_indexer import merge_hits  # noqa: PLC0415 - not needed without other folders

        found: dict[Path, Sequence[Hit]] = {self._main.folder: hits}
        for each in self._others:
            with suppress(FieldguideError):
                found[each.folder] = each.index.search(query, limit, within)
        if self._docs is not None:
            with suppress(FieldguideError):
                found[self._docs.home] = self._docs.search(query, limit, within)
        prefix = {each.folder: each.prefix for each in self._others}
        merged = merge_hits(list(found.items()), limit)
        return [replace(hit, path=prefix.get(folder, "") + hit.path) for folder, hit in merged]

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used in the main folder, and where the documentation mentions it."""
        found = self._main.index.lookup(name)
        if self._docs is not None:
            with suppress(FieldguideError):
                return replace(found, references=(*found.references, *self._docs.lookup(name)))
        return found

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file; none if its folder was closed."""
        source = self._of(path)
        with suppress(*self._ignored(source)):
            return source.definitions_in(path)
        return []

    def status(self) -> IndexStatus:
        """Return the state of the main folder's index."""
        return self._main.index.status()

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file; ``unknown`` if its folder was closed."""
        source = self._of(path)
        with suppress(*self._ignored(source)):
            return source.file_status(path)
        return FileStatus(path, "unknown")

    def read(self, path: str) -> str | None:
        """Return the text of a file, wherever it is."""
        return self._of(path).read(path)

    def _ignored(self, source: SearchedFolder | DocsView) -> tuple[type[FieldguideError], ...]:
        return () if source is self._main else (FieldguideError,)

    def _of(self, path: str) -> SearchedFolder | DocsView:
        """Return where a path leads."""
        others: tuple[SearchedFolder | DocsView, ...] = (*self._others, *([self._docs] if self._docs else []))
        return next((each for each in others if each.holds(path)), self._main)
