"""The folders of documentation that the setting ``docs.folders`` names, each a source of the one docs index."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fieldguide_indexer import IndexOptions
from fieldguide_server.docs.index import DocsIndex, OpenDocs, SourceIndex
from fieldguide_server.docs.library import DocsLibrary, docs_options
from fieldguide_server.docs.view import DocsView
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.settings import EDITOR, Settings
from fieldguide_server.workspace.configuration import Configuration
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.index_handle import IndexHandle, OpenIndex


class DocsFolders:
    """Updates the docs library and ``folders.docs`` when the setting changes."""

    def __init__(
        self, configuration: Configuration, client: LspClient, executors: Executors, open_docs: OpenDocs
    ) -> None:
        self._folders = configuration.folders
        self._configuration = configuration
        self._client = client
        self._executors = executors
        self._index = DocsIndex(open_docs)
        self._names: dict[Path, str] = {}
        self._lock = asyncio.Lock()

    def settings_changed(self, folder: Folder, _before: Settings) -> None:
        """Add folders that are named now, and close those that are not named any more."""
        if not folder.is_docs:
            self._executors.spawn(self._update())

    def folder_closed(self, folder: Folder) -> None:
        """Do the same without the settings of a folder that was removed."""
        if not folder.is_docs:
            self._executors.spawn(self._update())

    def opening(self, open_index: OpenIndex) -> OpenIndex:
        """Return a function that opens the index of a folder of the client or, for documentation, a source of the docs index."""

        def open_any(path: Path, options: IndexOptions) -> IndexHandle:
            name = self._names.get(path)
            if name is None or any(each.path == path for each in self._folders):
                return open_index(path, options)
            library = DocsLibrary.of(os.environ)
            return self._index.open(library, name, docs_options(options, os.environ))

        return open_any

    async def _update(self) -> None:
        async with self._lock:
            workspaces = tuple(self._folders)
            named, problems = await self._executors.run(_follow, workspaces)
            if problems:
                self._client.show_warning_once(f"Fieldguide settings: {'; '.join(problems)}.")
            added = self._replace(
                {name: path for name, path in named.items() if not self._folders.holding(path / "x")}
            )
            if added:
                await self._configuration.load(added)

    def _replace(self, named: Mapping[str, Path]) -> list[Folder]:
        """Close the folders that are not named any more; return those that are new."""
        before = {each.path: each for each in self._folders.docs if named.get(each.source) == each.path}
        added = [
            Folder.at(uri_of(path), path, self._folders.events, name)
            for name, path in named.items()
            if path not in before
        ]
        closed = [each for each in self._folders.docs if each.path not in before]
        self._folders.docs = (*before.values(), *added)
        self._names |= {each.path: each.source for each in added}
        for folder in closed:
            folder.close()
        return added


def docs_view(
    docs: Sequence[Folder], main: Path, read_text: Callable[[Sequence[Path]], str | None]
) -> DocsView | None:
    """Return the documentation for questions about a folder; None while none can be searched."""
    for each in docs:
        if isinstance(each.index, SourceIndex) and each.scanned.is_set():
            folders = {each.source: each.path for each in docs}
            return DocsView(each.index.docs.index, DocsLibrary.of(os.environ), folders, [main], read_text)
    return None


def _follow(workspaces: Sequence[Folder]) -> tuple[dict[str, Path], list[str]]:
    """Store the folders that the settings name in the library; return the sources and the problems."""
    library = DocsLibrary.of(os.environ)
    folders: dict[str, Path] = {}
    problems: dict[str, None] = {}
    for each in workspaces:
        is_editor_setting = each.loaded.origins["docs.folders"] == EDITOR
        names = each.settings.docs.folders
        named = library.follow(each.path, names, "editor", is_editor_setting=is_editor_setting)
        folders |= {name: path for name, path in named.folders.items() if path.is_dir()}
        problems |= dict.fromkeys(named.problems)
    return folders, list(problems)
