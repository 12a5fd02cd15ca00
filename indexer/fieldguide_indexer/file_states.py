"""What an index holds of one file, and whether that is what the file holds now."""

import os
import stat
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.explaining import explain_unknown
from fieldguide_indexer.store.catalog import Catalog, FileRow
from fieldguide_indexer.types import FileStatus


def file_status(folder: Path, path: str, catalog: Catalog, options: IndexOptions) -> FileStatus:
    """The state of one file. A file that is held is ``stale`` when it is gone or says something else by now.

    Raises:
        WorkspaceError: the folder cannot be read.
    """
    row = catalog.file_rows([path]).get(path)
    if row is None:
        return explain_unknown(folder, path, options)
    held = catalog.file_status(path)
    entry = _on_disk(folder, path)
    if entry is None:
        return replace(held, state="stale", reason="the file is gone since it was indexed")
    if (entry.size, entry.mtime_ns) == (row.size, row.mtime_ns) or _is_same(folder, entry, row, options):
        return held
    was = f"; it was {held.state} then: {held.reason}" if held.reason else ""
    return replace(held, state="stale", reason=f"the file changed since it was indexed{was}")


def _on_disk(folder: Path, path: str) -> FileEntry | None:
    try:
        found = os.lstat(folder / path)
    except (OSError, ValueError):
        return None
    return FileEntry(path, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _is_same(folder: Path, entry: FileEntry, row: FileRow, options: IndexOptions) -> bool:
    """Whether the content is what is stored, whatever the time says: written again, or checked out again."""
    from fieldguide_indexer.preparing import content_hash  # noqa: PLC0415 - parsers, which the owner does without

    return bool(row.hash) and content_hash(folder, entry, options) == row.hash
