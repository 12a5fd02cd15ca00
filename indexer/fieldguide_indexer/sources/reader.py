"""Reading of one file: its text, or the reason why it is skipped. No content of a file raises."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.content import is_minified
from fieldguide_indexer.sources.encoding.decode import decode, is_binary, unified
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.files import open_plain
from fieldguide_indexer.sources.names import reason_to_skip
from fieldguide_indexer.sources.notebook import MAX_NOTEBOOK_BYTES, NOTEBOOK_SUFFIX, notebook_text
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.types import Document, SkippedFile

_ATTEMPTS = 2


def read_document(folder: Root, entry: FileEntry, options: IndexOptions) -> Document | SkippedFile:
    """Return a file of the workspace as a document, with LF line ends.

    Args:
        folder: The workspace folder, or the sources of the index.
        entry: The file, from a scan.
        options: ``max_file_bytes`` is the maximum size of a file, in bytes.

    Returns:
        The document, or the skipped file with the reason: ``secret``, ``lock file``, ``minified``,
        ``too large``, ``binary``, ``unknown encoding``, ``gone``, ``unreadable`` …
    """
    reason = reason_to_skip(entry.path)
    limit = max_bytes(entry.path, options)
    if not reason and entry.size > limit:
        reason = "too large"
    if reason:
        return SkippedFile(entry.path, reason)
    blob = _read(folder / entry.path, limit)
    text = blob if isinstance(blob, _SkipReason) else _as_text(entry.path, blob, folder / entry.path)
    if isinstance(text, str) and len(blob) > options.max_file_bytes < _bytes_in(text):
        text = _SkipReason("too large")
    if isinstance(text, _SkipReason):
        return SkippedFile(entry.path, str(text))
    return Document(entry.path, text, _language(entry.path, text))


def max_bytes(path: str, options: IndexOptions) -> int:
    """Return the largest size at which a file is read. What a notebook shows is left out, and does not count."""
    is_notebook = path.lower().endswith(NOTEBOOK_SUFFIX)
    return max(options.max_file_bytes, MAX_NOTEBOOK_BYTES) if is_notebook else options.max_file_bytes


def document_of_buffer(path: str, text: str, options: IndexOptions) -> Document | SkippedFile:
    """Return the same for the text of an editor's buffer. The file may differ from it, or not exist."""
    reason = reason_to_skip(path)
    plain = _SkipReason(reason) if reason else _classified_buffer(path, text)
    if not isinstance(plain, _SkipReason) and _bytes_in(plain) > options.max_file_bytes:
        plain = _SkipReason("too large")
    if isinstance(plain, _SkipReason):
        return SkippedFile(path, str(plain))
    return Document(path, plain, _language(path, plain))


class _SkipReason(str):
    """The reason why a file is skipped; a type of its own, so that it cannot be confused with a text."""

    __slots__ = ()


def _read(path: Path, limit: int) -> bytes | _SkipReason:
    for _ in range(_ATTEMPTS):
        try:
            blob = _read_once(path, limit)
        except (FileNotFoundError, NotADirectoryError):
            return _SkipReason("gone")
        except OSError:
            return _SkipReason("unreadable")
        if blob is not None:
            return blob
    return _SkipReason("changed while being read")


def _read_once(path: Path, limit: int) -> bytes | _SkipReason | None:
    """Return the content; None if it changed while being read."""
    with open_plain(path) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return _SkipReason("not a regular file")
        if before.st_size > limit:
            return _SkipReason("too large")
        blob = b"".join(_blocks(file, limit))
        after = os.fstat(file.fileno())
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return blob if unchanged and len(blob) == after.st_size else None


def _blocks(file: io.FileIO, limit: int) -> Iterator[bytes]:
    # At most one byte more than the limit, even if the file grows.
    left = limit + 1
    while left and (block := file.read(left)):
        left -= len(block)
        yield block


def _as_text(path: str, blob: bytes, file: Path) -> str | _SkipReason:
    text = decode(blob, file)
    if text is None:
        return _SkipReason("binary" if is_binary(blob) else "unknown encoding")
    return _classified(path, text)


def _classified_buffer(path: str, text: str) -> str | _SkipReason:
    plain = unified(text.removeprefix("\ufeff"))
    return _SkipReason("binary") if plain is None else _classified(path, plain)


def _classified(path: str, text: str) -> str | _SkipReason:
    if path.lower().endswith(NOTEBOOK_SUFFIX):
        text = notebook_text(text) or text
    if text.startswith("version https://git-lfs.github.com/spec/"):
        return _SkipReason("stored in Git LFS")
    if text.startswith("$ANSIBLE_VAULT;"):
        return _SkipReason("secret")
    return _SkipReason("minified") if is_minified(path, text) else text


def _bytes_in(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _language(path: str, text: str) -> str:
    from fieldguide_indexer.chunking import detect_language  # noqa: PLC0415 - brings tree-sitter along

    return detect_language(path, text[:200].partition("\n")[0])
