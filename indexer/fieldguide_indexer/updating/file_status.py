"""The files in an index, and whether the files are still the same."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.exclusions import explain_unknown
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.catalog import Catalog, FileRow
from fieldguide_indexer.types import FileStatus

_STALE = "stale"


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of files: the first ``limit`` after the path ``after`` in a state, for a reason, of a source ("": any)."""

    state: str
    reason: str
    after: str
    limit: int
    source: str = ""


def files_in(folder: Root, page: FilePage, catalog: Catalog, options: IndexOptions) -> list[FileStatus]:
    """Return the files of a page, by path. For those that are ``stale``, each file on disk is compared."""
    if page.state != _STALE:
        return catalog.files_in(page.state, page.reason, page.after, page.limit, page.source)
    return list(islice(_stale(folder, page, catalog, options), page.limit))


def _stale(folder: Root, page: FilePage, catalog: Catalog, options: IndexOptions) -> Iterator[FileStatus]:
    rows = catalog.file_rows([page.source] if page.source else None)
    for path in sorted(path for path in rows if path > page.after):
        difference = _difference(folder, path, rows[path], options)
        if difference is not None:
            yield FileStatus(path, _STALE, difference)


def file_status(folder: Root, path: str, catalog: Catalog, options: IndexOptions) -> FileStatus:
    """Return the status of one file. An indexed file is ``stale`` when it was removed or changed since.

    Raises:
        WorkspaceError: The folder cannot be read.
    """
    row = catalog.file_rows([path]).get(path)
    if row is None:
        return _unknown(folder, path, options)
    stored = catalog.file_status(path)
    difference = _difference(folder, path, row, options)
    return stored if difference is None else replace(stored, state=_STALE, reason=difference)


def _unknown(folder: Root, path: str, options: IndexOptions) -> FileStatus:
    if isinstance(folder, Path):
        return explain_unknown(folder, path, options)
    found = folder.locate(path)
    if found is None:
        return FileStatus(path, "unknown", "there is no such source")
    return replace(explain_unknown(*found, options), path=path)


def _difference(folder: Root, path: str, row: FileRow, options: IndexOptions) -> str | None:
    """Return what happened to a file since it was indexed, in a few words; None when it is the same."""
    entry = _on_disk(folder, path)
    if entry is None:
        return "the file has been removed since it was indexed"
    if (entry.size, entry.mtime_ns) == (row.size, row.mtime_ns) or _is_same(folder, entry, row, options):
        return None
    before = f"; it was {row.state} then: {row.reason}" if row.reason else ""
    return f"the file has changed since it was indexed{before}"


def _on_disk(folder: Root, path: str) -> FileEntry | None:
    try:
        found = os.lstat(folder / path)
    except (OSError, ValueError):
        return None
    return FileEntry(path, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _is_same(folder: Root, entry: FileEntry, row: FileRow, options: IndexOptions) -> bool:
    """Return whether the content is the stored one, though the time differs: a file may be checked out again."""
    from fieldguide_indexer.updating.prepare import content_hash  # noqa: PLC0415 - parsers, which the owner does without

    return bool(row.hash) and content_hash(folder, entry, options) == row.hash
