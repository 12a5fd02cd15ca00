"""Updates of a catalog: scan the folder, compare, prepare the files that differ, store them. Vectors follow later."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.ignore import IGNORE_FILES
from fieldguide_indexer.sources.reader import max_bytes
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.sources.workspace import FileEntry, Scan, scan
from fieldguide_indexer.store.catalog import COMPLETE, Catalog, FileRow
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Progress, SkippedFile, UpdateReport
from fieldguide_indexer.updating.progress import ProgressTracker
from fieldguide_indexer.updating.worker import Task
from fieldguide_indexer.updating.worker_pool import WorkerPool

logger = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]

# The prefix of a fact for each source: which folder it was at the last scan.
_SOURCE = "source "
_STORED_AT_ONCE = 128
# How many vectors of removed content are kept, for when a branch is switched back; or half of those in use.
_KEPT_UNUSED_VECTORS = 20_000


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """One update.

    Attributes:
        paths: The files and folders to update; None for all.
        on_progress: Called after each batch.
        cancelled: Set to end the update after the current batch.
        force: Whether files that did not change are read and stored again, too.
    """

    paths: Sequence[str] | None
    on_progress: OnProgress
    cancelled: threading.Event
    force: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences between the folder and the catalog.

    ``to_read`` are new and changed files; ``in_catalog`` are the paths of the changed ones.
    """

    to_read: tuple[Task, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    unchanged: int = 0
    in_catalog: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class Updater:
    """Updates one catalog from a workspace folder or from several sources."""

    def __init__(self, folder: Root, catalog: Catalog, options: IndexOptions, pool: WorkerPool) -> None:
        self._folder = folder
        self._catalog = catalog
        self._options = options
        self._pool = pool

    def update(self, request: UpdateRequest, may_continue: Callable[[], bool]) -> UpdateReport:
        """Bring the catalog up to date with the folder, or with the requested paths.

        ``may_continue`` is called between batches and may block. When it returns False, what was stored stays, and the
        next update continues from there.
        """
        started = time.perf_counter()
        paths = request.paths
        if paths is not None and (self._was_interrupted() or _has_ignore_file(paths)):
            paths = None
        folders = self._folder.identities() if isinstance(self._folder, SourceList) else {}
        changes = self._changes(paths, folders, force=request.force)
        tally = _Tally()
        if paths is None and changes.to_read:
            self._catalog.note({COMPLETE: 0})
        self._catalog.remove_files(changes.removed)
        finished = self._store(changes, tally, request.on_progress, may_continue)
        if not finished:
            self._catalog.note({COMPLETE: 0})
        elif paths is None:
            self._catalog.note({f"{_SOURCE}{name}": identity for name, identity in folders.items()})
            self._clean_up()
        skipped = (*changes.skipped, *(self._catalog.skipped_files() if paths is None else tally.skipped))
        report = tally.report(changes, skipped, time.perf_counter() - started)
        return report if finished else replace(report, interrupted=True)

    def _was_interrupted(self) -> bool:
        """Return whether an update was interrupted, so that only a scan finds what it had still to do."""
        return self._catalog.facts().get(COMPLETE, 1) == 0

    def _changes(self, paths: Sequence[str] | None, folders: Mapping[str, int], *, force: bool) -> Changes:
        rows = self._catalog.file_rows(paths)
        if force:
            rows = {path: _outdated(row) for path, row in rows.items()}
        if paths is None:
            rows = self._with_moved_sources(rows, folders)
            return self._compare(scan(self._folder, self._options), rows, frozenset())
        requested = frozenset(paths)
        # For many paths all rows were read; the other files must not be taken for removed ones.
        rows = {path: row for path, row in rows.items() if _is_among(path, requested)}
        return self._compare(scan(self._folder, self._options, only=paths), rows, requested)

    def _with_moved_sources(self, rows: dict[str, FileRow], folders: Mapping[str, int]) -> dict[str, FileRow]:
        """Return the rows, outdated where a source is another folder now: its times and sizes mean nothing."""
        facts = self._catalog.facts()
        moved = tuple(
            f"{name}/" for name, identity in folders.items() if facts.get(f"{_SOURCE}{name}") != identity
        )
        if not moved:
            return rows
        return {path: _outdated(row) if path.startswith(moved) else row for path, row in rows.items()}

    def _compare(self, found: Scan, rows: Mapping[str, FileRow], requested: frozenset[str]) -> Changes:
        """Return the differences between a scan and the catalog. Requested files are read even with the same time."""
        present = {entry.path for entry in found.entries}
        to_read = [
            Task(entry, rows[entry.path].hash if entry.path in rows else b"")
            for entry in found.entries
            if entry.path in requested or entry.path not in rows or self._differs(entry, rows[entry.path])
        ]
        return Changes(
            to_read=tuple(to_read),
            removed=tuple(path for path in rows if path not in present),
            skipped=found.skipped,
            unchanged=len(present) - len(to_read),
            in_catalog=frozenset(task.entry.path for task in to_read if task.entry.path in rows),
            notes=() if requested else found.notes,
        )

    def _differs(self, entry: FileEntry, row: FileRow) -> bool:
        """Return whether a file is to be read: it changed, could not be indexed, or the size limit now decides otherwise."""
        if entry.size != row.size or entry.mtime_ns != row.mtime_ns or row.state == "failed":
            return True
        too_large = entry.size > max_bytes(entry.path, self._options)
        return row.reason == "too large" if not too_large else row.state == "indexed"

    def _store(
        self, changes: Changes, tally: "_Tally", on_progress: OnProgress, may_continue: Callable[[], bool]
    ) -> bool:
        """Have files prepared and store them. Return whether all are stored."""
        prepared: list[PreparedFile] = []
        total = len(changes.to_read)
        tracker = ProgressTracker("reading", sum(task.entry.size for task in changes.to_read))

        def store() -> None:
            self._catalog.store_files(prepared)
            tally.add(prepared, changes.in_catalog)
            prepared.clear()
            on_progress(tracker.progress(tally.done, total, tally.bytes))

        for files in self._pool.prepare(changes.to_read):
            prepared.extend(files)
            if len(prepared) >= _STORED_AT_ONCE:
                store()
            if tally.done + len(prepared) < total and not may_continue():
                return False
        if prepared:
            store()
        return True

    def _clean_up(self) -> None:
        if not self._catalog.facts().get(COMPLETE):
            self._catalog.note({COMPLETE: 1})
        self._catalog.free_slots(max(_KEPT_UNUSED_VECTORS, self._catalog.chunk_count() // 2))
        self._catalog.shrink()


def _outdated(row: FileRow) -> FileRow:
    """Return a row as if the file had been empty; its vectors are found again by the hashes of its chunks."""
    return replace(row, mtime_ns=-1, hash=b"")


def _has_ignore_file(paths: Sequence[str]) -> bool:
    return any(PurePosixPath(path).name in IGNORE_FILES for path in paths)


def _is_among(path: str, paths: frozenset[str]) -> bool:
    """Return whether a file is one of the paths or below one of them."""
    return path in paths or any(str(parent) in paths for parent in PurePosixPath(path).parents)


class _Tally:
    """Counts what an update does with each file."""

    def __init__(self) -> None:
        self.done = self.added = self.changed = self.unchanged = self.chunks = self.redacted = self.bytes = 0
        self.skipped: list[SkippedFile] = []
        self.failed: list[SkippedFile] = []

    def add(self, files: Sequence[PreparedFile], in_catalog: frozenset[str]) -> None:
        for file in files:
            self._add(file, was_in_catalog=file.path in in_catalog)

    def _add(self, file: PreparedFile, *, was_in_catalog: bool) -> None:
        self.done += 1
        self.bytes += file.size
        self.chunks += len(file.chunks)
        self.redacted += file.redacted
        if file.state == "failed":
            self.failed.append(SkippedFile(file.path, file.reason))
        elif file.state == "unchanged":
            self.unchanged += 1
        elif was_in_catalog:
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
