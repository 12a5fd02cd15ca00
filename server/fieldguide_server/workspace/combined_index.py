"""An index with other folders beside it, as one: what the assistant asks.

These are folders of documentation, and the other folders of a workspace of several. A path there begins with ``@`` and
the name of the folder: ``@handbook/start.md``. No file of the folder that is asked about is meant by that (where it has an
``@handbook`` of its own, the other becomes ``@handbook-2``), and what is cited so is read and checked there.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from fieldguide_indexer import Definition, FieldguideError, FileStatus, Hit, IndexStatus, Lookup
from fieldguide_server.workspace.folders import Folder, IndexHandle


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that can be asked; paths in it begin with ``prefix`` for who asks, "" for the workspace's own."""

    prefix: str
    folder: Path
    index: IndexHandle
    read: Callable[[str], str | None]


def prefixes(folders: Sequence[Folder], main: Path) -> list[str]:
    """Return how the paths of each folder begin: no two alike, and none like a path of the folder that is asked about."""
    made: list[str] = []
    for folder in folders:
        name = "-".join(folder.path.name.split()) or "docs"
        numbered = (f"@{name}{'' if number == 1 else f'-{number}'}" for number in count(1))
        free = (each for each in numbered if f"{each}/" not in made and not os.path.lexists(main / each))
        made.append(f"{next(free)}/")
    return made


class Joined:
    """A ``Retriever``. Names are looked up in the workspace; a search goes through everything."""

    def __init__(self, main: Source, docs: Sequence[Source]) -> None:
        self._main = main
        self._docs = tuple(docs)

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """Return the best hits of all; documentation that cannot be searched is left out."""
        hits = self._main.index.search(query, limit, within)
        if not self._docs:
            return hits
        from fieldguide_indexer import merge_hits  # noqa: PLC0415 - nobody needs it who has no docs

        found = {self._main.folder: hits}
        for each in self._docs:
            with self._left_out(each):
                found[each.folder] = each.index.search(query, limit, within)
        prefix = {each.folder: each.prefix for each in self._docs}
        merged = merge_hits(list(found.items()), limit)
        return [replace(hit, path=prefix.get(folder, "") + hit.path) for folder, hit in merged]

    def lookup(self, name: str) -> Lookup:
        """Return where a name of the workspace is defined and used."""
        return self._main.index.lookup(name)

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file; none where its documentation is not read any more."""
        source, inside = self._of(path)
        with self._left_out(source):
            return [replace(each, path=path) for each in source.index.definitions_in(inside)]
        return []

    def status(self) -> IndexStatus:
        """Return what the workspace's index can do now."""
        return self._main.index.status()

    def file_status(self, path: str) -> FileStatus:
        """Return what is held of one file; ``unknown`` where its documentation is not read any more."""
        source, inside = self._of(path)
        with self._left_out(source):
            return replace(source.index.file_status(inside), path=path)
        return FileStatus(path, "unknown")

    def read(self, path: str) -> str | None:
        """Return the text of a file, wherever it is."""
        source, inside = self._of(path)
        return source.read(inside)

    def _left_out(self, source: Source) -> AbstractContextManager[None]:
        """Return what is beside may close while a question runs, and its own state says why; the folder asked about may not."""
        return nullcontext() if source is self._main else suppress(FieldguideError)

    def _of(self, path: str) -> tuple[Source, str]:
        for each in self._docs:
            if path.startswith(each.prefix):
                return each, path.removeprefix(each.prefix)
        return self._main, path
