"""Bringing a generation up to date: scan, compare, have files prepared, store. Vectors follow in ``vectorizing.py``."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.ignore import IGNORE_FILES
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.sources.workspace import FileEntry, Scan, scan
from fieldguide_indexer.store.catalog import Catalog, FileRow
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Progress, SkippedFile, UpdateReport
from fieldguide_indexer.updating.progress import ProgressTracker
from fieldguide_indexer.updating.worker import Task
from fieldguide_indexer.updating.worker_pool import WorkerPool

logger = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]

# The fact that every file of the folder was stored once; 0 while a first or a resumed run is under way.
COMPLETE = "complete"
# With the name of a source behind it, the fact of which folder it was at the last look at every file.
_SOURCE = "source "

_STORED_AT_ONCE = 128
# Vectors of content that is gone, kept for when a branch is switched back: as many, or half of those in use.
_KEPT_UNUSED_VECTORS = 20_000


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """What somebody wants to have updated (None: everything), whom to tell of it, and the wish that it ends.

    ``anew`` has every file read again and its words stored again, as if it had changed.
    """

    paths: Sequence[str] | None
    on_progress: OnProgress
    cancelled: threading.Event
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the folder and the catalog. ``known`` are those to be read that it holds already."""

    read: tuple[Task, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    unchanged: int = 0
    known: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class Updater:
    """Updates one catalog from one workspace folder."""

    def __init__(self, folder: Root, catalog: Catalog, options: IndexOptions, pool: WorkerPool) -> None:
        self._folder = folder
        self._catalog = catalog
        self._options = options
        self._pool = pool

    def update(self, order: UpdateRequest, may_go_on: Callable[[], bool]) -> UpdateReport:
        """Make the catalog agree with the folder, or with the paths that are ordered.

        ``may_go_on`` is asked between batches and may take its time. What was stored when it says no stays; the
        next update goes on from there.
        """
        started = time.perf_counter()
        paths = order.paths
        whole = paths is None or self._is_broken_off() or _rules_are_among(paths)
        folders = self._folder.identities() if isinstance(self._folder, SourceList) else {}
        changes = self._changes(None if whole else paths, folders, anew=order.anew)
        tally = _Tally()
        if whole and changes.read:
            self._catalog.note({COMPLETE: 0})
        self._catalog.remove_files(changes.removed)
        finished = self._store(changes, tally, order.on_progress, may_go_on)
        if not finished:
            self._catalog.note({COMPLETE: 0})
        elif whole:
            self._catalog.note({f"{_SOURCE}{name}": number for name, number in folders.items()})
            self._tidy()
        skipped = (*changes.skipped, *(self._catalog.skipped_files() if whole else tally.skipped))
        report = tally.report(changes, skipped, time.perf_counter() - started)
        return report if finished else replace(report, interrupted=True)

    def _is_broken_off(self) -> bool:
        """Return whether an update was interrupted: nobody knows any more what it had still to do."""
        return self._catalog.facts().get(COMPLETE, 1) == 0

    def _changes(self, paths: Sequence[str] | None, folders: Mapping[str, int], *, anew: bool) -> Changes:
        known: Mapping[str, FileRow] = self._catalog.file_rows(paths)
        if anew:
            known = {path: _unread(row) for path, row in known.items()}
        if paths is None:
            known = self._of_same_folders(known, folders)
            return self._compare(scan(self._folder, self._options), known, frozenset())
        told = frozenset(paths)
        # Of many paths all rows were read: those that are not concerned must not be taken for removed.
        concerned = {path: row for path, row in known.items() if _is_among(path, told)}
        return self._compare(scan(self._folder, self._options, only=paths), concerned, told)

    def _of_same_folders(
        self, known: Mapping[str, FileRow], folders: Mapping[str, int]
    ) -> Mapping[str, FileRow]:
        """Return the rows, with those unread whose source is another folder by now: times and sizes say nothing there."""
        facts = self._catalog.facts()
        moved = tuple(
            f"{name}/" for name, number in folders.items() if facts.get(f"{_SOURCE}{name}") != number
        )
        return (
            {path: _unread(row) if path.startswith(moved) else row for path, row in known.items()}
            if moved
            else known
        )

    def _compare(self, found: Scan, known: Mapping[str, FileRow], told: frozenset[str]) -> Changes:
        """Return what a scan shows against what is stored. A file that we are told of is read whatever its time says."""
        present = {entry.path for entry in found.entries}
        read = [
            Task(entry, known[entry.path].hash if entry.path in known else b"")
            for entry in found.entries
            if entry.path in told or entry.path not in known or self._differs(entry, known[entry.path])
        ]
        return Changes(
            read=tuple(read),
            removed=tuple(path for path in known if path not in present),
            skipped=found.skipped,
            unchanged=len(present) - len(read),
            known=frozenset(task.entry.path for task in read if task.entry.path in known),
            notes=() if told else found.notes,
        )

    def _differs(self, entry: FileEntry, row: FileRow) -> bool:
        """Return whether a file is to be read: it changed, could not be indexed before, or the limit of size moved over it."""
        if entry.size != row.size or entry.mtime_ns != row.mtime_ns or row.state == "failed":
            return True
        too_large = entry.size > self._options.max_file_bytes
        return row.reason == "too large" if not too_large else row.state == "indexed"

    def _store(
        self, changes: Changes, tally: "_Tally", on_progress: OnProgress, may_go_on: Callable[[], bool]
    ) -> bool:
        """Have files prepared and stores them; says whether it came to the end."""
        waiting: list[PreparedFile] = []
        pace = ProgressTracker("reading", sum(task.entry.size for task in changes.read))

        def keep() -> None:
            self._catalog.store_files(waiting)
            tally.add(waiting, changes.known)
            waiting.clear()
            on_progress(pace.progress(tally.done, len(changes.read), tally.bytes))

        for files in self._pool.prepare(changes.read):
            waiting.extend(files)
            if len(waiting) >= _STORED_AT_ONCE:
                keep()
            if tally.done + len(waiting) < len(changes.read) and not may_go_on():
                return False
        if waiting:
            keep()
        return True

    def _tidy(self) -> None:
        if not self._catalog.facts().get(COMPLETE):
            self._catalog.note({COMPLETE: 1})
        self._catalog.free_slots(max(_KEPT_UNUSED_VECTORS, self._catalog.chunk_count() // 2))
        self._catalog.shrink()


def _unread(row: FileRow) -> FileRow:
    """As if a file had been seen with no content: its vectors are found again by the hashes of its chunks."""
    return replace(row, mtime_ns=-1, hash=b"")


def _rules_are_among(paths: Sequence[str]) -> bool:
    return any(PurePosixPath(path).name in IGNORE_FILES for path in paths)


def _is_among(path: str, paths: frozenset[str]) -> bool:
    """Return whether a file is one of the paths or lies below one."""
    return path in paths or any(str(parent) in paths for parent in PurePosixPath(path).parents)


class _Tally:
    """Counts what an update does, file by file."""

    def __init__(self) -> None:
        self.done = self.added = self.changed = self.unchanged = self.chunks = self.redacted = self.bytes = 0
        self.skipped: list[SkippedFile] = []
        self.failed: list[SkippedFile] = []

    def add(self, files: Sequence[PreparedFile], known: frozenset[str]) -> None:
        for file in files:
            self._add(file, file.path in known)

    def _add(self, file: PreparedFile, was_known: bool) -> None:
        self.done += 1
        self.bytes += file.size
        self.chunks += len(file.chunks)
        self.redacted += file.redacted
        if file.state == "failed":
            self.failed.append(SkippedFile(file.path, file.reason))
        elif file.state == "unchanged":
            self.unchanged += 1
        elif was_known:
            self.changed += 1
        elif file.state != "skipped":
            self.added += 1
        if file.state == "skipped":
            self.skipped.append(SkippedFile(file.path, file.reason))

    def report(self, changes: Changes, skipped: tuple[SkippedFile, ...], seconds: float) -> UpdateReport:
        return UpdateReport(
            added=self.added,
            changed=self.changed,
            removed=len(changes.removed),
            unchanged=changes.unchanged + self.unchanged,
            chunks=self.chunks,
            redacted=self.redacted,
            seconds=seconds,
            skipped=skipped,
            failed=tuple(self.failed),
            notes=changes.notes,
        )
