"""The watcher of a workspace folder: it reports batches of changed paths after a quiet moment, or that a rescan is needed.

It reads no files and does not decide what is indexed; the receiver of a ``Change`` scans its paths.
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
from fieldguide_indexer.watch.observer import GONE, PROBE_SECONDS, Observation

log = logging.getLogger(__name__)

# For more paths a full scan is faster.
_MAX_PATHS = 2_000
# Periodic rescans take at most a twentieth of the time, however large the folder is.
_RESCAN_PAUSE_FACTOR = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A set of changes: relative paths with ``/`` (a folder includes everything below it), or everything."""

    paths: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The intervals of a watcher, in seconds.

    Attributes:
        quiet: A batch is complete when there was no event for this long.
        longest: A batch is complete at the latest when its first event is this old.
        rescan: While events are unreliable, a rescan is reported this often.
        always: Report rescans even while events are reliable.
        check: How often to check that the folder is still the one being watched.
        probe: How long a test event may take before the system counts as reporting no changes.
    """

    quiet: float = 0.2
    longest: float = 0.5
    rescan: float = 30.0
    always: bool = False
    check: float = 1.0
    probe: float = PROBE_SECONDS


class Watcher:
    """Watches a workspace folder from ``start`` to ``stop``.

    ``on_change`` is called from the watcher's own thread, one call at a time; changes during a call are kept for the next.
    If watching fails, ``problem`` is a sentence with the reason, rescans are reported periodically, and watching is tried
    again.

    Args:
        folder: The workspace folder.
        on_change: Called with each batch.
        on_problem: Called with each new ``problem``; "" when watching works again.
        rhythm: The intervals.
        make_observer: Creates the watchdog observer; the platform's by default.
        drive_of: Returns the kind of the shared drive that the folder is on, "" for a local drive.
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
        self._changed = threading.Condition()
        self._paths: set[str] = set()
        self._everything = self._replan = self._rebuild = self._folder_created = self._stopped = False
        self._events = 0
        self._rescan_at = 0.0
        self._observation = Observation(
            self._folder, make_observer, self._note_event, self._note_rescan, self.rhythm.probe
        )
        self._tree = self._observation.tree
        self._thread = threading.Thread(target=self._run, name="fieldguide-watcher", daemon=True)
        self.problem = ""

    def start(self) -> None:
        """Start watching. Changes after this call are noticed."""
        self._open()
        self._report_problem()
        self._rescan_at = time.monotonic() + self.rhythm.rescan
        self._thread.start()

    def _open(self) -> None:
        self._observation.open()
        self._drive = self._drive_of(self._folder)

    def stop(self) -> None:
        """Stop watching and wait for the threads to end. A pending batch is dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
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
                # The folder or its repository was created or removed, so other files may be ignored.
                self._note_rescan(rebuild=True)
            elif path and not self._tree.is_excluded(path.removesuffix("/.git")):
                self._note_path(path, event)

    def _note_path(self, path: str, event: FileSystemEvent) -> None:
        name = path.rpartition("/")[2]
        with self._changed:
            # Only the catalog knows which files were in a folder that was removed.
            removed = event.is_directory and event.event_type in {"deleted", "moved"}
            at_edge = event.is_directory and self._tree.note_folder(path, removed=removed)
            self._folder_created |= event.is_directory and not removed
            self._replan |= at_edge or name in IGNORE_FILES or name == ".git"
            self._everything |= removed or self._replan
            if name != ".git":
                self._paths.add(path)
            self._everything |= len(self._paths) > _MAX_PATHS
            self._wake()

    def _note_rescan(self, *, rebuild: bool) -> None:
        with self._changed:
            self._everything = True
            self._rebuild |= rebuild
            self._wake()

    def _wake(self) -> None:
        self._events += 1
        self._changed.notify_all()

    def _relative(self, path: str) -> str | None:
        root = str(self._folder)
        if path == root:
            return ""
        if not path.startswith(root + os.sep):
            return None
        return path[len(root) + 1 :].replace(os.sep, "/")

    def _run(self) -> None:
        while self._wait_for_batch():
            with self._changed:
                change = Change(frozenset() if self._everything else frozenset(self._paths), self._everything)
                replan, rebuild, folder_created = self._replan, self._rebuild, self._folder_created
                self._everything = self._replan = self._rebuild = self._folder_created = False
                self._paths.clear()
            # Before the change is delivered, so that the scan of its receiver sees everything up to now.
            if rebuild:
                self._observation.close()
                self._open()
            elif replan or folder_created:
                self._observation.update(replan=replan)
            self._report_problem()
            self._deliver(change)

    def _wait_for_batch(self) -> bool:
        """Wait for an event and the quiet moment after it; return False if the watcher was stopped."""
        with self._changed:
            while not self._changed.wait_for(self._is_due, self.rhythm.check):
                self._check_folder()
            deadline = time.monotonic() + self.rhythm.longest
            while not self._stopped and (left := deadline - time.monotonic()) > 0:
                if not self._wait_for_event(min(left, self.rhythm.quiet)):
                    break
            return not self._stopped

    def _is_due(self) -> bool:
        return self._stopped or self._everything or bool(self._paths)

    def _check_folder(self) -> None:
        if not self._observation.is_current:
            self._everything = self._rebuild = True
        elif time.monotonic() >= self._rescan_at:
            self._rebuild = self._observation.may_recover
            self._observation.probe()
            self._everything = bool(self._observation.failure or self._drive) or self.rhythm.always
            self._rescan_at = time.monotonic() + self.rhythm.rescan

    def _wait_for_event(self, seconds: float) -> bool:
        seen = self._events
        return self._changed.wait_for(lambda: self._stopped or self._events != seen, seconds)

    def _deliver(self, change: Change) -> None:
        started = time.monotonic()
        try:
            self._on_change(change)
        except Exception:
            # A boundary: a callback that fails must not silently end the watching.
            log.exception("The receiver of a change failed")
        if change.everything:
            now = time.monotonic()
            self._rescan_at = now + max(self.rhythm.rescan, _RESCAN_PAUSE_FACTOR * (now - started))

    def _report_problem(self) -> None:
        """Report why changes may not be noticed, if that has changed."""
        problem = self._sentence()
        if problem != self.problem:
            self.problem = problem
            self._on_problem(problem)

    def _sentence(self) -> str:
        reason = self._observation.failure
        if reason == GONE:
            return f"{GONE}; its index is kept in case it comes back."
        if not reason and self._drive:
            reason = f"The folder is on a shared drive ({self._drive}), which does not report changes by other machines"
        return f"{reason}, so the folder is scanned every {self.rhythm.rescan:g} seconds." if reason else ""
