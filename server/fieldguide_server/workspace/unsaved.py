"""Unsaved buffers on their way to the indexes: sent when the keys rest, and before anything is asked.

What an answer shows are then the lines as the user sees them. A buffer is sent to every folder that holds its file,
while it differs from the file; and while an index has not yet seen what was saved.
"""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from pygls.workspace import Workspace

from fieldguide_indexer import FieldguideError
from fieldguide_server.lsp.convert import path_of
from fieldguide_server.lsp.documents import open_text, stored_text
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folders import Folder, IndexHandle

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.2
# A buffer takes a tenth of a second, and the first one half a second more: better than lines of before.
PATIENCE_SECONDS = 2.0
# Who rests the pointer on a name waits for nothing.
HOVER_SECONDS = 0.1


def typed(server: Server, uri: str) -> None:
    """Note that a document was opened, changed or closed. Costs next to nothing: it is called at each key."""
    path = path_of(uri)
    for folder in server.workspaces:
        if _note(folder, path):
            _lay_soon(server, folder)


def begin(server: Server, folder: Folder) -> None:
    """Send all buffers of a folder: its index has just been opened, and knows none."""
    folder.buffers.laid.clear()
    # Not by their keys there: those are decoded already, and ``%2541`` would become an A.
    for document in tuple(server.workspace.text_documents.values()):
        _note(folder, path_of(document.uri))
    if folder.buffers.typed:
        _lay_soon(server, folder)


async def ready(server: Server, folder: Folder, scan_seconds: float | None = None) -> IndexHandle:
    """Return the index, as soon as it can be asked (see ``Folder.ready``), with the buffers as they are now.

    Raises:
        FieldguideError: The index cannot be asked.
    """
    index = await folder.ready(scan_seconds)
    await flush(server, folder, PATIENCE_SECONDS)
    return index


async def flush(server: Server, folder: Folder, patience: float) -> None:
    """Wait until the buffers as they are now lie over the index, but no longer than ``patience`` seconds."""
    buffers = folder.buffers
    if buffers.typed or buffers.laying.locked():
        # Who stops waiting must not stop the work.
        await asyncio.wait([server.spawn(_lay_now(server, folder))], timeout=patience)


async def follow(server: Server, folder: Folder) -> None:
    """Take away what the update just made says as well."""
    buffers = folder.buffers
    if buffers.laid:
        buffers.typed |= buffers.laid.keys()
        await _lay(server, folder)


def _note(folder: Folder, path: Path | None) -> bool:
    inside = folder.relative(path) if path else None
    if inside is not None:
        folder.buffers.typed.add(inside)
    return inside is not None


def _lay_soon(server: Server, folder: Folder) -> None:
    buffers = folder.buffers
    buffers.typed_at = asyncio.get_running_loop().time()
    if folder.index is not None and (buffers.layer is None or buffers.layer.done()):
        buffers.layer = server.spawn(_lay_when_quiet(server, folder))


async def _lay_when_quiet(server: Server, folder: Folder) -> None:
    loop, buffers = asyncio.get_running_loop(), folder.buffers
    while buffers.typed and folder.index is not None:
        rest = buffers.typed_at + QUIET_SECONDS - loop.time()
        if rest > 0:
            await asyncio.sleep(rest)
        elif not await _lay(server, folder):
            return


async def _lay_now(server: Server, folder: Folder) -> None:
    await _lay(server, folder)


async def _lay(server: Server, folder: Folder) -> bool:
    """Send what differs from what was sent; False when it cannot be now."""
    buffers = folder.buffers
    async with buffers.laying:
        index, paths = folder.index, buffers.typed
        if index is None:
            return False
        buffers.typed = set()
        awaited = {path for path in paths if folder.awaits(path)}
        try:
            wanted = await server.scan(_texts, server.workspace, folder, paths, awaited)
            news = {path: text for path, text in wanted.items() if text != buffers.laid.get(path)}
            left = await server.scan(index.overlay, news) if news else []
        except FieldguideError as error:
            log.warning("unsaved changes are not searched: %s", error)
            buffers.typed |= paths
            return False
        if folder.index is not index:
            buffers.typed |= paths
            return False
        for each in left:
            log.info("unsaved changes are not searched: %s is %s", each.path, each.reason)
        buffers.laid = {path: text for path, text in {**buffers.laid, **wanted}.items() if text is not None}
        return True


def _texts(
    workspace: Workspace, folder: Folder, paths: Iterable[str], awaited: set[str]
) -> dict[str, str | None]:
    return {path: _text(workspace, folder, path, is_awaited=path in awaited) for path in paths}


def _text(workspace: Workspace, folder: Folder, path: str, *, is_awaited: bool) -> str | None:
    """Return what is to lie over a file; None for nothing.

    That is also what is on disk, while an update is on its way to tell it: the buffer may be closed already.
    """
    names = folder.inside(path)
    if names is None:
        return None
    shown, stored = open_text(workspace, names), stored_text(names[0])
    current = stored if shown is None else shown
    return current if is_awaited or shown not in (None, stored) else None
