"""The analysis of config files in the editor: each text is inspected once, all of a folder with one study of it.

A study reads the repository and takes up to two seconds; it holds until another file changes. Everything here runs in
threads, and continues for others when one request stops waiting.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pygls.workspace import PositionCodec

from fieldguide_server.configgen.formats import format_of, formats
from fieldguide_server.lsp.convert import column_of, lines_of
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.session import Session
from fieldguide_server.workspace.events import Event
from fieldguide_server.workspace.folder import Folder

if TYPE_CHECKING:
    from lsprotocol import types

    from fieldguide_server.configgen.inspection.inspector import Inspection
    from fieldguide_server.configgen.plan.study import Study


@dataclass(frozen=True, slots=True)
class Reading:
    """A config file as it was inspected. ``lines`` are without their ends; the inspection counts in them."""

    folder: Folder
    lines: tuple[str, ...]
    inspection: "Inspection"

    def place(self, position: "types.Position", codec: PositionCodec) -> tuple[int, int]:
        """Return a position as inspections count: the line from 1, the column in characters."""
        number = min(position.line, len(self.lines) - 1)
        return number + 1, column_of(self.lines[number], position.character, codec)


@dataclass(frozen=True, eq=False, slots=True)
class _Inspected:
    """The inspection of a text with a study."""

    text: str
    study: "Study"
    inspection: "asyncio.Future[Inspection]"


class _FolderState:
    """The study of a folder, whether files changed since it began, and the last inspection of each config file."""

    def __init__(self) -> None:
        self.study: asyncio.Future[Study] | None = None
        self.is_outdated = False
        self.inspected: dict[str, _Inspected] = {}


class ConfigFiles:
    """Inspects config files. ``outdated`` is published when another file changed that may change an inspection."""

    def __init__(self, session: Session, make_study: "Callable[[Path], Study]", executors: Executors) -> None:
        self.outdated: Event[Folder] = Event()
        self._session = session
        self._make_study = make_study
        self._executors = executors
        self._states: dict[Folder, _FolderState] = {}

    async def read(self, uri: str) -> Reading | None:
        """Inspect a document as it is in the editor; None for one that is not inspected.

        Raises:
            FieldguideError: The folder cannot be read.
        """
        await self._session.configuration.settled()
        found = self._session.folders.locate(uri)
        if found is None or not is_inspected(*found):
            return None
        folder, path = found
        study, read_text = await self._study(folder), self._session.reader(folder)
        while (text := read_text(path)) is not None:
            lines = tuple(line.rstrip("\r\n") for line in lines_of(f"{text}\n"))
            inspected = self._inspected(folder, path, "\n".join(lines), study)
            inspection = await asyncio.shield(inspected.inspection)
            # If it was edited meanwhile, the new text is inspected.
            if read_text(path) == text:
                return Reading(folder, lines, inspection)
        return None

    def file_changed(self, folder: Folder, path: str | None) -> None:
        """Publish ``outdated`` if an inspection may have changed with a file (None: with any file)."""
        state = self._states.get(folder)
        if state is not None and state.study is not None and (path is None or _is_relevant(path)):
            state.is_outdated = True
            self.outdated.publish(folder)

    def close(self, folder: Folder) -> None:
        """Forget a folder that was removed."""
        self._states.pop(folder, None)

    def _study(self, folder: Folder) -> "asyncio.Future[Study]":
        """Return the study of a folder. While one runs no other begins, since a build changes files all the time."""
        state = self._states.setdefault(folder, _FolderState())
        study = state.study
        if study is None or (study.done() and (state.is_outdated or study.exception() is not None)):
            state.is_outdated = False
            state.study = study = asyncio.ensure_future(self._executors.scan(self._make_study, folder.path))
        return asyncio.shield(study)

    def _inspected(self, folder: Folder, path: str, text: str, study: "Study") -> _Inspected:
        inspected = self._states.setdefault(folder, _FolderState()).inspected
        latest = inspected.get(path)
        if latest is None or latest.study is not study or latest.text != text:
            inspection = asyncio.ensure_future(self._executors.run(_inspect, study, path, text))
            latest = inspected[path] = _Inspected(text, study, inspection)
        return latest


def is_inspected(folder: Folder, path: str) -> bool:
    """Return whether a file of a folder is a config file that is inspected."""
    return format_of(path) is not None and folder.settings.config.inspect


def patterns() -> list["types.TextDocumentFilterPattern"]:
    """Return the patterns of the files that are inspected, for the client."""
    from lsprotocol import types  # noqa: PLC0415 - named in annotations alone otherwise

    return [
        types.TextDocumentFilterPattern(f"**/{place}")
        for each in formats().values()
        for place in each.patterns
    ]


def _inspect(study: "Study", path: str, text: str) -> "Inspection":
    from fieldguide_server.configgen.inspection.inspector import inspect_with  # noqa: PLC0415 - brings YAML and schemas

    return inspect_with(study, path, text)


def _is_relevant(path: str) -> bool:
    from fieldguide_server.configgen.reading.repository import PRUNED  # noqa: PLC0415 - loaded with the study

    return PRUNED.isdisjoint(path.split("/"))
