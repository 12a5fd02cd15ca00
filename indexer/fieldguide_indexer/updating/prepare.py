"""Preparing a file for the catalog: read, redact, chunk, count words."""

import hashlib
import logging
import time
from collections.abc import Mapping

from fieldguide_indexer.chunking import chunk
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.redaction import redact
from fieldguide_indexer.sources.attributes import git_attributes
from fieldguide_indexer.sources.content import role_evidence
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.sources.workspace import FileEntry, document_of_buffer, read_document, would_list
from fieldguide_indexer.store.writes import PreparedFile, chunk_words
from fieldguide_indexer.types import Chunk, Document, SkippedFile

logger = logging.getLogger(__name__)

# A file that is written again within one tick of the clock keeps its time, and perhaps its size.
_TICK_NS = 20_000_000


def prepare(folder: Root, entry: FileEntry, options: IndexOptions, known_hash: bytes = b"") -> PreparedFile:
    """Return a file read, redacted and chunked; without chunks when its content has ``known_hash``.

    A file that cannot be indexed is returned with its reason; no error is raised.
    """
    read_at = time.time_ns()
    document = read_document(folder, entry, options)
    if isinstance(document, SkippedFile):
        return without_chunks(entry, "skipped", document.reason)
    # Time 0 makes the next scan read the file again.
    mtime_ns = 0 if 0 <= read_at - entry.mtime_ns < _TICK_NS else entry.mtime_ns
    try:
        digest = _digest(document.text)
        if digest == known_hash:
            return PreparedFile(entry.path, entry.size, mtime_ns, digest, state="unchanged")
        attributes = git_attributes(folder / entry.path)
        return _chunked(document, entry.size, mtime_ns, digest, attributes)
    except Exception as error:  # one odd file must not stop the update; the report names it
        logger.exception("Cannot index %s", entry.path)
        return without_chunks(entry, "failed", f"{type(error).__name__}: {error}")


def content_hash(folder: Root, entry: FileEntry, options: IndexOptions) -> bytes:
    """Return the hash of a file's content as it would be stored; empty for a file that is skipped."""
    document = read_document(folder, entry, options)
    return b"" if isinstance(document, SkippedFile) else _digest(document.text)


def prepare_text(
    folder: Root, entry: FileEntry, options: IndexOptions, text: str, *, is_listed: bool
) -> PreparedFile:
    """Return the text that an editor has for a file, redacted and chunked, if the file may be indexed.

    ``is_listed`` says that it may; otherwise that is found out here.
    """
    if not is_listed and not would_list(folder, entry.path, options):
        return without_chunks(entry, "skipped", "ignored")
    document = document_of_buffer(entry.path, text, options)
    if isinstance(document, SkippedFile):
        return without_chunks(entry, "skipped", document.reason)
    try:
        attributes = git_attributes(folder / entry.path)
        return _chunked(document, entry.size, entry.mtime_ns, _digest(document.text), attributes)
    except Exception as error:  # as above
        logger.exception("Cannot index the text of %s", entry.path)
        return without_chunks(entry, "failed", f"{type(error).__name__}: {error}")


def without_chunks(entry: FileEntry, state: str, reason: str) -> PreparedFile:
    """Return a file that is not indexed, with its reason."""
    return PreparedFile(entry.path, entry.size, entry.mtime_ns, b"", state=state, reason=reason)


def _chunked(
    document: Document, size: int, mtime_ns: int, digest: bytes, attributes: Mapping[str, str]
) -> PreparedFile:
    text, redacted = redact(document.text)
    chunked = chunk(Document(document.path, text, document.language))
    return PreparedFile(
        path=document.path,
        size=size,
        mtime_ns=mtime_ns,
        hash=digest,
        language=document.language,
        redacted=redacted,
        chunks=chunked.chunks,
        hashes=tuple(_vector_hash(each) for each in chunked.chunks),
        words=tuple(chunk_words(each.path, each.symbol, each.text) for each in chunked.chunks),
        definitions=chunked.definitions,
        evidence=role_evidence(document.path, text, attributes),
    )


def _digest(*texts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.digest()


def _vector_hash(each: Chunk) -> bytes:
    """Return the hash by which a chunk's vector is found, without the path: a moved file keeps its vectors."""
    return _digest(each.symbol, each.signature, each.text)
