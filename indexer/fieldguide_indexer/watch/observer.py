"""The watchdog observer of one workspace folder: opened, brought in line with the folder, and told from a broken one."""

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
# Written when a branch is switched, rebased or reset, and when files join or leave what git tracks.
_GIT_FILES = frozenset({"HEAD", "index"})
_OVERFLOW_LOGGER = "watchdog.observers.inotify_c"
_PROOF_SECONDS = 5.0


class Everything(Protocol):
    """Told that anything may have changed."""

    def __call__(self, *, lost: bool) -> None:
        """``lost``: because events were, so that nothing is known of what is watched."""


class Observation:
    """Watches a folder's tree and its repository's HEAD.

    ``failure`` says in a few words why that is impossible now, "" while it works.

    Args:
        folder: The workspace folder.
        make_observer: Makes the watchdog observer.
        on_event: Gets each event in the tree.
        on_everything: Is called when anything may have changed; ``lost`` when events were.
    """

    def __init__(
        self,
        folder: Path,
        make_observer: Callable[[], BaseObserver],
        on_event: Callable[[FileSystemEvent], None],
        on_everything: Everything,
    ) -> None:
        self._folder = folder
        self._make_observer = make_observer
        self._on_everything = on_everything
        self._observer: BaseObserver | None = None
        self._identity: tuple[int, int] | None = None
        self._git_handler = _Handler(self._note_git_event)
        self._overflow = _OverflowHandler(lambda: on_everything(lost=True))
        self.tree = WatchedTree(folder, _Handler(on_event))
        self.failure = ""

    def open(self) -> None:
        """Begin to watch; what changes after this call is told."""
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
            self._fail(_why(error))
        else:
            self.follow(replan=True)

    def follow(self, *, replan: bool) -> None:
        """Watch what came; ``replan`` when folders came or went at the edge of what is watched, or the ignored ones."""
        try:
            if self._observer and replan:
                self.tree.watch(self._observer)
        except OSError as error:
            self._fail(_why(error))
        else:
            self.prove()

    def prove(self) -> None:
        """See whether the system still tells of changes: it refuses watches below a folder without a word."""
        if self._observer and not self.failure:
            try:
                _prove(self._make_observer)
            except OSError as error:
                self._fail(_why(error))

    def close(self) -> None:
        """Stop watching and wait for the observer's threads to end."""
        observer, self._observer = self._observer, None
        self.tree.forget()
        if observer and observer.is_alive():
            observer.stop()
            observer.join()
        logging.getLogger(_OVERFLOW_LOGGER).removeHandler(self._overflow)

    @property
    def is_of_this_folder(self) -> bool:
        """Whether the folder is still the one that is watched: no event tells that it was moved away or put back."""
        return _identity(self._folder) == self._identity

    @property
    def may_recover(self) -> bool:
        """Whether it failed, and opening it again may help."""
        if not self.failure or self._identity is None:
            return False
        try:
            _prove(self._make_observer)
        except OSError:
            return False
        return True

    def _note_git_event(self, event: FileSystemEvent) -> None:
        names = {Path(os.fsdecode(raw)).name for raw in (event.src_path, event.dest_path) if raw}
        if names & _GIT_FILES:
            self._on_everything(lost=False)

    def _fail(self, reason: str) -> None:
        log.warning("Not watching %s: %s", self._folder, reason)
        self.failure = reason


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


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell this folder from another that has its name; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _why(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The system's limit of watched folders is reached (fs.inotify.max_user_watches)"
    if error.errno == errno.ENOENT:
        return GONE
    if error.errno == errno.EMFILE:
        return "The system's limit of watchers is reached (fs.inotify.max_user_instances)"
    if isinstance(error, TimeoutError):
        return "The system tells of no changes"
    return f"The folder cannot be watched ({error.strerror or error})"


def _prove(make_observer: Callable[[], BaseObserver]) -> None:
    """Watch a fresh folder of our own, where no watch is shared, and wait for word of a file in it.

    Raises:
        OSError: The system takes no more watches, or (TimeoutError) the file was not told of.
    """
    told = threading.Event()
    observer = make_observer()
    with tempfile.TemporaryDirectory(prefix="fieldguide-") as fresh:
        observer.start()
        try:
            # Its true path: the temporary folder may lie behind a link.
            observer.schedule(
                _Handler(lambda _: told.set()), os.path.realpath(fresh), event_filter=[FileCreatedEvent]
            )
            Path(fresh, "probe").touch()
            if not told.wait(_PROOF_SECONDS):
                raise TimeoutError
        finally:
            observer.stop()
            observer.join()
