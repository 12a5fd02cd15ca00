"""The catalog: one SQLite file that holds the files, chunks, definitions, words and vector slots of an index.

Text, words and states change in one transaction, so a killed process leaves the last whole batch. Vectors live in
``vectors.py``; the catalog gives them their ids (*slots*) and remembers which are still to be made.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.store.lexical import TOKENIZER, words_of
from fieldguide_indexer.types import Chunk, Definition, FileStatus, SkippedFile

SCHEMA_VERSION = 1

_SCHEMA = f"""
CREATE TABLE files(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    hash BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, language TEXT NOT NULL, redacted INTEGER NOT NULL);
CREATE TABLE chunks(
    id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    kind TEXT NOT NULL, symbol TEXT NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL, text TEXT NOT NULL,
    slot INTEGER NOT NULL);
CREATE INDEX chunks_by_file ON chunks(file_id);
CREATE INDEX chunks_by_slot ON chunks(slot);
CREATE TABLE definitions(
    file_id INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, symbol TEXT NOT NULL, kind TEXT NOT NULL,
    start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX definitions_by_name ON definitions(name);
CREATE INDEX definitions_by_file ON definitions(file_id);
CREATE TABLE slots(id INTEGER PRIMARY KEY, hash BLOB UNIQUE, stored INTEGER NOT NULL);
CREATE INDEX slots_pending ON slots(id) WHERE stored = 0;
CREATE VIRTUAL TABLE words USING fts5(path, symbol, body, content='', tokenize="{TOKENIZER}");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
"""


class DamagedCatalogError(StorageError):
    """The file is there but is no catalog: it has to be made again."""


_CHUNK_COLUMNS = (
    "c.id, f.path, c.start_line, c.end_line, c.kind, c.symbol, c.signature, c.doc, f.language, c.slot"
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the catalog remembers of a file to tell whether it changed."""

    id: int
    size: int
    mtime_ns: int
    hash: bytes
    state: str


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file read, redacted, chunked and ready to be stored. ``hashes`` name each chunk's vector."""

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


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk without its text, as ranking sees it."""

    id: int
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    signature: str
    doc: str
    language: str
    slot: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of an index. ``embedded`` counts chunks whose vector is stored."""

    files: int
    chunks: int
    embedded: int
    redacted: int
    skipped: dict[str, int]


class Catalog:
    """Reads from any thread (a connection each), writes from one at a time (``writing``)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._write_lock = threading.RLock()
        try:
            self._make_tables()
            self._read("SELECT 1 FROM files, slots, chunks, definitions, words LIMIT 1")
        except sqlite3.DatabaseError as error:
            raise DamagedCatalogError(f"The catalog {self._file} is damaged: {error}.") from error

    def _make_tables(self) -> None:
        """Makes the tables in one transaction, so that a process killed here leaves an empty file."""
        if self._read("PRAGMA user_version")[0][0]:
            return
        with self.writing() as connection:
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = sqlite3.connect(
                    self._file, timeout=30, isolation_level=None, check_same_thread=False
                )
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("PRAGMA mmap_size=268435456")
            except sqlite3.Error as error:
                raise StorageError(f"The catalog {self._file} cannot be opened: {error}.") from error
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    def _read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, on any error, nothing.

        Raises:
            StorageError: the disk refuses (full, read-only).
        """
        with self._write_lock:
            connection = self._connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise StorageError(f"The index cannot be written: {error}.") from error
                raise

    def close(self) -> None:
        """Closes every thread's connection; the last one folds the write-ahead log back."""
        with self._write_lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            self._local = threading.local()

    # Files

    def file_rows(self) -> dict[str, FileRow]:
        """Every file the index has seen, by path."""
        rows = self._read("SELECT path, id, size, mtime_ns, hash, state FROM files")
        return {path: FileRow(*rest) for path, *rest in rows}

    def file_status(self, path: str) -> FileStatus:
        """What the index holds of one file; state ``unknown`` when it has never seen it."""
        rows = self._read(
            "SELECT state, reason, (SELECT count(*) FROM chunks WHERE file_id = files.id) FROM files WHERE path = ?",
            (path,),
        )
        return FileStatus(path, *rows[0]) if rows else FileStatus(path, "unknown")

    def store_files(self, files: Iterable[PreparedFile]) -> None:
        """Stores files in one transaction, in place of what was held of them before."""
        with self.writing() as connection:
            for file in files:
                self._remove(connection, file.path)
                self._insert(connection, file)

    def touch_files(self, stats: Iterable[tuple[str, int, int]]) -> None:
        """Notes new (path, size, mtime_ns) of files whose content is unchanged."""
        with self.writing() as connection:
            connection.executemany("UPDATE files SET size = ?2, mtime_ns = ?3 WHERE path = ?1", list(stats))

    def remove_files(self, paths: Iterable[str]) -> None:
        """Forgets files, in one transaction. Their vectors stay for a while: see ``free_slots``."""
        with self.writing() as connection:
            for path in paths:
                self._remove(connection, path)

    def _remove(self, connection: sqlite3.Connection, path: str) -> None:
        row = connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
        if row is None:
            return
        # A contentless table forgets a row only when it is told the very words it was given.
        for chunk_id, symbol, text in connection.execute(
            "SELECT id, symbol, text FROM chunks WHERE file_id = ?", row
        ).fetchall():
            connection.execute(
                "INSERT INTO words(words, rowid, path, symbol, body) VALUES('delete', ?, ?, ?, ?)",
                (chunk_id, *chunk_words(path, symbol, text)),
            )
        for table in ("chunks", "definitions"):
            connection.execute(f"DELETE FROM {table} WHERE file_id = ?", row)  # noqa: S608 - two fixed names
        connection.execute("DELETE FROM files WHERE id = ?", row)

    def _insert(self, connection: sqlite3.Connection, file: PreparedFile) -> None:
        file_id = connection.execute(
            "INSERT INTO files(path, size, mtime_ns, hash, state, reason, language, redacted)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.path, file.size, file.mtime_ns, file.hash,
                file.state, file.reason, file.language, file.redacted,
            ),
        ).lastrowid  # fmt: skip
        for chunk, digest, words in zip(file.chunks, file.hashes, file.words, strict=True):
            slot = self._slot(connection, digest)
            chunk_id = connection.execute(
                "INSERT INTO chunks(file_id, start_line, end_line, kind, symbol, signature, doc, text, slot)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    file_id, chunk.start_line, chunk.end_line, chunk.kind,
                    chunk.symbol, chunk.signature, chunk.doc, chunk.text, slot,
                ),
            ).lastrowid  # fmt: skip
            connection.execute(
                "INSERT INTO words(rowid, path, symbol, body) VALUES(?, ?, ?, ?)", (chunk_id, *words)
            )
        connection.executemany(
            "INSERT INTO definitions VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (file_id, d.name, d.symbol, d.kind, d.start_line, d.end_line, d.signature, d.doc)
                for d in file.definitions
            ],
        )

    def skipped_files(self) -> list[SkippedFile]:
        """Every file that was looked at and left out, with the reason."""
        rows = self._read("SELECT path, reason FROM files WHERE state = 'skipped' ORDER BY path")
        return [SkippedFile(path, reason) for path, reason in rows]

    # Vector slots

    @staticmethod
    def _slot(connection: sqlite3.Connection, digest: bytes) -> int:
        """The slot of a content hash: the one it has, else a free one, else a new one."""
        known = connection.execute("SELECT id FROM slots WHERE hash = ?", (digest,)).fetchone()
        if known:
            return int(known[0])
        free = connection.execute("SELECT id FROM slots WHERE hash IS NULL LIMIT 1").fetchone()
        if free:
            connection.execute("UPDATE slots SET hash = ?, stored = 0 WHERE id = ?", (digest, free[0]))
            return int(free[0])
        return int(
            connection.execute("INSERT INTO slots(hash, stored) VALUES(?, 0)", (digest,)).lastrowid or 0
        )

    def pending_chunks(self, limit: int) -> list[tuple[int, bytes, Chunk]]:
        """Up to ``limit`` (slot, hash, chunk) whose vectors are still to be made, one chunk a slot."""
        rows = self._read(
            "SELECT s.id, s.hash, f.path, c.start_line, c.end_line, c.text, c.kind, c.symbol, c.signature, c.doc,"
            " f.language FROM slots s JOIN chunks c ON c.id = (SELECT min(id) FROM chunks WHERE slot = s.id)"
            " JOIN files f ON f.id = c.file_id WHERE s.stored = 0 ORDER BY s.id LIMIT ?",
            (limit,),
        )
        return [(slot, digest, Chunk(*fields)) for slot, digest, *fields in rows]

    def mark_stored(self, slots: Iterable[tuple[int, bytes]]) -> None:
        """Notes that vectors are stored; a slot that was given to another content meanwhile stays pending."""
        with self.writing() as connection:
            connection.executemany("UPDATE slots SET stored = 1 WHERE id = ? AND hash = ?", list(slots))

    def forget_vectors(self) -> None:
        """Marks every vector as still to be made, after the vector store was lost."""
        with self.writing() as connection:
            connection.execute("UPDATE slots SET stored = 0 WHERE hash IS NOT NULL")

    def free_slots(self, keep: int) -> int:
        """Frees the slots that no chunk uses when they are more than ``keep``; says how many were freed.

        Vectors of deleted content are kept for a while so that switching back to a branch costs nothing.
        """
        unused = "hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chunks WHERE slot = slots.id)"
        count = int(self._read(f"SELECT count(*) FROM slots WHERE {unused}")[0][0])  # noqa: S608 - a fixed text
        if count <= keep:
            return 0
        with self.writing() as connection:
            connection.execute(f"UPDATE slots SET hash = NULL, stored = 1 WHERE {unused}")  # noqa: S608
        return count

    # Reading

    def counts(self) -> Counts:
        """How large the index is now."""
        files, redacted = self._read(
            "SELECT count(*), coalesce(sum(redacted), 0) FROM files WHERE state = 'indexed'"
        )[0]
        chunks, embedded = self._read(
            "SELECT count(*), coalesce(sum(s.stored), 0) FROM chunks c JOIN slots s ON s.id = c.slot"
        )[0]
        skipped = dict(
            self._read("SELECT reason, count(*) FROM files WHERE state = 'skipped' GROUP BY reason")
        )
        return Counts(files, chunks, embedded, redacted, skipped)

    def chunk_count(self) -> int:
        """How many chunks there are."""
        return int(self._read("SELECT count(*) FROM chunks")[0][0])

    def match(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """The best chunks by BM25 for any of the words: (chunk id, score), larger is better."""
        if not words:
            return []
        expression = " OR ".join(f'"{word}"' for word in words)
        rows = self._read(
            "SELECT rowid, bm25(words, 1.5, 3.0, 1.0) AS b FROM words WHERE words MATCH ? ORDER BY b LIMIT ?",
            (expression, limit),
        )
        return [(chunk_id, -score) for chunk_id, score in rows]

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """In how many chunks each stem (see ``lexical.stems``) stands; absent when in none."""
        marks = ",".join("?" * len(stems))
        return dict(self._read(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", list(stems)))  # noqa: S608

    def chunks_with_all(self, words: Sequence[str]) -> set[int]:
        """The ids of the chunks whose text or names hold every word."""
        expression = " AND ".join(f'"{word}"' for word in words)
        return {row[0] for row in self._read("SELECT rowid FROM words WHERE words MATCH ?", (expression,))}

    def probe(self) -> tuple[int, int, Chunk] | None:
        """Some chunk that is certainly here, with its id and slot: the last one stored; ``None`` when empty."""
        rows = self._read(
            "SELECT c.id, c.slot, f.path, c.start_line, c.end_line, c.text, c.kind, c.symbol, c.signature, c.doc,"
            " f.language FROM chunks c JOIN files f ON f.id = c.file_id ORDER BY c.id DESC LIMIT 1"
        )
        return next(((chunk_id, slot, Chunk(*fields)) for chunk_id, slot, *fields in rows), None)

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """Chunks by id, without their text."""
        return {row.id: row for row in self._rows("c.id", ids)}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """The chunks that share these vectors."""
        return self._rows("c.slot", slots)

    def _rows(self, column: str, values: Sequence[int]) -> list[ChunkRow]:
        marks = ",".join("?" * len(values))
        sql = f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN files f ON f.id = c.file_id WHERE {column} IN ({marks})"  # noqa: S608
        return [ChunkRow(*row) for row in self._read(sql, list(values))]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """The texts of chunks by id."""
        marks = ",".join("?" * len(ids))
        return dict(self._read(f"SELECT id, text FROM chunks WHERE id IN ({marks})", list(ids)))  # noqa: S608

    def chunks_naming(self, word: str, limit: int) -> list[tuple[str, int, str]]:
        """Chunks whose text holds a word: (path, start_line, text), most telling first."""
        rows = self._read(
            "SELECT f.path, c.start_line, c.text FROM words w JOIN chunks c ON c.id = w.rowid"
            " JOIN files f ON f.id = c.file_id WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (f'body : "{word}"', limit),
        )
        return [(path, start, text) for path, start, text in rows]

    def chunk_at(self, path: str, line: int) -> int | None:
        """The id of the chunk that holds a line, if any."""
        rows = self._read(
            "SELECT c.id FROM chunks c JOIN files f ON f.id = c.file_id"
            " WHERE f.path = ? AND c.start_line <= ? AND c.end_line >= ? ORDER BY c.start_line DESC LIMIT 1",
            (path, line, line),
        )
        return int(rows[0][0]) if rows else None

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """Definitions whose last name part is one of the names, whatever the case."""
        marks = ",".join("?" * len(names))
        return self._definitions(f"d.name IN ({marks}) LIMIT {int(limit)}", list(names))

    def definitions_in(self, path: str) -> list[Definition]:
        """The definitions of one file, in the order of their lines."""
        return self._definitions("f.path = ? ORDER BY d.start_line", [path])

    def _definitions(self, condition: str, parameters: Sequence[object]) -> list[Definition]:
        rows = self._read(
            "SELECT f.path, d.start_line, d.end_line, d.name, d.symbol, d.kind, d.signature, d.doc"  # noqa: S608
            f" FROM definitions d JOIN files f ON f.id = d.file_id WHERE {condition}",
            parameters,
        )
        return [Definition(*row) for row in rows]


def chunk_words(path: str, symbol: str, text: str) -> tuple[str, str, str]:
    """The three columns of the full-text table for a chunk: words of its path, symbol and text."""
    return words_of(path), words_of(symbol), words_of(text)
