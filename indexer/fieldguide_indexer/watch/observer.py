"""The watchdog observer of one workspace folder: it is opened, kept in line with the folder, and tested to be alive."""

import errno
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from watchdog.events import FileCreatedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import BaseObserver

from fieldguide_indexer.sources.gitfiles import git_folder
from fieldguide_indexer.watch.watched_folders import WatchedTree

log = logging.getLogger(__name__)

GONE = "The workspace folder is gone"
# Git writes these when a branch is switched, rebased or reset, and when files are tracked or untracked.
_GIT_FILES = frozenset({"HEAD", "index"})
_OVERFLOW_LOGGER = "watchdog.observers.inotify_c"
PROBE_SECONDS = 5.0


class RescanCallback(Protocol):
    """Callback: a full rescan is needed."""

    def __call__(self, *, rebuild: bool) -> None:
        """Request a rescan. ``rebuild``: events were lost, so the watches must be set up again, too."""


class Observation:
    """Watches the tree of a folder and the HEAD of its repository.

    ``failure`` is a short reason why watching is impossible at present, "" while it works.

    Args:
        folder: The workspace folder.
        make_observer: Creates the watchdog observer.
        on_event: Called with each event in the tree.
        on_rescan: Called when a full rescan is needed.
        probe_seconds: How long a test event may take.
    """

    def __init__(
        self,
        folder: Path,
        make_observer: Callable[[], BaseObserver],
        on_event: Callable[[FileSystemEvent], None],
        on_rescan: RescanCallback,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._folder = folder
        self._make_observer = make_observer
        self._on_rescan = on_rescan
        self._probe_seconds = probe_seconds
        self._observer: BaseObserver | None = None
        self._identity: tuple[int, int] | None = None
        self._git_handler = _Handler(self._note_git_event)
        self._overflow = _OverflowHandler(lambda: on_rescan(rebuild=True))
        self.tree = WatchedTree(folder, _Handler(on_event))
        self.failure = ""

    def open(self) -> None:
        """Start watching. Changes after this call are reported."""
        logging.getLogger(_OVERFLOW_LOGGER).addHandler(self._overflow)
        self._identity, self.failure = _identity(self._folder), ""
        if self._identity is None:
            self._fail(GONE)
            return
        try:
            self._observer = self._make_observer()
            self._observer.start()
            if place := git_folder(self._folder):
                self.tree.watch_flat(self._observer, place, self._git_handler)
        except OSError as error:
            self._fail(_reason(error))
        else:
            self.update(replan=True)

    def update(self, *, replan: bool) -> None:
        """Bring the watches in line with the folder.

        Args:
            replan: Folders appeared or disappeared at the edge of what is watched, or the ignored folders changed.
        """
        try:
            if self._observer and replan:
                self.tree.watch(self._observer)
        except OSError as error:
            self._fail(_reason(error))
        else:
            self.probe()

    def probe(self) -> None:
        """Test whether the system still reports changes: it silently refuses watches beyond its limit."""
        if self._observer and not self.failure:
            try:
                _probe(self._make_observer, self._probe_seconds)
            except OSError as error:
                self._fail(_reason(error))

    def close(self) -> None:
        """Stop watching and wait for the observer's threads to end."""
        observer, self._observer = self._observer, None
        self.tree.clear()
        if observer and observer.is_alive():
            observer.stop()
            observer.join()
        logging.getLogger(_OVERFLOW_LOGGER).removeHandler(self._overflow)

    @property
    def is_current(self) -> bool:
        """Whether the folder is still the one being watched. No event reports that it was moved away or back."""
        return _identity(self._folder) == self._identity

    @property
    def may_recover(self) -> bool:
        """Whether watching failed, but may succeed when opened again."""
        if not self.failure or self._identity is None:
            return False
        try:
            _probe(self._make_observer, self._probe_seconds)
        except OSError:
            return False
        return True

    def _note_git_event(self, event: FileSystemEvent) -> None:
        names = {Path(os.fsdecode(raw)).name for raw in (event.src_path, event.dest_path) if raw}
        if names & _GIT_FILES:
            self._on_rescan(rebuild=False)

    def _fail(self, reason: str) -> None:
        log.warning("Not watching %s: %s", self._folder, reason)
        self.failure = reason


class _Handler(FileSystemEventHandler):
    def __init__(self, note: Callable[[FileSystemEvent], None]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._note(event)


class _OverflowHandler(logging.Handler):
    """Detects lost events through watchdog's log, the only place that reports them."""

    def __init__(self, note: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._note()


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return device and inode of a folder, to distinguish it from another of the same name; None if it does not exist."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The system's limit of watched folders is reached (fs.inotify.max_user_watches)"
    if error.errno == errno.ENOENT:
        return GONE
    if error.errno == errno.EMFILE:
        return "The system's limit of watchers is reached (fs.inotify.max_user_instances)"
    if isinstance(error, TimeoutError):
        return "The system reports no changes"
    return f"The folder cannot be watched ({error.strerror or error})"


def _probe(make_observer: Callable[[], BaseObserver], seconds: float) -> None:
    """Watch a new temporary folder, which shares no watch, and wait for the event of a file created in it.

    Raises:
        OSError: The system refuses more watches.
        TimeoutError: The event did not arrive.
    """
    received = threading.Event()
    observer = make_observer()
    with tempfile.TemporaryDirectory(prefix="fieldguide-") as folder:
        observer.start()
        try:
            # The real path: the temporary folder may be a link.
            observer.schedule(
                _Handler(lambda _: received.set()), os.path.realpath(folder), event_filter=[FileCreatedEvent]
            )
            Path(folder, "probe").touch()
            if not received.wait(seconds):
                raise TimeoutError
        finally:
            observer.stop()
            observer.join()
