"""Noticing that files changed: batches of paths after a quiet moment, or the word that anything may have changed.

Nothing here reads a file or decides what is indexed; whoever gets a ``Change`` scans the paths in it.
"""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from fieldguide_indexer.sources.gitfiles import git_folder
from fieldguide_indexer.sources.ignore import IGNORE_FILES
from fieldguide_indexer.watchplan import WatchedTree

log = logging.getLogger(__name__)

# Beyond this a whole scan is quicker than asking for each path.
_MAX_PATHS = 2_000
# Written when a branch is switched, rebased or reset, and when files join or leave what git tracks.
_GIT_FILES = frozenset({"HEAD", "index"})
_GONE = "The workspace folder is gone"
_OVERFLOW_LOGGER = "watchdog.observers.inotify_c"


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: files and folders (relative, with ``/``; a folder stands for all below it), or everything."""

    paths: frozenset[str] = frozenset()
    everything: bool = False


class Watcher:
    """Watches a workspace folder from ``start`` to ``stop``.

    ``on_change`` is called from the watcher's own thread, one call at a time; changes during a call are kept for
    the next. Where watching fails, ``healthy`` is False, ``problem`` says why in one sentence, and a ``Change``
    of everything comes every ``rescan_seconds``.

    Args:
        folder: The workspace folder.
        on_change: Gets each batch.
        quiet_seconds: A batch is complete when nothing happened for so long …
        max_wait_seconds: … or when its first event is so long ago.
        rescan_seconds: How often everything is called changed while watching fails.
        make_observer: Makes the watchdog observer; another one than the platform's for network drives or tests.
    """

    def __init__(
        self,
        folder: Path,
        on_change: Callable[[Change], None],
        quiet_seconds: float = 0.2,
        max_wait_seconds: float = 2.0,
        rescan_seconds: float = 30.0,
        make_observer: Callable[[], BaseObserver] = Observer,
    ) -> None:
        self._folder = folder.resolve()
        self._on_change = on_change
        self._quiet_seconds = quiet_seconds
        self._max_wait_seconds = max_wait_seconds
        self._rescan_seconds = rescan_seconds
        self._make_observer = make_observer
        self._news = threading.Condition()
        self._paths: set[str] = set()
        self._everything = self._replan = self._rebuild = self._stopped = False
        self._events = 0
        self._observer: BaseObserver | None = None
        self._tree = WatchedTree(self._folder, _Handler(self._note_event))
        self._git_handler = _Handler(self._note_git_event)
        self._overflow = _OverflowHandler(self._note_overflow)
        self._thread = threading.Thread(target=self._run, name="fieldguide-watcher", daemon=True)
        self.problem = ""

    @property
    def healthy(self) -> bool:
        """Whether changes are noticed as they happen."""
        return not self.problem

    def start(self) -> None:
        """Begin to watch; what changes after this call is noticed."""
        logging.getLogger(_OVERFLOW_LOGGER).addHandler(self._overflow)
        self._open_observer()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and wait for the threads to end; a batch not yet delivered is dropped."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._close_observer()
        logging.getLogger(_OVERFLOW_LOGGER).removeHandler(self._overflow)

    def _note_event(self, event: FileSystemEvent) -> None:
        for raw in (event.src_path, event.dest_path):
            path = self._relative(os.fsdecode(raw)) if raw else None
            if path is not None:
                self._note_path(path, event)

    def _note_path(self, path: str, event: FileSystemEvent) -> None:
        if path == "":
            if event.event_type == "deleted" and event.is_directory:
                self._fail(_GONE)
            return
        if self._tree.is_cold(path):
            return
        with self._news:
            self._paths.add(path)
            # Who was below a folder that went away, only the catalog knows.
            gone = event.is_directory and event.event_type in {"deleted", "moved"}
            rules = path.rpartition("/")[2] in IGNORE_FILES
            at_edge = event.is_directory and self._tree.note_folder(path, gone=gone)
            self._replan |= at_edge or rules
            self._everything |= gone or at_edge or rules or len(self._paths) > _MAX_PATHS
            self._wake()

    def _note_git_event(self, event: FileSystemEvent) -> None:
        names = {Path(os.fsdecode(raw)).name for raw in (event.src_path, event.dest_path) if raw}
        if names & _GIT_FILES:
            self._note_everything()

    def _note_overflow(self) -> None:
        with self._news:
            self._rebuild = True
        self._note_everything()

    def _note_everything(self) -> None:
        with self._news:
            self._everything = True
            self._wake()

    def _wake(self) -> None:
        self._events += 1
        self._news.notify_all()

    def _relative(self, path: str) -> str | None:
        root = str(self._folder)
        if path == root:
            return ""
        if not path.startswith(root + os.sep):
            return None
        return path[len(root) + 1 :].replace(os.sep, "/")

    def _run(self) -> None:
        while self._wait_for_news():
            with self._news:
                change = Change(frozenset() if self._everything else frozenset(self._paths), self._everything)
                replan, rebuild = self._replan, self._rebuild
                self._everything = self._replan = self._rebuild = False
                self._paths.clear()
            if rebuild:
                self._close_observer()
                self._open_observer()
            elif replan:
                # Before the news goes out: the scan that follows it sees what was made until now.
                self._watch()
            self._deliver(change)

    def _wait_for_news(self) -> bool:
        """Wait for a first event and for the quiet after it; False when the watcher was stopped."""
        with self._news:
            rescan = None if self.healthy else self._rescan_seconds
            if not self._news.wait_for(
                lambda: self._stopped or self._everything or bool(self._paths), rescan
            ):
                self._everything = True
            deadline = time.monotonic() + self._max_wait_seconds
            while not self._stopped and (left := deadline - time.monotonic()) > 0:
                if not self._wait_for_event(min(left, self._quiet_seconds)):
                    break
            return not self._stopped

    def _wait_for_event(self, seconds: float) -> bool:
        seen = self._events
        return self._news.wait_for(lambda: self._stopped or self._events != seen, seconds)

    def _deliver(self, change: Change) -> None:
        try:
            self._on_change(change)
        except Exception:
            # The one boundary: a listener that fails must not make the folder unwatched without a word.
            log.exception("A listener failed on a change")

    def _open_observer(self) -> None:
        try:
            self._observer = self._make_observer()
            self._observer.start()
            self._watch()
            place = git_folder(self._folder)
            if place and self._observer:
                self._tree.watch_flat(self._observer, place, self._git_handler)
        except OSError as error:
            self._fail(_why(error))

    def _watch(self) -> None:
        try:
            if self._observer:
                self._tree.watch(self._observer)
        except OSError as error:
            self._fail(_why(error))

    def _close_observer(self) -> None:
        observer, self._observer = self._observer, None
        self._tree.forget()
        if observer and observer.is_alive():
            observer.stop()
            observer.join()

    def _fail(self, reason: str) -> None:
        log.warning("Not watching %s: %s", self._folder, reason)
        with self._news:
            self.problem = f"{reason}, so changes are looked for every {self._rescan_seconds:g} seconds."
        self._note_everything()


class _Handler(FileSystemEventHandler):
    def __init__(self, note: Callable[[FileSystemEvent], None]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._note(event)


class _OverflowHandler(logging.Handler):
    """Hears of lost events from watchdog's log, the only place where it tells."""

    def __init__(self, note: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._note()


def _why(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The system's limit of watched folders is reached (fs.inotify.max_user_watches)"
    if error.errno == errno.ENOENT:
        return _GONE
    if error.errno == errno.EMFILE:
        return "The system's limit of watchers is reached (fs.inotify.max_user_instances)"
    return f"The folder cannot be watched ({error.strerror or error})"
