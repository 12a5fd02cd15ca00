"""The settings of folders: what the client sends and answers, and what the user chose while the server runs."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types

from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.protocol import ChooseParams
from fieldguide_server.settings import Loaded, Sources, ignore_patterns, load
from fieldguide_server.settings.loader import WORKSPACE_FILE
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.folders import Folders

SECTION = "fieldguide"
# What VS Code hides from its own file tree and search is left out of the index, too.
SECTIONS = (SECTION, "files.exclude", "search.exclude")


class Configuration:
    """Reads the settings of folders, and publishes ``settings_changed`` for each.

    ``editor`` is what the client sent as settings; ``choices`` is what the user chose for all folders.
    """

    def __init__(self, folders: Folders, client: LspClient, executors: Executors) -> None:
        self.editor: Mapping[str, object] = {}
        self.choices: dict[str, object] = {}
        self.folders = folders
        self._client = client
        self._executors = executors
        # Settings are read one after the other, or an index might be opened with outdated ones.
        self._lock = asyncio.Lock()

    async def settled(self) -> None:
        """Wait until the settings that were sent so far are in force."""
        async with self._lock:
            pass

    async def load(self, folders: Sequence[Folder]) -> None:
        """Read the settings of folders, requesting them from the client if it supports that, and show problems once."""
        async with self._lock:
            problems: dict[str, None] = {}
            values = await self._client_values(folders)
            for folder, (section, *hidden) in zip(folders, values, strict=True):
                before, folder.hidden = folder.settings, ignore_patterns(*hidden)
                folder.loaded = await self._executors.run(self._load, folder, section_of(section))
                problems |= dict.fromkeys(folder.loaded.problems)
                folder.events.settings_changed.publish(folder, before)
            if problems:
                self._client.show_warning_once(f"Fieldguide settings: {'; '.join(problems)}.")

    def file_changed(self, folder: Folder, path: str | None) -> None:
        """Read the settings of a folder again when its file of settings changed."""
        if path == WORKSPACE_FILE:
            self._executors.spawn(self.load([folder]))

    async def choose(self, folder: Folder, key: str, params: ChooseParams) -> None:
        """Set a setting to the user's choice, in one folder or in all, or reset it."""
        if params.use is None and not params.reset:
            return
        folders = tuple(self.folders) if params.everywhere else (folder,)
        choices = self.choices if params.everywhere else folder.choices
        for each in (choices, *(each.choices for each in folders)):
            each.pop(key, None)
        if params.use is not None:
            choices[key] = params.use
        await self.load(folders)

    def _load(self, folder: Folder, section: Mapping[str, object]) -> Loaded:
        choices = {**self.choices, **folder.choices}
        return load(Sources(folder.path, section, os.environ, choices, self.editor))

    async def _client_values(self, folders: Sequence[Folder]) -> Sequence[Sequence[Any]]:
        """Return the client's values of ``SECTIONS``, folder by folder."""
        items = [types.ConfigurationItem(folder.uri, section) for folder in folders for section in SECTIONS]
        values = await self._client.configuration(items)
        if values is None:
            return [[None] * len(SECTIONS)] * len(folders)
        return [values[start : start + len(SECTIONS)] for start in range(0, len(items), len(SECTIONS))]


def section_of(settings: object) -> Mapping[str, object]:
    """Return Fieldguide's section of the settings that a client sent, which may be all it sent."""
    if not isinstance(settings, Mapping):
        return {}
    section = settings.get(SECTION, settings)
    return section if isinstance(section, Mapping) else {}
