"""Keeping the index of each folder current: one task a folder opens it, scans once, then follows the changes."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from fieldguide_indexer import FieldguideError, IndexEvent, IndexStatus, Progress, State, UpdateReport
from fieldguide_server.config_files import diagnostics
from fieldguide_server.lsp import refresh
from fieldguide_server.lsp.convert import status_json
from fieldguide_server.lsp.progress import work_done
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import INDEX_STATUS
from fieldguide_server.workspace import unsaved
from fieldguide_server.workspace.configuration import configure
from fieldguide_server.workspace.folders import Folder, IndexHandle, OpenIndex

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.2
# A build that writes files all the time must not keep the index waiting for a quiet moment.
LONGEST_WAIT_SECONDS = 0.5
RETRY_SECONDS = 30.0
# Fewer vectors than this are made before anybody has read of it.
MANY_VECTORS = 500
_PAUSED = "Indexing is paused; the command `fieldguide.resumeIndexing` goes on with it."


def start(server: Server, folder: Folder) -> None:
    """Open a folder's index and keep it current, unless the folder has left meanwhile. Requests wait for it."""
    if folder not in server.workspaces:
        return
    folder.expect()
    folder.keeper = server.spawn(_keep(server, folder), lambda sentence: _fail(server, folder, sentence))


async def stop(folder: Folder) -> None:
    """Close a folder's index; it can be started again."""
    if folder.keeper is not None:
        folder.keeper.cancel()
        await asyncio.gather(folder.keeper, return_exceptions=True)


async def forget(folder: Folder) -> None:
    """Close a folder's index for good: who waits for it learns so."""
    await stop(folder)
    folder.opened.set()
    folder.scanned.set()


async def reconfigure(server: Server, folders: Sequence[Folder]) -> None:
    """Read the settings of folders again; an index that they concern is opened anew."""
    async with server.changing:
        before = [folder.index_options() for folder in folders]
        refresh.refresh(server, folders)  # where they were on, and are perhaps no more
        await configure(server, folders)
        refresh.refresh(server, folders)
        for folder, options in zip(folders, before, strict=True):
            diagnostics.refresh(server, folder)
            if folder.index_options() != options:
                await stop(folder)
                start(server, folder)


def announce(server: Server, folder: Folder, status: IndexStatus) -> None:
    """Tell the client a folder's status, if it is news."""
    if status != folder.status:
        folder.status = status
        server.protocol.notify(INDEX_STATUS, {**status_json(folder.uri, status), "docs": folder.is_docs})


def _fail(server: Server, folder: Folder, sentence: str) -> None:
    folder.fail(sentence)
    server.note(sentence)
    announce(server, folder, IndexStatus(State.DEGRADED, reason=sentence))


async def _keep(server: Server, folder: Folder) -> None:
    while True:
        try:
            index = await _opened(server, folder)
        except FieldguideError as error:
            log.warning("could not open the index: %s", error)
            _fail(server, folder, str(error))
            # What stood in the way may be gone when the next one asks, or a file changes.
            await folder.woken.wait()
            folder.expect()
            continue
        try:
            folder.index = index
            unsaved.begin(server, folder)
            folder.opened.set()
            await _tend(server, folder, index)
        finally:
            folder.index = None
            await server.run(index.close)


async def _opened(server: Server, folder: Folder) -> IndexHandle:
    open_index: OpenIndex = server.services.open_index
    opening = asyncio.ensure_future(server.scan(open_index, folder.path, folder.index_options()))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # The thread goes on; an index that nobody waits for would keep its owner alive.
        opening.add_done_callback(_close_unwanted)
        raise


def _close_unwanted(opening: "asyncio.Future[IndexHandle]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


async def _tend(server: Server, folder: Folder, index: IndexHandle) -> None:
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[IndexEvent] = asyncio.Queue()

    def heard(event: IndexEvent) -> None:
        # Called from a thread of the index; at the very end the loop may be gone before it is.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(events.put_nowait, event)

    unsubscribe = index.subscribe(heard)
    listening = server.spawn(_listen(server, folder, index, events))
    try:
        if folder.is_docs or not server.client_watches:
            await _watch(server, index)
        await _update(server, folder, index, None)
        folder.scanned.set()
        refresh.refresh(server, [folder])
        server.spawn(server.warm(folder))
        await _follow(server, folder, index)
    finally:
        unsubscribe()
        listening.cancel()


async def _listen(
    server: Server, folder: Folder, index: IndexHandle, events: asyncio.Queue[IndexEvent]
) -> None:
    """Pass on what the index tells by itself, and show the progress of vectors while many are made."""

    def pause() -> None:
        server.spawn(_pause(server, folder, index))

    while True:
        event = await events.get()
        _hear(server, folder, event)
        if not isinstance(event, Progress) or event.total - event.done < MANY_VECTORS:
            continue
        async with work_done(server, "Fieldguide: making vectors", pause) as show:
            while isinstance(event, Progress) or not _ends_vectors(event):
                if isinstance(event, Progress):
                    show(event)
                event = await events.get()
                _hear(server, folder, event)


def _ends_vectors(status: IndexStatus) -> bool:
    return status.paused or status.state in (State.READY, State.DEGRADED)


async def _pause(server: Server, folder: Folder, index: IndexHandle) -> None:
    announce(server, folder, await server.scan(index.pause))
    server.note(_PAUSED)


async def watch(server: Server, folder: Folder) -> None:
    """Have a folder watched after all: the client that was to do it refused."""
    with contextlib.suppress(FieldguideError):
        await _watch(server, await folder.ready())
        folder.touch(None)


async def _watch(server: Server, index: IndexHandle) -> None:
    if impaired := await server.scan(index.watch):
        server.note(impaired)


def _hear(server: Server, folder: Folder, event: IndexEvent) -> None:
    """Tell the client the state, and how many vectors there are at each percent."""
    if isinstance(event, IndexStatus):
        if event.state in (State.SCANNING, State.UPDATING) and not server.client_watches:
            # Nobody else tells that files changed, nor which.
            diagnostics.touched(server, folder, None)
        announce(server, folder, event)
    elif event.phase == "embedding" and abs(event.done - folder.status.embedded) > event.total // 100:
        announce(server, folder, replace(folder.status, chunks=event.total, embedded=event.done))


async def _follow(server: Server, folder: Folder, index: IndexHandle) -> None:
    while True:
        await folder.woken.wait()
        await _quiet(folder)
        await _update(server, folder, index, folder.take())
        folder.updated()
        await unsaved.follow(server, folder)


async def _quiet(folder: Folder) -> None:
    loop = asyncio.get_running_loop()
    latest = loop.time() + LONGEST_WAIT_SECONDS
    folder.woken.clear()
    while loop.time() < latest:
        try:
            await asyncio.wait_for(folder.woken.wait(), QUIET_SECONDS)
        except TimeoutError:
            return
        folder.woken.clear()


async def reindex(server: Server, folder: Folder) -> UpdateReport:
    """Have every file of a folder read again; searches go on meanwhile.

    Raises:
        FieldguideError: The index cannot be opened or written, or is paused.
    """
    index = await folder.opened_index()
    await folder.scanned.wait()  # what is just being read for the first time is not to be read twice at once
    if folder.status.paused:
        raise FieldguideError(_PAUSED)
    try:
        async with work_done(
            server, f"Fieldguide: reading {folder.path.name} again", index.cancel_update
        ) as show:
            report = await server.scan(partial(index.update, None, show, anew=True))
    except asyncio.CancelledError:
        index.cancel_update()
        raise
    announce(server, folder, await server.scan(index.status))
    return report


async def _update(server: Server, folder: Folder, index: IndexHandle, paths: Sequence[str] | None) -> None:
    try:
        if paths is None:
            async with work_done(server, "Fieldguide: indexing", index.cancel_update) as show:

                def heard(progress: Progress) -> None:
                    folder.reading = progress
                    show(progress)

                report = await server.scan(index.update, None, heard)
        else:
            report = await server.scan(index.update, paths)
        log.info("indexed %s: %s", folder.path, report)
        announce(server, folder, await server.scan(index.status))
    except FieldguideError as error:
        # The index still answers from what it has. What it missed is looked for at the next change, or after a while.
        folder.rescan = True
        asyncio.get_running_loop().call_later(RETRY_SECONDS, folder.woken.set)
        log.warning("could not update the index: %s", error)
        announce(server, folder, IndexStatus(State.DEGRADED, reason=str(error)))
