"""The catalog: one SQLite file that holds the files, chunks, definitions, words and vector slots of an index.

Text, words and states change in one transaction, so a killed process leaves the last whole batch. Vectors live in
``vectors.py``; the catalog gives them their ids (*slots*) and remembers which are still to be made.
"""

import sqlite3
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldguide_indexer.store.bm25 import Statistics
from fieldguide_indexer.store.database import Database
from fieldguide_indexer.store.filing import PreparedFile, insert_files, remove_files
from fieldguide_indexer.store.lexical import COLUMN_WEIGHTS, TOKENIZER
from fieldguide_indexer.store.pages import part
from fieldguide_indexer.types import Chunk, Definition, FileStatus, SkippedFile

SCHEMA_VERSION = 3

_SCHEMA = f"""
CREATE TABLE files(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    hash BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, language TEXT NOT NULL, redacted INTEGER NOT NULL);
CREATE TABLE chunks(
    id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    kind TEXT NOT NULL, symbol TEXT NOT NULL, page INTEGER NOT NULL, signature INTEGER NOT NULL, doc INTEGER NOT NULL,
    text INTEGER NOT NULL, slot INTEGER NOT NULL);
CREATE INDEX chunks_by_file ON chunks(file_id);
CREATE INDEX chunks_by_slot ON chunks(slot);
CREATE TABLE pages(id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL, parts BLOB NOT NULL);
CREATE INDEX pages_by_file ON pages(file_id);
CREATE TABLE definitions(
    file_id INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, scope TEXT NOT NULL,
    kind TEXT NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, page INTEGER NOT NULL,
    signature INTEGER NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY(file_id, number)) WITHOUT ROWID;
CREATE INDEX definitions_by_name ON definitions(name);
CREATE TABLE slots(id INTEGER PRIMARY KEY, hash BLOB UNIQUE, stored INTEGER NOT NULL);
CREATE INDEX slots_pending ON slots(id) WHERE stored = 0;
CREATE VIRTUAL TABLE words USING fts5(body, path, symbol, content='', tokenize="{TOKENIZER}");
CREATE TABLE facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
"""


# Above this the whole table is read at once.
_FEW_PATHS = 1_000

_WEIGHTS = ", ".join(map(str, COLUMN_WEIGHTS))
_CHUNK_COLUMNS = "c.id, f.path, c.start_line, c.end_line, c.kind, c.symbol, f.language, c.slot"
_WHOLE_CHUNK = (
    "f.path, c.start_line, c.end_line, part(p.parts, c.text), c.kind, c.symbol, part(p.parts, c.signature),"
    " part(p.parts, c.doc), f.language"
)


# First and last line of a definition, and its symbol.
Scope = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the catalog remembers of a file to tell whether it changed."""

    id: int
    size: int
    mtime_ns: int
    hash: bytes
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk without its text, as ranking sees it."""

    id: int
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
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


class Catalog(Database):
    """Reads from any thread; writes one transaction at a time.

    ``changes`` counts the transactions that changed files: whoever knows what held at one count can tell whether
    it still does.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA.split(";\n"), SCHEMA_VERSION)
        self.changes = 0
        # One by one: a join of them all goes through their product when one is empty.
        for table in ("files", "slots", "chunks", "pages", "definitions", "words", "facts"):
            self._read(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - seven fixed names

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        connection = super()._connect(mode)
        connection.create_function("part", 2, part, deterministic=True)
        return connection

    # Files

    def file_rows(self, among: Sequence[str] | None = None) -> dict[str, FileRow]:
        """Every file the index has seen, by path; or those that are ``among`` these paths or lie below one."""
        select = "SELECT path, id, size, mtime_ns, hash, state, reason FROM files"
        if among is None or len(among) > _FEW_PATHS:
            rows = self._read(select)
        else:
            # Below "a" is what sorts between "a/" and "a0": the character 0 follows the slash.
            condition = " WHERE path = ? OR (path > ? AND path < ?)"
            rows = [
                row
                for path in among
                for row in self._read(select + condition, (path, f"{path}/", f"{path}0"))
            ]
        # There may be half a million: a state of its own for each would take as much room as its hash.
        return {
            path: FileRow(number, size, mtime_ns, digest, sys.intern(state), sys.intern(reason))
            for path, number, size, mtime_ns, digest, state, reason in rows
        }

    def file_status(self, path: str) -> FileStatus:
        """What the index holds of one file; state ``unknown`` when it has never seen it."""
        rows = self._read(
            "SELECT state, reason, (SELECT count(*) FROM chunks WHERE file_id = files.id) FROM files WHERE path = ?",
            (path,),
        )
        return FileStatus(path, *rows[0]) if rows else FileStatus(path, "unknown")

    def store_files(self, files: Iterable[PreparedFile]) -> None:
        """Stores files in one transaction, in place of what was held of them before."""
        given = list(files)
        fresh = [file for file in given if file.state != "unchanged"]
        with self.writing() as connection:
            connection.executemany(
                "UPDATE files SET size = ?, mtime_ns = ? WHERE path = ?",
                [(file.size, file.mtime_ns, file.path) for file in given if file.state == "unchanged"],
            )
            remove_files(connection, [file.path for file in fresh])
            insert_files(connection, fresh)
        self.changes += bool(fresh)

    def remove_files(self, paths: Sequence[str]) -> None:
        """Forgets files, in one transaction. Their vectors stay for a while: see ``free_slots``."""
        if not paths:
            return
        with self.writing() as connection:
            remove_files(connection, paths)
        self.changes += 1

    def skipped_files(self) -> list[SkippedFile]:
        """Every file that was looked at and left out, with the reason."""
        rows = self._read("SELECT path, reason FROM files WHERE state = 'skipped' ORDER BY path")
        return [SkippedFile(path, reason) for path, reason in rows]

    def facts(self) -> dict[str, int]:
        """Small numbers that others keep here, by name."""
        return dict(self._read("SELECT name, value FROM facts"))

    def note(self, facts: Mapping[str, int]) -> None:
        """Keeps small numbers by name, in place of what was kept under these names."""
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES(?, ?)", list(facts.items()))

    # Vector slots

    def pending_chunks(self, limit: int, after: int = 0) -> list[tuple[int, bytes, Chunk]]:
        """Up to ``limit`` (slot, hash, chunk) whose vectors are still to be made, one chunk a slot, by slot.

        ``after`` is the slot to go on from, since those in the making are still told.
        """
        rows = self._read(
            f"SELECT s.id, s.hash, {_WHOLE_CHUNK}"  # noqa: S608
            " FROM slots s JOIN chunks c ON c.id = (SELECT min(id) FROM chunks WHERE slot = s.id)"
            " JOIN pages p ON p.id = c.page JOIN files f ON f.id = c.file_id WHERE s.stored = 0 AND s.id > ? ORDER BY s.id LIMIT ?",
            (after, limit),
        )
        return [(slot, digest, Chunk(*fields)) for slot, digest, *fields in rows]

    def mark_stored(self, slots: Iterable[tuple[int, bytes]]) -> None:
        """Notes that vectors are stored; a slot that was given to another content meanwhile stays pending."""
        with self.writing() as connection:
            connection.executemany("UPDATE slots SET stored = 1 WHERE id = ? AND hash = ?", list(slots))

    def stored_slots(self) -> int:
        """How many slots have their vector."""
        return int(self._read("SELECT count(*) FROM slots WHERE stored = 1 AND hash IS NOT NULL")[0][0])

    def slots_of(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """The slots of content hashes; absent where no chunk had such content lately."""
        marks = ",".join("?" * len(digests))
        return dict(self._read(f"SELECT hash, id FROM slots WHERE hash IN ({marks})", list(digests)))  # noqa: S608

    def stored_places(self, digests: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """The (slot, hash) of those content hashes that have their vector."""
        marks = ",".join("?" * len(digests))
        return self._read(f"SELECT id, hash FROM slots WHERE stored = 1 AND hash IN ({marks})", list(digests))  # noqa: S608

    def hashes_of(self, slots: Sequence[int]) -> dict[int, bytes]:
        """The content hashes of slots; absent where a slot is free."""
        marks = ",".join("?" * len(slots))
        sql = f"SELECT id, hash FROM slots WHERE hash IS NOT NULL AND id IN ({marks})"  # noqa: S608
        return dict(self._read(sql, list(slots)))

    def forget_vectors(self, kept: Set[int] = frozenset()) -> None:
        """Marks vectors as still to be made, after they were lost; all but those of the slots that are ``kept``."""
        stored = self._read("SELECT id FROM slots WHERE stored = 1 AND hash IS NOT NULL")
        with self.writing() as connection:
            connection.executemany(
                "UPDATE slots SET stored = 0 WHERE id = ?", [row for row in stored if row[0] not in kept]
            )

    def free_slots(self, keep: int) -> int:
        """Frees slots that no chunk uses, but for ``keep`` that have a vector; says how many were freed.

        Vectors of deleted content are kept for a while so that switching back to a branch costs nothing.
        """
        unused = self._read(
            "SELECT id, stored FROM slots WHERE hash IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM chunks WHERE slot = slots.id) ORDER BY stored, id"
        )
        made = sum(stored for _, stored in unused)
        freed = [(slot,) for slot, _ in unused[: len(unused) - min(made, keep)]]
        if freed:
            with self.writing() as connection:
                connection.executemany("UPDATE slots SET hash = NULL, stored = 1 WHERE id = ?", freed)
        return len(freed)

    # Reading

    def counts(self) -> Counts:
        """How large the index is now."""
        files, redacted = self._read(
            "SELECT count(*), coalesce(sum(redacted), 0) FROM files WHERE state = 'indexed'"
        )[0]
        chunks, pending = self._read(
            "SELECT (SELECT count(*) FROM chunks),"
            " (SELECT count(*) FROM slots s JOIN chunks c ON c.slot = s.id WHERE s.stored = 0)"
        )[0]
        skipped = dict(
            self._read("SELECT reason, count(*) FROM files WHERE state = 'skipped' GROUP BY reason")
        )
        return Counts(files, chunks, chunks - pending, redacted, skipped)

    def chunk_count(self) -> int:
        """How many chunks there are."""
        return int(self._read("SELECT count(*) FROM chunks")[0][0])

    def match(self, terms: Sequence[str], limit: int, names: Sequence[str] = ()) -> list[tuple[int, float]]:
        """The best chunks by BM25 for any of the words or phrases: (chunk id, score), larger is better.

        What is among ``names`` is looked for in paths and symbols only.
        """
        wanted = [*(_phrase(term) for term in terms), *(_phrase(name, in_names=True) for name in names)]
        if not wanted:
            return []
        rows = self._read(
            f"SELECT rowid, bm25(words, {_WEIGHTS}) AS b FROM words WHERE words MATCH ? ORDER BY b LIMIT ?",  # noqa: S608
            (" OR ".join(wanted), limit),
        )
        return [(chunk_id, -score) for chunk_id, score in rows]

    def statistics(self) -> Statistics:
        """What the scores of ``match`` rest on. FTS5 keeps it in its row 1: numbers of seven bits a byte."""
        rows = self._read("SELECT block FROM words_data WHERE id = 1")
        chunks, *columns = _varints(rows[0][0]) if rows and rows[0][0] else [0]
        return Statistics(chunks, sum(columns))

    def held_by(self, phrase: str, in_names: bool = False) -> int:
        """In how many chunks words stand in a row, in their paths and symbols only or anywhere."""
        found = self._read(
            "SELECT count(*) FROM words WHERE words MATCH ?", (_phrase(phrase, in_names=in_names),)
        )
        return int(found[0][0])

    def main_language(self, among: Set[str]) -> str:
        """Which of these languages most of the indexed files are written in; "" when none is."""
        marks = ",".join("?" * len(among))
        rows = self._read(
            "SELECT language FROM files WHERE state = 'indexed' AND language IN "  # noqa: S608 - marks only
            f"({marks}) GROUP BY language ORDER BY count(*) DESC, language LIMIT 1",
            list(among),
        )
        return str(rows[0][0]) if rows else ""

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """In how many chunks each stem (see ``lexical.stems``) stands; absent when in none."""
        marks = ",".join("?" * len(stems))
        return dict(self._read(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", list(stems)))  # noqa: S608

    def is_found(self, chunk_id: int, words: Sequence[str]) -> bool:
        """Whether a chunk is among those whose text or names hold every word."""
        expression = " AND ".join(f'"{word}"' for word in words)
        return bool(
            self._read("SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?", (expression, chunk_id))
        )

    def probes(self, count: int) -> list[tuple[int, int, Chunk]]:
        """About ``count`` chunks that are certainly here, spread evenly, with their ids and slots; the last is one."""
        last = int(self._read("SELECT coalesce(max(id), 0) FROM chunks")[0][0])
        wanted = [last - last * number // count for number in range(count)]
        rows = [row for chunk_id in dict.fromkeys(wanted) for row in self._chunk_from(chunk_id)]
        return [(chunk_id, slot, Chunk(*fields)) for chunk_id, slot, *fields in rows]

    def _chunk_from(self, chunk_id: int) -> list[tuple[Any, ...]]:
        return self._read(
            f"SELECT c.id, c.slot, {_WHOLE_CHUNK} FROM chunks c"  # noqa: S608
            " JOIN pages p ON p.id = c.page JOIN files f ON f.id = c.file_id WHERE c.id >= ? ORDER BY c.id LIMIT 1",
            (chunk_id,),
        )

    def chunk_ids(self, paths: Sequence[str]) -> set[int]:
        """The ids of all chunks of some files."""
        marks = ",".join("?" * len(paths))
        sql = f"SELECT c.id FROM chunks c JOIN files f ON f.id = c.file_id WHERE f.path IN ({marks})"  # noqa: S608
        return {chunk_id for (chunk_id,) in self._read(sql, list(paths))}

    def stored_slots_of(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """The slot of each content hash that has its vector."""
        marks = ",".join("?" * len(hashes))
        sql = f"SELECT hash, id FROM slots WHERE stored = 1 AND hash IN ({marks})"  # noqa: S608
        return dict(self._read(sql, list(hashes)))

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """Chunks by id, without their text."""
        return {row.id: row for row in self._rows("c.id", ids)}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """The chunks that share these vectors.

        A slot given to new content is none of them until its vector is made: what is stored there is the old one's.
        """
        return self._rows("(SELECT 1 FROM slots WHERE id = c.slot AND stored = 1) AND c.slot", slots)

    def _rows(self, condition: str, values: Sequence[int]) -> list[ChunkRow]:
        marks = ",".join("?" * len(values))
        sql = f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN files f ON f.id = c.file_id WHERE {condition} IN ({marks})"  # noqa: S608
        return [ChunkRow(*row) for row in self._read(sql, list(values))]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """The texts of chunks by id."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT c.id, part(p.parts, c.text) FROM chunks c JOIN pages p ON p.id = c.page WHERE c.id IN ({marks})"  # noqa: S608
        return dict(self._read(sql, list(ids)))

    def chunks_holding(self, word: str, limit: int) -> list[tuple[int, str, int]]:
        """Chunks whose text holds a word, whatever its case: (chunk id, path, start_line), as they were stored."""
        return self._read(
            "SELECT c.id, f.path, c.start_line FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?) w"
            " JOIN chunks c ON c.id = w.rowid JOIN files f ON f.id = c.file_id",
            (f'body : "{word.lower()}"', limit),
        )

    def chunks_defining(self, names: Sequence[str], limit: int) -> list[tuple[int, str, str]]:
        """Chunks that hold the beginning of a definition of one of the names: (chunk id, its name, its symbol)."""
        marks = ",".join("?" * len(names))
        rows = self._read(
            "SELECT c.id, d.name, d.scope || d.name FROM definitions d JOIN chunks c"  # noqa: S608 - marks only
            " ON c.file_id = d.file_id AND d.start_line BETWEEN c.start_line AND c.end_line"
            f" WHERE d.name IN ({marks}) LIMIT ?",
            [*names, limit],
        )
        return [(chunk_id, name, symbol) for chunk_id, name, symbol in rows]

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """Definitions whose last name part is one of the names, whatever the case."""
        marks = ",".join("?" * len(names))
        return self._definitions(f"d.name IN ({marks}) LIMIT {int(limit)}", list(names))

    def definitions_in(self, path: str) -> list[Definition]:
        """The definitions of one file, in the order of their lines."""
        return self._definitions("f.path = ? ORDER BY d.start_line", [path])

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """The lines that the definitions of files take, by path and line."""
        marks = ",".join("?" * len(paths))
        found: dict[str, list[Scope]] = {}
        for path, *scope in self._read(
            "SELECT f.path, d.start_line, d.end_line, d.scope || d.name FROM files f JOIN definitions d ON d.file_id = f.id"  # noqa: S608
            f" WHERE f.path IN ({marks}) ORDER BY d.start_line",
            list(paths),
        ):
            found.setdefault(path, []).append((scope[0], scope[1], scope[2]))
        return found

    def _definitions(self, condition: str, parameters: Sequence[object]) -> list[Definition]:
        rows = self._read(
            "SELECT f.path, d.start_line, d.end_line, d.name, d.scope || d.name, d.kind, part(p.parts, d.signature),"  # noqa: S608
            " part(p.parts, d.doc) FROM definitions d JOIN pages p ON p.id = d.page JOIN files f ON f.id = d.file_id"
            f" WHERE {condition}",
            parameters,
        )
        return [Definition(*row) for row in rows]


def _phrase(words: str, *, in_names: bool = False) -> str:
    """The full-text expression for words in a row."""
    return f'{{path symbol}} : "{words}"' if in_names else f'"{words}"'


def _varints(block: bytes) -> list[int]:
    numbers, number = [], 0
    for byte in block:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(number)
            number = 0
    return numbers
