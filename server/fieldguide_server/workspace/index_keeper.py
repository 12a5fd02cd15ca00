"""Keeping the indexes of all folders up to date: a task per folder opens its index, scans, and follows changes."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from fieldguide_indexer import (
    FieldguideError,
    IndexEvent,
    IndexOptions,
    IndexStatus,
    Progress,
    State,
    UpdateReport,
)
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.lsp.json_rpc import response_error
from fieldguide_server.settings import Settings
from fieldguide_server.timings import Timings
from fieldguide_server.workspace.debounce import Debouncer
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.folders import Folders
from fieldguide_server.workspace.index_handle import IndexHandle, OpenIndex

log = logging.getLogger(__name__)

# Fewer vectors than this are made before anybody has read the message.
MANY_VECTORS = 500
_PAUSED = "Indexing is paused; the command `fieldguide.resumeIndexing` resumes it."


class IndexKeeper:
    """Opens the index of each folder when its settings are known, and again when they change."""

    def __init__(
        self,
        folders: Folders,
        open_index: OpenIndex,
        client: LspClient,
        executors: Executors,
        timings: Timings,
    ) -> None:
        self.open_index = open_index
        self.client = client
        self.executors = executors
        self.timings = timings
        self._folders = folders
        self._tasks: dict[Folder, _FolderTask] = {}

    def settings_changed(self, folder: Folder, _before: Settings) -> None:
        """Open the index with the new settings, unless it is open with the same."""
        options, current = folder.index_options(), self._tasks.get(folder)
        if folder not in self._folders or (current is not None and current.options == options):
            return
        folder.reset()
        if current is not None:
            current.cancel()
        lock = current.lock if current else asyncio.Lock()
        self._tasks[folder] = _FolderTask(self, folder, options, lock)

    def file_changed(self, folder: Folder, _path: str | None) -> None:
        """Update the index soon."""
        if folder.has_changes and (task := self._tasks.get(folder)) is not None:
            task.wake()

    def close(self, folder: Folder) -> None:
        """Close the index of a folder that was removed."""
        if (task := self._tasks.pop(folder, None)) is not None:
            task.cancel()

    async def reindex(self, folder: Folder) -> UpdateReport:
        """Read every file of a folder again; searches continue meanwhile.

        Raises:
            FieldguideError: The index cannot be opened or written, or is paused.
        """
        index = await folder.opened_index()
        await (
            folder.scanned.wait()
        )  # files that are just being read for the first time need no second reading
        if folder.status.paused:
            raise FieldguideError(_PAUSED)
        title = f"Fieldguide: reindexing {folder.path.name}"
        try:
            async with self.client.work_done(title, index.cancel_update) as report_progress:
                report = await self.executors.scan(partial(index.update, None, report_progress, force=True))
        except asyncio.CancelledError:
            index.cancel_update()
            raise
        folder.set_status(await self.executors.scan(index.status))
        return report

    async def watch_files(self) -> None:
        """Watch the files of all folders, since the client refused to."""
        await asyncio.gather(*map(self._watch_folder, self._folders))

    async def _watch_folder(self, folder: Folder) -> None:
        with contextlib.suppress(FieldguideError):
            await self.watch(await folder.ready(self.timings.first_scan))
            folder.mark_changed(None)  # files may have changed before

    async def watch(self, index: IndexHandle) -> None:
        """Have the index watch its files, and tell the user if that works only in part."""
        if impairment := await self.executors.scan(index.watch):
            self.client.show_unless_visible(impairment)

    async def pause(self, folder: Folder, index: IndexHandle) -> None:
        """Pause computing vectors, because the user cancelled its progress."""
        folder.set_status(await self.executors.scan(index.pause))
        self.client.show_unless_visible(_PAUSED)


class _FolderTask:
    """Keeps the index of one folder open with the same options. ``lock`` keeps it from being opened twice."""

    def __init__(
        self, keeper: IndexKeeper, folder: Folder, options: IndexOptions, lock: asyncio.Lock
    ) -> None:
        self.options = options
        self.lock = lock
        self._keeper = keeper
        self._folder = folder
        timings = keeper.timings
        self._updates = Debouncer(
            keeper.executors, self._update_changes, timings.index_quiet, timings.index_longest_wait
        )
        self._follows_changes = False
        self._task = keeper.executors.spawn(self._run())

    def cancel(self) -> None:
        """Close the index."""
        self._updates.cancel()
        self._task.cancel()

    def wake(self) -> None:
        """Take the changes of the folder into the index, or try again to open it."""
        if self._follows_changes:
            self._updates.trigger()
        else:
            self._folder.retry.set()

    async def _run(self) -> None:
        async with self.lock:
            while True:
                try:
                    await self._keep(await self._open())
                except Exception as error:  # noqa: BLE001 - whatever it was may not happen again
                    sentence = response_error(error).message
                    self._keeper.client.show_unless_visible(sentence)
                    self._folder.set_error(sentence)
                    # The cause may be gone when the next request comes or a file changes.
                    await self._folder.retry.wait()
                    self._folder.reset()

    async def _open(self) -> IndexHandle:
        keeper = self._keeper
        opening = asyncio.ensure_future(
            keeper.executors.scan(keeper.open_index, self._folder.path, self.options)
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread continues; an index that is never closed would keep its owner alive.
            opening.add_done_callback(_close_unused)
            raise

    async def _keep(self, index: IndexHandle) -> None:
        folder = self._folder
        folder.index = index
        try:
            folder.events.index_opened.publish(folder)
            folder.opened.set()
            await self._follow(index)
        finally:
            folder.index = None
            self._follows_changes = False
            await self._keeper.executors.run(index.close)

    async def _follow(self, index: IndexHandle) -> None:
        """Scan the files, then follow changes until the task is cancelled."""
        folder, loop = self._folder, asyncio.get_running_loop()
        events: asyncio.Queue[IndexEvent] = asyncio.Queue()

        def put(event: IndexEvent) -> None:
            # Called from a thread of the index; the loop may be closed before that ends.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(events.put_nowait, event)

        unsubscribe = index.subscribe(put)
        listener = self._keeper.executors.spawn(self._listen(index, events))
        try:
            if folder.is_docs or not self._keeper.client.watches_files:
                await self._keeper.watch(index)
            has_failed = not await self._update(index, None)
            folder.scanned.set()
            folder.events.index_scanned.publish(folder)
            self._follows_changes = True
            if folder.has_changes and not has_failed:
                self._updates.trigger()
            await loop.create_future()
        finally:
            unsubscribe()
            listener.cancel()

    async def _listen(self, index: IndexHandle, events: asyncio.Queue[IndexEvent]) -> None:
        """Publish what the index reports, and show progress while many vectors are computed."""
        keeper, folder = self._keeper, self._folder

        def pause() -> None:
            keeper.executors.spawn(keeper.pause(folder, index))

        while True:
            event = await events.get()
            self._publish(event)
            if not isinstance(event, Progress) or event.total - event.done < MANY_VECTORS:
                continue
            async with keeper.client.work_done("Fieldguide: computing vectors", pause) as report_progress:
                while isinstance(event, Progress) or not _ends_vectors(event):
                    if isinstance(event, Progress):
                        report_progress(event)
                    event = await events.get()
                    self._publish(event)

    def _publish(self, event: IndexEvent) -> None:
        """Publish a status, and the number of vectors at each percent."""
        folder = self._folder
        if isinstance(event, IndexStatus):
            if event.state in (State.SCANNING, State.UPDATING) and not self._keeper.client.watches_files:
                # There is no other report that files changed, or which.
                folder.events.file_changed.publish(folder, None)
            folder.set_status(event)
        elif event.phase == "embedding" and abs(event.done - folder.status.embedded) > event.total // 100:
            folder.set_status(replace(folder.status, chunks=event.total, embedded=event.done))

    async def _update_changes(self) -> None:
        if (index := self._folder.index) is not None:
            await self._update(index, self._folder.take_changes())
            self._folder.finish_update()

    async def _update(self, index: IndexHandle, paths: Sequence[str] | None) -> bool:
        """Update the index and return whether that worked; if not, it is tried again later."""
        folder, executors = self._folder, self._keeper.executors
        try:
            if paths is None:
                report = await self._scan(index)
            else:
                report = await executors.scan(index.update, paths)
            log.info("indexed %s: %s", folder.path, report)
            folder.set_status(await executors.scan(index.status))
        except FieldguideError as error:
            # The index still answers from what it has. The next update finds what this one missed.
            log.warning("could not update the index: %s", error)
            folder.mark_all_changed()
            asyncio.get_running_loop().call_later(self._keeper.timings.index_retry, self.wake)
            folder.set_status(IndexStatus(State.DEGRADED, reason=str(error)))
            return False
        return True

    async def _scan(self, index: IndexHandle) -> UpdateReport:
        client, executors = self._keeper.client, self._keeper.executors
        async with client.work_done("Fieldguide: indexing", index.cancel_update) as report_progress:

            def on_progress(progress: Progress) -> None:
                self._folder.progress = progress
                report_progress(progress)

            return await executors.scan(index.update, None, on_progress)


def _ends_vectors(status: IndexStatus) -> bool:
    return status.paused or status.state in (State.READY, State.DEGRADED)


def _close_unused(opening: "asyncio.Future[IndexHandle]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
