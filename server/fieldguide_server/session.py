"""The state of a running server: the open folders, their settings, the keys and models, and one set of services."""

import asyncio
import os
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer import FieldguideError
from fieldguide_server.docs.view import shown_names
from fieldguide_server.services import ReadText, Services
from fieldguide_server.settings import Settings
from fieldguide_server.workspace.combined_index import CombinedIndex, SearchedFolder, prefixes
from fieldguide_server.workspace.configuration import Configuration
from fieldguide_server.workspace.docs_folders import docs_view
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.index_handle import IndexHandle
from fieldguide_server.workspace.unsaved import UnsavedDocuments

if TYPE_CHECKING:
    from fieldguide_server.assistant import Assistant
    from fieldguide_server.assistant.config_writer import ConfigWriter
    from fieldguide_server.assistant.models import Editor, LocalServer, Models
    from fieldguide_server.configgen import GeneratedConfig
    from fieldguide_server.lsp.executors import Executors


class Session:
    """The state of the server between ``initialize`` and ``shutdown``; it knows no LSP.

    Attributes:
        folders: The open folders.
        configuration: Their settings.
        keys: Keys of language models that the client handed over, by the name of an environment variable.
    """

    def __init__(
        self,
        services: Services,
        configuration: Configuration,
        read_text: Callable[[Sequence[Path]], str | None],
        editor: "Callable[[], Editor | None]",
        executors: "Executors",
        unsaved: UnsavedDocuments,
    ) -> None:
        self.folders = configuration.folders
        self.configuration = configuration
        self.keys: dict[str, str] = {}
        self._services = services
        self._read_text = read_text
        self._editor = editor
        self._executors = executors
        self._unsaved = unsaved
        self._models: asyncio.Future[Models] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The keys of language models: those that the client handed over, then the environment variables."""
        return ChainMap(self.keys, os.environ)

    async def assistant(self, folder: Folder, others: Sequence[Folder] = ()) -> "Assistant":
        """Return the assistant for a folder, which also searches ``others`` and the documentation.

        The indexes have the unsaved documents as they are now.

        Raises:
            StorageError: The folder has no index.
            WorkspaceError: The folder does not exist any more.
        """
        await self.configuration.settled()
        index = await self._unsaved.ready(folder)
        await asyncio.gather(*map(self._unsaved.flush, others))
        models, main = await self._all_models(), SearchedFolder("", folder.path, index, self.reader(folder))
        docs = docs_view(self.folders.docs, folder.path, self._read_text)
        combined = CombinedIndex(main, self._sources(folder, others), docs)
        settings = await _with_context_window(folder, models)
        return await self._executors.run(
            self._services.assistant, combined, combined.read, settings, folder.path, models
        )

    async def config_writer(self, folder: Folder) -> "ConfigWriter":
        """Return what asks a model about a folder's config; without an index, it has only the docs in the files."""
        await self.configuration.settled()
        index: IndexHandle | None = None
        with suppress(FieldguideError):
            index = await self._unsaved.ready(folder)
        models, read = await self._all_models(), self.reader(folder)
        settings = await _with_context_window(folder, models)
        return await self._executors.run(
            self._services.config_writer, index, read, settings, folder.path, models
        )

    async def generate(self, folder: Folder, target: str) -> "GeneratedConfig":
        """Generate the files of a target from what the repository says.

        Raises:
            FieldguideError: There is no such target, or the folder cannot be read.
        """
        return await self._executors.run(self._services.generate, folder.path, target)

    async def local_servers(self) -> "tuple[LocalServer, ...]":
        """Look for servers of models on this machine."""
        return await self._services.local_servers()

    async def prepare_model(self, folder: Folder) -> None:
        """Import what the first question about a folder would wait for, if a model is configured."""
        if folder.settings.model.title:
            (await self._all_models()).prepare(folder.settings.model)

    def reader(self, folder: Folder) -> ReadText:
        """Return a function that reads files of the folder with their unsaved changes, and none outside of it."""

        def read(path: str) -> str | None:
            names = folder.locate(path)
            return self._read_text(names) if names else None

        return read

    def docs_prefixes(self, folder: Folder, others: Sequence[Folder] = ()) -> dict[str, str]:
        """Return the URIs of the folders that paths in an answer about ``folder`` lead to, by the path's prefix."""
        uris = {each.source: each.uri for each in self.folders.docs}
        shown = shown_names(list(uris), [folder.path])
        docs = {f"@{name}/": uris[source] for name, source in shown.items()}
        return docs | {prefix: each.uri for prefix, each in self._prefixed(folder, others)}

    async def close(self) -> None:
        """Close the models."""
        if self._models is not None:
            await self._executors.run((await self._models).close)

    def _sources(self, main: Folder, others: Sequence[Folder]) -> list[SearchedFolder]:
        """Return the client's folders, except the main one, that can be searched now."""
        return [
            SearchedFolder(prefix, each.path, each.index, self.reader(each))
            for prefix, each in self._prefixed(main, others)
            if each.index is not None and each.scanned.is_set()
        ]

    def _prefixed(self, main: Folder, others: Sequence[Folder]) -> list[tuple[str, Folder]]:
        docs = shown_names([each.source for each in self.folders.docs], [main.path])
        made = prefixes([each.path for each in others], main.path, [f"@{name}/" for name in docs])
        return list(zip(made, others, strict=True))

    async def _all_models(self) -> "Models":
        if self._models is None:
            opening = self._executors.run(self._services.models, self.environment, self._editor())
            self._models = asyncio.ensure_future(opening)
        return await asyncio.shield(self._models)


async def _with_context_window(folder: Folder, models: "Models") -> Settings:
    """Return the folder's settings with the context window that its model really has."""
    return replace(folder.settings, model=await models.fit_window(folder.settings.model))
