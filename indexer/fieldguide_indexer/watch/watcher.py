"""Noticing that files changed: batches of paths after a quiet moment, or the word that anything may have changed.

Nothing here reads a file or decides what is indexed; whoever gets a ``Change`` scans the paths in it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from fieldguide_indexer.sources.ignore import IGNORE_FILES
from fieldguide_indexer.watch.network_drives import shared_drive
from fieldguide_indexer.watch.observer import GONE, Observation

log = logging.getLogger(__name__)

# Beyond this a whole scan is quicker than asking for each path.
_MAX_PATHS = 2_000
# Scans for want of events take a twentieth of the time at most, however large the folder is.
_REST = 20


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: files and folders (relative, with ``/``; a folder stands for all below it), or everything."""

    paths: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long a watcher waits, in seconds.

    A batch is complete when nothing happened for ``quiet``, or when its first event is ``longest`` ago. While events
    cannot be trusted, everything is called changed every ``rescan``; with ``always`` also while they can. Every
    ``check`` it is seen to that the folder is still the one that is watched.
    """

    quiet: float = 0.2
    longest: float = 0.5
    rescan: float = 30.0
    always: bool = False
    check: float = 1.0


class Watcher:
    """Watches a workspace folder from ``start`` to ``stop``.

    ``on_change`` is called from the watcher's own thread, one call at a time; changes during a call are kept for
    the next. Where watching fails, ``problem`` says why in one sentence, everything is called changed from time to
    time, and watching is tried again. ``on_problem`` is told each new ``problem``, "" when all is well again.

    Args:
        folder: The workspace folder.
        on_change: Gets each batch.
        on_problem: Gets each change of ``problem``.
        rhythm: How long to wait for what.
        make_observer: Makes the watchdog observer; another one than the platform's for tests.
        drive_of: Names the kind of drive the folder is on if it is one where others change files unseen.
    """

    def __init__(
        self,
        folder: Path,
        on_change: Callable[[Change], None],
        on_problem: Callable[[str], None] = lambda _: None,
        rhythm: Rhythm | None = None,
        make_observer: Callable[[], BaseObserver] = Observer,
        drive_of: Callable[[Path], str] = shared_drive,
    ) -> None:
        self._folder = folder.resolve()
        self._on_change = on_change
        self._on_problem = on_problem
        self.rhythm = rhythm or Rhythm()
        self._drive_of = drive_of
        self._drive = ""
        self._news = threading.Condition()
        self._paths: set[str] = set()
        self._everything = self._replan = self._rebuild = self._folder_came = self._stopped = False
        self._events = 0
        self._rescan_at = 0.0
        self._observation = Observation(self._folder, make_observer, self._note_event, self._note_everything)
        self._tree = self._observation.tree
        self._thread = threading.Thread(target=self._run, name="fieldguide-watcher", daemon=True)
        self.problem = ""

    def start(self) -> None:
        """Begin to watch; what changes after this call is noticed."""
        self._open()
        self._tell()
        self._rescan_at = time.monotonic() + self.rhythm.rescan
        self._thread.start()

    def _open(self) -> None:
        self._observation.open()
        self._drive = self._drive_of(self._folder)

    def stop(self) -> None:
        """Stop watching and wait for the threads to end; a batch not yet delivered is dropped."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._observation.close()

    @property
    def is_folder_gone(self) -> bool:
        """Whether there is no folder to watch."""
        return self._observation.failure == GONE

    def _note_event(self, event: FileSystemEvent) -> None:
        for raw in (event.src_path, event.dest_path):
            path = self._relative(os.fsdecode(raw)) if raw else None
            if path in ("", ".git"):
                # The folder itself came or went, or its repository did: what is ignored is another.
                self._note_everything(lost=True)
            elif path and not self._tree.is_cold(path.removesuffix("/.git")):
                self._note_path(path, event)

    def _note_path(self, path: str, event: FileSystemEvent) -> None:
        name = path.rpartition("/")[2]
        with self._news:
            # Who was below a folder that went away, only the catalog knows.
            gone = event.is_directory and event.event_type in {"deleted", "moved"}
            at_edge = event.is_directory and self._tree.note_folder(path, gone=gone)
            self._folder_came |= event.is_directory and not gone
            self._replan |= at_edge or name in IGNORE_FILES or name == ".git"
            self._everything |= gone or self._replan
            if name != ".git":
                self._paths.add(path)
            self._everything |= len(self._paths) > _MAX_PATHS
            self._wake()

    def _note_everything(self, *, lost: bool) -> None:
        with self._news:
            self._everything = True
            self._rebuild |= lost
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
                replan, rebuild, folder_came = self._replan, self._rebuild, self._folder_came
                self._everything = self._replan = self._rebuild = self._folder_came = False
                self._paths.clear()
            # Before the news goes out: the scan that follows it sees what was made until now.
            if rebuild:
                self._observation.close()
                self._open()
            elif replan or folder_came:
                self._observation.follow(replan=replan)
            self._tell()
            self._deliver(change)

    def _wait_for_news(self) -> bool:
        """Wait for a first event and for the quiet after it; False when the watcher was stopped."""
        with self._news:
            while not self._news.wait_for(self._is_due, self.rhythm.check):
                self._look_around()
            deadline = time.monotonic() + self.rhythm.longest
            while not self._stopped and (left := deadline - time.monotonic()) > 0:
                if not self._wait_for_event(min(left, self.rhythm.quiet)):
                    break
            return not self._stopped

    def _is_due(self) -> bool:
        return self._stopped or self._everything or bool(self._paths)

    def _look_around(self) -> None:
        if not self._observation.is_of_this_folder:
            self._everything = self._rebuild = True
        elif time.monotonic() >= self._rescan_at:
            self._rebuild = self._observation.may_recover
            self._observation.prove()
            self._everything = bool(self._observation.failure or self._drive) or self.rhythm.always
            self._rescan_at = time.monotonic() + self.rhythm.rescan

    def _wait_for_event(self, seconds: float) -> bool:
        seen = self._events
        return self._news.wait_for(lambda: self._stopped or self._events != seen, seconds)

    def _deliver(self, change: Change) -> None:
        started = time.monotonic()
        try:
            self._on_change(change)
        except Exception:
            # The one boundary: a listener that fails must not make the folder unwatched without a word.
            log.exception("A listener failed on a change")
        if change.everything:
            now = time.monotonic()
            self._rescan_at = now + max(self.rhythm.rescan, _REST * (now - started))

    def _tell(self) -> None:
        """Say how well changes are noticed, if that is news."""
        problem = self._sentence()
        if problem != self.problem:
            self.problem = problem
            self._on_problem(problem)

    def _sentence(self) -> str:
        reason = self._observation.failure
        if reason == GONE:
            return f"{GONE}; its index is kept until the folder is there again."
        if not reason and self._drive:
            reason = (
                f"The folder is on a shared drive ({self._drive}), which does not tell what others change"
            )
        return f"{reason}, so changes are looked for every {self.rhythm.rescan:g} seconds." if reason else ""
