"""What an owner process keeps of its index: the engine, from the first client on, and who watches the folder for it.

Updates queue behind each other here, whoever wants them: a client, or the watcher.
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
from fieldguide_indexer.updating.editor_excludes import recall, remember
from fieldguide_indexer.watch.source_watcher import SourceWatcher
from fieldguide_indexer.watch.watcher import Change, Rhythm, Watcher

logger = logging.getLogger(__name__)

# Who waited for the index is to be answered first.
_SETTLING_SECONDS = 1.0


class HostedIndex:
    """The index of ``folder``, kept in ``home``. Every method may be called from any thread.

    ``engine`` is None until a client has opened it: who only lends needs none.
    """

    def __init__(self, folder: Root, home: Path, listener: Callable[[IndexEvent], None]) -> None:
        self._folder = folder
        self._home = home
        self._listener = listener
        self.engine: Engine | None = None
        self._lender = VectorLender(home)
        self._watcher: Watcher | SourceWatcher | None = None
        self._opening = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._is_settled = False

    @property
    def is_idle(self) -> bool:
        """Whether no work is left."""
        return self.engine is None or self.engine.is_idle

    def open(self, options: Frame) -> None:
        """Open the engine; with other options than the last client's it goes on with these."""
        told = decode_options(options)
        with self._opening:
            if told.editor_exclude is not None:
                remember(self._home, told)
            chosen = recall(self._home, told)
            if self.engine is None:
                self._lender.close()
                self.engine = Engine(self._folder, self._home, chosen, self._tell)
            else:
                self.engine.reconfigure(chosen)

    def _tell(self, event: IndexEvent) -> None:
        self._listener(event)
        if isinstance(event, IndexStatus) and event.state is State.READY and not self._is_settled:
            self._is_settled = True
            settling = threading.Timer(_SETTLING_SECONDS, freeze_garbage_collector)
            settling.daemon = True
            settling.start()

    def lend(self, made_with: str, hashes: list[str]) -> Frame:
        """Lend vectors to a neighbour; nobody's options are needed for that, so there may be no engine."""
        with self._opening:
            if self.engine is None:
                return self._lender.lend(made_with, hashes)
        return self.engine.lend(made_with, hashes)

    def watch(self, rescan_seconds: int = 0) -> str:
        """Watch, or goes on watching with the last client's rhythm."""
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
            return SourceWatcher(self._folder, self._on_change, self._on_impaired, rhythm)
        return Watcher(self._folder, self._on_change, self._on_impaired, rhythm)

    def _on_impaired(self, problem: str) -> None:
        if self.engine is not None:
            self.engine.note(problem)

    def catch_up(self, seconds: float) -> None:
        """Look at every file, for a client whose owner died: waits so long for it, and goes on beyond."""
        under_way = self._update_quietly(Change(everything=True))
        wait([under_way], timeout=seconds)

    def _on_change(self, change: Change) -> None:
        # Waits, so that what changes meanwhile makes one batch and no queue of scans.
        wait([self._update_quietly(change)])

    def _update_quietly(self, change: Change) -> "Future[None]":
        paths = None if change.everything else sorted(change.paths)
        return self.queue(lambda: self._update_or_log(paths))

    def _update_or_log(self, paths: list[str] | None) -> None:
        try:
            if self.engine is not None:
                self.engine.update(paths)
        except FieldguideError as error:
            logger.warning("Not updated: %s", error)

    def queue(self, update: Callable[[], None]) -> "Future[None]":
        """Have an update made after those that were wanted before."""
        return self._writer.submit(update)

    def close(self) -> None:
        """End the work after the batch at hand. What was stored stays."""
        self._lender.close()
        if self.engine is not None:
            self.engine.close()
        if self._watcher is not None:
            self._watcher.stop()  # last: it waits for the update it asked for, which the engine has just ended
        self._writer.shutdown(cancel_futures=True)
