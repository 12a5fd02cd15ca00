"""The documentation of a workspace, with paths as answers cite them: ``@handbook/start.md``."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer import Definition, FileStatus, Hit, IndexStatus, Reference
from fieldguide_server.docs.library import DocsLibrary
from fieldguide_server.files import contained, stored_text

if TYPE_CHECKING:
    from fieldguide_indexer import Index

# A folder of documentation may be inside another one; their duplicate hits are removed.
_SPARE_HITS = 10


class DocsView:
    """The sources of the docs index that a workspace reads. Calls block, and are safe from any thread.

    Args:
        index: The docs index, which also has the sources of other workspaces.
        library: The library, which lists all sources.
        folders: The folder of each source of this workspace, by the source's name.
        workspaces: The workspace folders, whose own files take precedence over sources.
        read_text: Returns the text of a file, given its path as named and with links resolved.

    Attributes:
        index: The docs index.
        prefixes: The folder of each source by the prefix of its paths, such as ``@handbook/``. If a workspace has an
            ``@handbook`` of its own, the prefix is ``@handbook-2/``.
    """

    def __init__(
        self,
        index: "Index",
        library: DocsLibrary,
        folders: Mapping[str, Path],
        workspaces: Collection[Path],
        read_text: Callable[[Sequence[Path]], str | None] = lambda paths: stored_text(paths[-1]),
    ) -> None:
        self.index = index
        self._library = library
        self._folders = folders
        self._read_text = read_text
        self._sources = shown_names(folders, workspaces)
        self._shown = {source: name for name, source in self._sources.items()}
        self.prefixes = {f"@{name}/": folders[source] for name, source in self._sources.items()}

    @property
    def home(self) -> Path:
        """The folder of the library, which identifies these hits when the hits of several indexes are merged."""
        return self._library.home

    @property
    def names(self) -> list[str]:
        """The names of the sources in paths."""
        return list(self._sources)

    def holds(self, path: str) -> bool:
        """Return whether a path leads to one of these sources."""
        return path.startswith(tuple(self.prefixes))

    def source_of(self, path: str) -> str:
        """Return the name of the source in a path."""
        return path[1:].partition("/")[0]

    def search(
        self, query: str, limit: int = 10, within: str = "all", only: Collection[str] = ()
    ) -> list[Hit]:
        """Return the best passages, best first.

        Args:
            query: The question.
            limit: How many at most.
            within: ``all`` or ``docs``, which mean the same here; ``code`` has no hits.
            only: Names of the sources to search; none for all of them.
        """
        names = [self._sources[name] for name in only or self._sources if name in self._sources]
        if within == "code" or not names:
            return []
        found = self.index.search(query, limit + _SPARE_HITS, "all", self._filter(names))
        # Another process may have added sources that were not filtered out.
        return self._once([hit for hit in found if hit.path.partition("/")[0] in names])[:limit]

    def lookup(self, name: str) -> list[Reference]:
        """Return the lines that mention a name."""
        found = self.index.lookup(name, self._filter(list(self._folders))).references
        return [
            replace(each, path=self._path(each.path), usage="mention", role="docs")
            for each in found
            if each.path.partition("/")[0] in self._shown
        ]

    def definitions_in(self, path: str) -> list[Definition]:
        """Return the definitions, or headings, of one page."""
        return [replace(each, path=path) for each in self.index.definitions_in(self._inside(path))]

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one page."""
        return replace(self.index.file_status(self._inside(path)), path=path)

    def status(self) -> IndexStatus:
        """Return the state of the docs index."""
        return self.index.status()

    def read(self, path: str) -> str | None:
        """Return the text of a page; None if there is none, or if the path leads outside of its source."""
        source, _, inside = self._inside(path).partition("/")
        folder = self._folders.get(source)
        file = contained(folder.resolve(), inside) if folder else None
        return self._read_text((folder / inside, file)) if folder and file else None

    def _filter(self, names: Sequence[str]) -> Sequence[str]:
        return () if self._library.sources.folders().keys() <= set(names) else names

    def _path(self, path: str) -> str:
        source, slash, inside = path.partition("/")
        return f"@{self._shown[source]}{slash}{inside}"

    def _inside(self, path: str) -> str:
        name, slash, inside = path.removeprefix("@").partition("/")
        return f"{self._sources.get(name, '')}{slash}{inside}"

    def _once(self, hits: Sequence[Hit]) -> list[Hit]:
        seen: dict[tuple[Path, int], Hit] = {}
        for hit in hits:
            source, _, inside = hit.path.partition("/")
            seen.setdefault((self._folders[source] / inside, hit.start_line), hit)
        return [replace(hit, path=self._path(hit.path)) for hit in seen.values()]


def shown_names(sources: Collection[str], workspaces: Collection[Path]) -> dict[str, str]:
    """Return the source of each name in paths: the source's own name, unless a workspace has a file of that name."""
    shown: dict[str, str] = {}
    for source in sources:
        names = (source if number == 1 else f"{source}-{number}" for number in count(1))
        free = (
            name
            for name in names
            if name not in shown
            and (name == source or name not in sources)
            and not any(os.path.lexists(workspace / f"@{name}") for workspace in workspaces)
        )
        shown[next(free)] = source
    return shown
