"""Writes of files into the catalog's tables, many at a time. All functions run inside of their caller's transaction."""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from fieldguide_indexer.store.lexical import words_of
from fieldguide_indexer.store.pages import Pages
from fieldguide_indexer.types import Chunk, Definition

T = TypeVar("T")

# SQLite accepts some 30,000 values per statement; larger batches are not faster.
_VALUES = 500


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that was read, redacted and chunked, and is ready to be stored. ``hashes`` identify the vector of each chunk.

    ``state`` is ``indexed``, ``skipped`` or ``failed``; or ``unchanged`` if the content is already stored
    and only size and time are new. ``evidence`` is what its content says about its role.
    """

    path: str
    size: int
    mtime_ns: int
    hash: bytes
    state: str = "indexed"
    reason: str = ""
    language: str = ""
    redacted: int = 0
    chunks: tuple[Chunk, ...] = ()
    hashes: tuple[bytes, ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    definitions: tuple[Definition, ...] = ()
    evidence: str = ""


def chunk_words(path: str, symbol: str, text: str) -> tuple[str, str, str]:
    """Return the three columns of the full-text table for a chunk: words of its text, path and symbol."""
    return words_of(text), words_of(path), words_of(symbol)


def insert_files(connection: sqlite3.Connection, files: Sequence[PreparedFile]) -> None:
    """Store files that are not in the catalog."""
    slots = _slots(connection, [digest for file in files for digest in file.hashes])
    first, next_chunk = _next_id(connection, "files"), _next_id(connection, "chunks")
    next_page = _next_id(connection, "pages")
    pages: list[tuple[object, ...]] = []
    chunks: list[tuple[object, ...]] = []
    words: list[tuple[object, ...]] = []
    definitions: list[tuple[object, ...]] = []
    for file_id, file in enumerate(files, first):
        texts = Pages(next_page)
        rows: list[tuple[object, ...]] = []
        cards = deque(sorted(file.definitions, key=lambda each: each.start_line))
        for chunk, digest, columns in zip(file.chunks, file.hashes, file.words, strict=True):
            chunks.append((next_chunk, file_id, *_chunk_columns(chunk, texts), slots[digest]))
            words.append((next_chunk, *columns))
            next_chunk += 1
            while cards and cards[0].start_line <= chunk.end_line:  # on the page with its text
                rows.append(_definition_columns(cards.popleft(), texts))
        rows.extend(_definition_columns(each, texts) for each in cards)
        definitions.extend((file_id, number, *row) for number, row in enumerate(rows))
        pages.extend((page, file_id, packed) for page, packed in texts.packed())
        next_page += texts.count
    connection.executemany(
        "INSERT INTO files(id, path, size, mtime_ns, hash, state, reason, language, redacted, evidence)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(file_id, *_file_columns(file)) for file_id, file in enumerate(files, first)],
    )
    connection.executemany(
        "INSERT INTO chunks(id, file_id, start_line, end_line, kind, symbol, page, signature, doc, text, slot)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        chunks,
    )
    connection.executemany("INSERT INTO pages(id, file_id, parts) VALUES(?, ?, ?)", pages)
    connection.executemany("INSERT INTO words(rowid, body, path, symbol) VALUES(?, ?, ?, ?)", words)
    connection.executemany("INSERT INTO definitions VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", definitions)


def remove_files(connection: sqlite3.Connection, paths: Sequence[str]) -> None:
    """Remove files; paths that are not stored are ignored. Their slots are kept: see ``Catalog.free_slots``."""
    for some in _portions(paths):
        marks = ",".join("?" * len(some))
        rows = connection.execute(
            "SELECT c.id, f.path, c.symbol, part(p.parts, c.text) FROM files f JOIN chunks c ON c.file_id = f.id"  # noqa: S608
            f" JOIN pages p ON p.id = c.page WHERE f.path IN ({marks})",
            some,
        )
        # Rows of a contentless table can only be deleted with the exact words that were inserted.
        connection.executemany(
            "INSERT INTO words(words, rowid, body, path, symbol) VALUES('delete', ?, ?, ?, ?)",
            [(chunk_id, *chunk_words(*texts)) for chunk_id, *texts in rows.fetchall()],
        )
        for table in ("chunks", "definitions", "pages"):
            connection.execute(
                f"DELETE FROM {table} WHERE file_id IN (SELECT id FROM files WHERE path IN ({marks}))",  # noqa: S608
                some,
            )
        connection.execute(f"DELETE FROM files WHERE path IN ({marks})", some)  # noqa: S608


def _slots(connection: sqlite3.Connection, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Return the slot of each content hash: its present one, else a free one, else a new one."""
    distinct = list(dict.fromkeys(digests))
    slots: dict[bytes, int] = {}
    for some in _portions(distinct):
        marks = ",".join("?" * len(some))
        slots.update(connection.execute(f"SELECT hash, id FROM slots WHERE hash IN ({marks})", some))  # noqa: S608
    missing = [digest for digest in distinct if digest not in slots]
    free = connection.execute("SELECT id FROM slots WHERE hash IS NULL LIMIT ?", (len(missing),)).fetchall()
    recycled = [(digest, slot) for digest, (slot,) in zip(missing, free, strict=False)]
    added = list(enumerate(missing[len(recycled) :], _next_id(connection, "slots")))
    connection.executemany("UPDATE slots SET hash = ?, stored = 0 WHERE id = ?", recycled)
    connection.executemany("INSERT INTO slots(id, hash, stored) VALUES(?, ?, 0)", added)
    return slots | dict(recycled) | {digest: slot for slot, digest in added}


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608


def _file_columns(file: PreparedFile) -> tuple[object, ...]:
    return (
        file.path, file.size, file.mtime_ns, file.hash,
        file.state, file.reason, file.language, file.redacted, file.evidence,
    )  # fmt: skip


def _chunk_columns(chunk: Chunk, texts: Pages) -> tuple[object, ...]:
    return (
        chunk.start_line, chunk.end_line, chunk.kind, chunk.symbol,
        *texts.add(chunk.signature, chunk.doc, chunk.text),
    )  # fmt: skip


def _definition_columns(each: Definition, texts: Pages) -> tuple[object, ...]:
    return (
        each.name, each.symbol.removesuffix(each.name), each.kind, each.start_line, each.end_line,
        *texts.add(each.signature, each.doc),
    )  # fmt: skip


def _portions(values: Sequence[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while some := list(islice(iterator, _VALUES)):
        yield some
