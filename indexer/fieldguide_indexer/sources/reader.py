"""Reading one file: what it holds as text, or why it is left out. Nothing here raises for a file's sake."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.content import decode, is_minified, unified
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.files import open_plain
from fieldguide_indexer.sources.names import reason_to_skip
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.types import Document, SkippedFile

_ATTEMPTS = 2


def read_document(folder: Root, entry: FileEntry, options: IndexOptions) -> Document | SkippedFile:
    """Read a file of the workspace as text, its line ends turned into LF.

    Args:
        folder: The workspace folder, or the sources of the index.
        entry: The file, as a scan found it.
        options: ``max_file_bytes`` is the size, in bytes, above which a file is left out.

    Returns:
        The document; or the file with the reason why it is none: ``secret``, ``lock file``, ``minified``,
        ``too large``, ``binary``, ``gone``, ``unreadable`` …
    """
    reason = reason_to_skip(entry.path)
    if not reason and entry.size > options.max_file_bytes:
        reason = "too large"
    if reason:
        return SkippedFile(entry.path, reason)
    blob = _read(folder / entry.path, options.max_file_bytes)
    text = blob if isinstance(blob, _Left) else _as_text(entry.path, blob)
    if isinstance(text, _Left):
        return SkippedFile(entry.path, str(text))
    return Document(entry.path, text, _language(entry.path, text))


def take_text(path: str, text: str, options: IndexOptions) -> Document | SkippedFile:
    """Return the same for a text that an editor has under the name of a file, which may hold another one or not be there."""
    too_large = len(text.encode("utf-8", "replace")) > options.max_file_bytes
    reason = reason_to_skip(path) or ("too large" if too_large else "")
    plain = _Left(reason) if reason else _judged(path, unified(text.removeprefix("\ufeff")))
    if isinstance(plain, _Left):
        return SkippedFile(path, str(plain))
    return Document(path, plain, _language(path, plain))


class _Left(str):
    """Why a file is left out; a type of its own, so that it cannot be taken for a text."""

    __slots__ = ()


def _read(path: Path, limit: int) -> bytes | _Left:
    for _ in range(_ATTEMPTS):
        try:
            blob = _read_once(path, limit)
        except (FileNotFoundError, NotADirectoryError):
            return _Left("gone")
        except OSError:
            return _Left("unreadable")
        if blob is not None:
            return blob
    return _Left("changed while it was read")


def _read_once(path: Path, limit: int) -> bytes | _Left | None:
    """Read it whole; None when it changed meanwhile."""
    with open_plain(path) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return _Left("not a regular file")
        if before.st_size > limit:
            return _Left("too large")
        blob = b"".join(_blocks(file, limit))
        after = os.fstat(file.fileno())
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return blob if unchanged and len(blob) == after.st_size else None


def _blocks(file: io.FileIO, limit: int) -> Iterator[bytes]:
    # Never more than one byte above the limit, however fast the file grows.
    left = limit + 1
    while left and (block := file.read(left)):
        left -= len(block)
        yield block


def _as_text(path: str, blob: bytes) -> str | _Left:
    return _judged(path, decode(blob))


def _judged(path: str, text: str | None) -> str | _Left:
    if text is None:
        return _Left("binary")
    if text.startswith("version https://git-lfs.github.com/spec/"):
        return _Left("kept by git LFS")
    if text.startswith("$ANSIBLE_VAULT;"):
        return _Left("secret")
    return _Left("minified") if is_minified(path, text) else text


def _language(path: str, text: str) -> str:
    from fieldguide_indexer.chunking import detect_language  # noqa: PLC0415 - brings tree-sitter along

    return detect_language(path, text[:200].partition("\n")[0])
