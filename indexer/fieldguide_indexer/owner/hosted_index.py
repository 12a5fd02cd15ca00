"""The index inside its owner process: the engine, which the first client opens, and the watcher of the folder.

Updates of clients and of the watcher wait in one queue.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.vector_lender import VectorLender
from fieldguide_indexer.ipc.connection import Frame, decode_options
from fieldguide_indexer.memory import freeze_garbage_collector
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.types import IndexEvent, IndexStatus, State
from fieldguide_indexer.updating.editor_excludes import save_editor_excludes, with_editor_excludes
from fieldguide_indexer.watch.source_watcher import SourceWatcher
from fieldguide_indexer.watch.watcher import Change, Rhythm, Watcher

logger = logging.getLogger(__name__)

# Clients that waited for the index are answered before the garbage collector runs.
_FREEZE_SECONDS = 1.0


class HostedIndex:
    """The index of ``folder``, kept in ``home``. Every method may be called from any thread.

    ``engine`` is None until a client opens it; an owner that only lends vectors needs none.
    """

    def __init__(self, folder: Root, home: Path, listener: Callable[[IndexEvent], None]) -> None:
        self._folder = folder
        self._home = home
        self._listener = listener
        self.engine: Engine | None = None
        self._lender = VectorLender(home)
        self._watcher: Watcher | SourceWatcher | None = None
        self._opening = threading.Lock()
        self._updates = ThreadPoolExecutor(1, thread_name_prefix="updates")
        self._was_ready = False

    @property
    def is_idle(self) -> bool:
        """Whether no work is left."""
        return self.engine is None or self.engine.is_idle

    def open(self, options: Frame) -> None:
        """Open the engine, or have it continue with the options of this client."""
        requested = decode_options(options)
        with self._opening:
            if requested.editor_exclude is not None:
                save_editor_excludes(self._home, requested)
            complete = with_editor_excludes(self._home, requested)
            if self.engine is None:
                self._lender.close()
                self.engine = Engine(self._folder, self._home, complete, self._on_event)
            else:
                self.engine.reconfigure(complete)

    def _on_event(self, event: IndexEvent) -> None:
        self._listener(event)
        if isinstance(event, IndexStatus) and event.state is State.READY and not self._was_ready:
            self._was_ready = True
            timer = threading.Timer(_FREEZE_SECONDS, freeze_garbage_collector)
            timer.daemon = True
            timer.start()

    def lend(self, made_with: str, hashes: list[str]) -> Frame:
        """Return vectors for the index of another checkout, by the engine or, where there is none, from the files."""
        with self._opening:
            if self.engine is None:
                return self._lender.lend(made_with, hashes)
        return self.engine.queries.lend(made_with, hashes)

    def watch(self, rescan_seconds: int = 0) -> str:
        """Watch the folder, at the rhythm of the last client. Return a sentence when that is limited, else ""."""
        rhythm = Rhythm(rescan=rescan_seconds, always=True) if rescan_seconds else Rhythm()
        with self._opening:
            if self._watcher is not None and self._watcher.rhythm != rhythm:
                self._watcher.stop()
                self._watcher = None
            if self._watcher is None:
                self._watcher = self._make_watcher(rhythm)
                self._watcher.start()
        return self._watcher.problem

    def _make_watcher(self, rhythm: Rhythm) -> Watcher | SourceWatcher:
        if isinstance(self._folder, SourceList):
            return SourceWatcher(self._folder, self._on_change, self._on_problem, rhythm)
        return Watcher(self._folder, self._on_change, self._on_problem, rhythm)

    def _on_problem(self, problem: str) -> None:
        if self.engine is not None:
            self.engine.set_note(problem)

    def catch_up(self, seconds: float) -> None:
        """Look at every file, for a client whose owner died; wait at most so long for it."""
        wait([self._update_in_background(Change(everything=True))], timeout=seconds)

    def _on_change(self, change: Change) -> None:
        # Waiting turns the changes that come meanwhile into one batch, instead of a queue of scans.
        wait([self._update_in_background(change)])

    def _update_in_background(self, change: Change) -> "Future[None]":
        paths = None if change.everything else sorted(change.paths)
        return self.queue(lambda: self._update_or_log(paths))

    def _update_or_log(self, paths: list[str] | None) -> None:
        try:
            if self.engine is not None:
                self.engine.update(paths)
        except FieldguideError as error:
            logger.warning("Not updated: %s", error)

    def queue(self, update: Callable[[], None]) -> "Future[None]":
        """Run an update after those that are waiting."""
        return self._updates.submit(update)

    def close(self) -> None:
        """End the work after the current batch. What was stored stays."""
        self._lender.close()
        if self.engine is not None:
            self.engine.close()
        if self._watcher is not None:
            self._watcher.stop()  # last: it waits for its own update, which the engine has just ended
        self._updates.shutdown(cancel_futures=True)
