"""Config files of workspace folders as they are inspected: each text once, all of a folder with one study of it.

A study reads the repository and takes up to a second or two; it holds until another file changes. Everything here runs
in executors, and who stops waiting stops nobody else.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.configgen.formats import format_of, formats
from fieldguide_server.lsp.convert import column_of, lines_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folder_states import Inspected
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from lsprotocol import types

    from fieldguide_server.configgen.inspection.inspector import Inspection
    from fieldguide_server.configgen.plan.study import Study


@dataclass(frozen=True, slots=True)
class Reading:
    """A config file as it was inspected. ``lines`` are without their ends; what is said counts in them."""

    folder: Folder
    lines: tuple[str, ...]
    said: "Inspection"

    def place(self, server: Server, position: "types.Position") -> tuple[int, int]:
        """Return a position as inspections count: the line from 1, the column in characters."""
        number = min(position.line, len(self.lines) - 1)
        return number + 1, column_of(self.lines[number], position.character, server.workspace.position_codec)


def covers(folder: Folder, path: str) -> bool:
    """Return whether a file is one that is inspected."""
    return format_of(path) is not None and folder.settings.config.inspect


def patterns() -> list["types.TextDocumentFilterPattern"]:
    """Return the files that are inspected, as a client is told of them."""
    from lsprotocol import types  # noqa: PLC0415 - named in annotations alone otherwise

    return [
        types.TextDocumentFilterPattern(f"**/{place}") for each in formats().values() for place in each.places
    ]


async def read(server: Server, uri: str) -> Reading | None:
    """Inspect a document as it is in the editor; None for one that is not inspected.

    Raises:
        FieldguideError: The folder cannot be read.
    """
    await server.configured()
    found = server.workspaces.of(uri)
    if found is None or not covers(*found):
        return None
    folder, path = found
    known, current = await _study(server, folder), server.reader(folder)
    while (text := current(path)) is not None:
        lines = tuple(line.rstrip("\r\n") for line in lines_of(f"{text}\n"))
        inspected = _inspected(server, folder, path, "\n".join(lines), known)
        said = await asyncio.shield(inspected.said)
        # What was typed meanwhile is what is asked about now.
        if current(path) == text:
            return Reading(folder, lines, said)
    return None


def touched(folder: Folder, path: str | None) -> bool:
    """Note that a file changed (None: any may have); False when that cannot change what is said."""
    files = folder.config_files
    if files.study is None or (path is not None and not _matters(path)):
        return False
    files.moved_on = True
    return True


def _study(server: Server, folder: Folder) -> "asyncio.Future[Study]":
    """Return what is known of the repository. While one study runs no other begins: a build touches files all the time."""
    files = folder.config_files
    study = files.study
    if study is None or (study.done() and (files.moved_on or study.exception() is not None)):
        files.moved_on = False
        files.study = study = asyncio.ensure_future(server.scan(_make_study, folder.path))
    return asyncio.shield(study)


def _inspected(server: Server, folder: Folder, path: str, text: str, known: "Study") -> Inspected:
    readings = folder.config_files.inspected
    kept = readings.get(path)
    if kept is None or kept.known is not known or kept.text != text:
        said = asyncio.ensure_future(server.run(_inspect, known, path, text))
        kept = readings[path] = Inspected(text, known, said)
    return kept


# What is imported below brings YAML, schemas and the patterns of all detectors.
def _make_study(root: Path) -> "Study":
    from fieldguide_server.configgen.plan.study import study  # noqa: PLC0415 - see above

    return study(root)


def _inspect(known: "Study", path: str, text: str) -> "Inspection":
    from fieldguide_server.configgen.inspection.inspector import inspect_with  # noqa: PLC0415 - see above

    return inspect_with(known, path, text)


def _matters(path: str) -> bool:
    from fieldguide_server.configgen.reading.repository import PRUNED  # noqa: PLC0415 - loaded with the study before

    return PRUNED.isdisjoint(path.split("/"))
