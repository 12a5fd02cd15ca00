"""Bringing a generation up to date: scan, compare, read, chunk, store. Vectors follow in ``vectorizing.py``."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from fieldguide_indexer.chunking import chunk
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.redaction import redact
from fieldguide_indexer.sources.ignore import IGNORE_FILES
from fieldguide_indexer.sources.workspace import FileEntry, Scan, read_document, scan
from fieldguide_indexer.store.catalog import Catalog, FileRow, PreparedFile, chunk_words
from fieldguide_indexer.types import Chunk, Document, Progress, SkippedFile, UpdateReport

logger = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]

_BATCH_FILES = 64
_KEPT_UNUSED_VECTORS = 20_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the folder and the catalog."""

    read: tuple[FileEntry, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    unchanged: int = 0
    known: frozenset[str] = frozenset()


class Updater:
    """Updates one catalog from one workspace folder."""

    def __init__(self, folder: Path, catalog: Catalog, options: IndexOptions) -> None:
        self._folder = folder
        self._catalog = catalog
        self._options = options

    def update(
        self, paths: Sequence[str] | None, on_progress: OnProgress, is_cancelled: Callable[[], bool]
    ) -> UpdateReport:
        """Makes the catalog agree with the folder, or with these paths of it.

        What was stored when ``is_cancelled`` turns true stays; the next update goes on from there.
        """
        started = time.perf_counter()
        changes = self._changes(paths)
        self._catalog.remove_files(changes.removed)
        tally = _Tally()
        for batch in _batches(changes.read, _BATCH_FILES):
            if is_cancelled():
                break
            self._store(batch, changes.known, tally)
            on_progress(Progress("reading", tally.done, len(changes.read)))
        self._catalog.free_slots(keep=_KEPT_UNUSED_VECTORS)
        return tally.report(changes, self._catalog, time.perf_counter() - started)

    def _changes(self, paths: Sequence[str] | None) -> Changes:
        known = self._catalog.file_rows()
        if paths is None or any(PurePosixPath(path).name in IGNORE_FILES for path in paths):
            return _compare(scan(self._folder, self._options), known, known)
        concerned = {path: row for path, row in known.items() if _is_among(path, frozenset(paths))}
        return _compare(scan(self._folder, self._options, only=paths), concerned, known)

    def _store(self, entries: Sequence[FileEntry], known: frozenset[str], tally: "_Tally") -> None:
        prepared = [prepare(self._folder, entry, self._options) for entry in entries]
        self._catalog.store_files(prepared)
        for file in prepared:
            tally.add(file, file.path in known)


def prepare(folder: Path, entry: FileEntry, options: IndexOptions) -> PreparedFile:
    """Reads, redacts and chunks one file. What cannot be indexed comes back with its reason, never as an error."""
    document = read_document(folder, entry, options)
    if isinstance(document, SkippedFile):
        return _without_chunks(entry, "skipped", document.reason)
    try:
        return _chunked(entry, document)
    except Exception as error:  # one odd file must not stop the run; it is named in the report
        logger.exception("Cannot index %s", entry.path)
        return _without_chunks(entry, "failed", f"{type(error).__name__}: {error}")


def _without_chunks(entry: FileEntry, state: str, reason: str) -> PreparedFile:
    return PreparedFile(entry.path, entry.size, entry.mtime_ns, b"", state=state, reason=reason)


def _chunked(entry: FileEntry, document: Document) -> PreparedFile:
    text, redacted = redact(document.text)
    made = chunk(Document(document.path, text, document.language))
    return PreparedFile(
        path=entry.path,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        hash=_digest(document.text),
        language=document.language,
        redacted=redacted,
        chunks=made.chunks,
        hashes=tuple(_vector_hash(each) for each in made.chunks),
        words=tuple(chunk_words(each.path, each.symbol, each.text) for each in made.chunks),
        definitions=made.definitions,
    )


def _digest(*texts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.digest()


def _vector_hash(each: Chunk) -> bytes:
    """The name of a chunk's vector. The path is left out, so that a moved file keeps its vectors."""
    return _digest(each.symbol, each.signature, each.text)


def _differs(entry: FileEntry, row: FileRow) -> bool:
    """Whether a file is to be read: it changed, or could not be indexed the last time."""
    return entry.size != row.size or entry.mtime_ns != row.mtime_ns or row.state == "failed"


def _is_among(path: str, paths: frozenset[str]) -> bool:
    """Whether a file is one of the paths or lies below one."""
    return path in paths or any(str(parent) in paths for parent in PurePosixPath(path).parents)


def _compare(found: Scan, expected: Mapping[str, FileRow], known: Mapping[str, FileRow]) -> Changes:
    """What a scan shows against what was expected to be there."""
    present = {entry.path for entry in found.entries}
    read = [e for e in found.entries if e.path not in known or _differs(e, known[e.path])]
    return Changes(
        read=tuple(read),
        removed=tuple(path for path in expected if path not in present),
        skipped=found.skipped,
        unchanged=len(present) - len(read),
        known=frozenset(known),
    )


def _batches(entries: Iterable[FileEntry], size: int) -> Iterator[list[FileEntry]]:
    iterator = iter(entries)
    while batch := list(islice(iterator, size)):
        yield batch


class _Tally:
    """Counts what an update does, file by file."""

    def __init__(self) -> None:
        self.done = self.added = self.changed = self.chunks = self.redacted = 0
        self.failed: list[SkippedFile] = []

    def add(self, file: PreparedFile, was_known: bool) -> None:
        self.done += 1
        self.chunks += len(file.chunks)
        self.redacted += file.redacted
        if file.state == "failed":
            self.failed.append(SkippedFile(file.path, file.reason))
        elif was_known:
            self.changed += 1
        else:
            self.added += 1

    def report(self, changes: Changes, catalog: Catalog, seconds: float) -> UpdateReport:
        return UpdateReport(
            added=self.added,
            changed=self.changed,
            removed=len(changes.removed),
            unchanged=changes.unchanged,
            chunks=self.chunks,
            redacted=self.redacted,
            seconds=seconds,
            skipped=(*changes.skipped, *catalog.skipped_files()),
            failed=tuple(self.failed),
        )
