"""The catalog: one SQLite file with the files, chunks, definitions, words and vector slots of an index.

Text, words and states change in one transaction, so a killed process leaves the last complete batch. Vectors are in
``vectors/``; the catalog assigns their ids (*slots*) and records which are still to be computed.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer.store.lexical import TOKENIZER
from fieldguide_indexer.store.queries import WHOLE_CHUNK, CatalogReader
from fieldguide_indexer.store.writes import PreparedFile, insert_files, remove_files
from fieldguide_indexer.types import Chunk, FileGroup, FileStatus, SkippedFile

SCHEMA_VERSION = 4

# A fact: 1 after all files of the folder were stored; 0 during a first or resumed update.
COMPLETE = "complete"

_SCHEMA = f"""
CREATE TABLE files(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    hash BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, language TEXT NOT NULL, redacted INTEGER NOT NULL,
    evidence TEXT NOT NULL);
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


# For more paths, the complete table is read at once.
_FEW_PATHS = 1_000


@dataclass(frozen=True, slots=True)
class FileRow:
    """The metadata of a stored file by which changes are detected."""

    id: int
    size: int
    mtime_ns: int
    hash: bytes
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of an index. ``embedded`` counts chunks whose vector is stored."""

    files: int
    chunks: int
    embedded: int
    redacted: int
    skipped: dict[str, int]


class Catalog(CatalogReader):
    """The catalog of an index. Readable from any thread; one write transaction at a time."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA.split(";\n"), SCHEMA_VERSION)
        # One query each: a join of all goes through their product when one is empty.
        for table in ("files", "slots", "chunks", "pages", "definitions", "words", "facts"):
            self._read(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - seven fixed names

    # Files

    def file_rows(self, among: Sequence[str] | None = None) -> dict[str, FileRow]:
        """Return all files of the index by path; with ``among``, those with one of these paths or below one of them."""
        select = "SELECT path, id, size, mtime_ns, hash, state, reason FROM files"
        if among is None or len(among) > _FEW_PATHS:
            rows = self._read(select)
        else:
            # Paths below "a" sort between "a/" and "a0": the character 0 follows the slash.
            condition = " WHERE path = ? OR (path > ? AND path < ?)"
            rows = [
                row
                for path in among
                for row in self._read(select + condition, (path, f"{path}/", f"{path}0"))
            ]
        # There may be half a million: a separate string for each state would take as much memory as its hash.
        return {
            path: FileRow(number, size, mtime_ns, digest, sys.intern(state), sys.intern(reason))
            for path, number, size, mtime_ns, digest, state, reason in rows
        }

    def file_status(self, path: str) -> FileStatus:
        """Return the status of one file in the index; ``unknown`` if it is not in the index."""
        rows = self._read(
            "SELECT state, reason, (SELECT count(*) FROM chunks WHERE file_id = files.id) FROM files WHERE path = ?",
            (path,),
        )
        return FileStatus(path, *rows[0]) if rows else FileStatus(path, "unknown")

    def file_groups(self, source: str = "") -> list[FileGroup]:
        """Return the groups of files that are not indexed, by reason, largest first; with a ``source``, of its files."""
        rows = self._read(
            "SELECT state, reason, count(*) AS many FROM files WHERE state != 'indexed' AND path >= ? AND path < ?"
            " GROUP BY state, reason ORDER BY many DESC, reason",
            _range(source),
        )
        return [FileGroup(*row) for row in rows]

    def files_in(self, state: str, reason: str, after: str, limit: int, source: str = "") -> list[FileStatus]:
        """Return at most ``limit`` files in a state, after the path ``after``, ordered by path; "" means any reason, and any source."""
        first, end = _range(source)
        rows = self._read(
            "SELECT path, state, reason, (SELECT count(*) FROM chunks WHERE file_id = files.id) FROM files"
            " WHERE state = ? AND path > ? AND path < ? AND (? = '' OR reason = ?) ORDER BY path LIMIT ?",
            (state, max(first, after), end, reason, reason, limit),
        )
        return [FileStatus(*row) for row in rows]

    def store_files(self, files: Iterable[PreparedFile]) -> None:
        """Store files in one transaction, replacing their previous content."""
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
        """Remove files in one transaction. Their vectors are kept for a while: see ``free_slots``."""
        if not paths:
            return
        with self.writing() as connection:
            remove_files(connection, paths)
        self.changes += 1

    def skipped_files(self) -> list[SkippedFile]:
        """Return all skipped files, with reasons."""
        rows = self._read("SELECT path, reason FROM files WHERE state = 'skipped' ORDER BY path")
        return [SkippedFile(path, reason) for path, reason in rows]

    def facts(self) -> dict[str, int]:
        """Return the stored facts: small integers by name."""
        return dict(self._read("SELECT name, value FROM facts"))

    def note(self, facts: Mapping[str, int]) -> None:
        """Store facts, small integers by name, replacing previous values."""
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES(?, ?)", list(facts.items()))

    # Vector slots

    def pending_chunks(self, limit: int, after: int = 0) -> list[tuple[int, bytes, Chunk]]:
        """Return up to ``limit`` (slot, hash, chunk) without a vector, one chunk per slot, ordered by slot.

        ``after`` is the slot after which to continue: slots whose vectors are being computed are still included.
        """
        rows = self._read(
            f"SELECT s.id, s.hash, {WHOLE_CHUNK}"  # noqa: S608
            " FROM slots s JOIN chunks c ON c.id = (SELECT min(id) FROM chunks WHERE slot = s.id)"
            " JOIN pages p ON p.id = c.page JOIN files f ON f.id = c.file_id WHERE s.stored = 0 AND s.id > ? ORDER BY s.id LIMIT ?",
            (after, limit),
        )
        return [(slot, digest, Chunk(*fields)) for slot, digest, *fields in rows]

    def mark_stored(self, slots: Iterable[tuple[int, bytes]]) -> None:
        """Mark vectors as stored. A slot that was assigned to other content in the meantime stays pending."""
        with self.writing() as connection:
            connection.executemany("UPDATE slots SET stored = 1 WHERE id = ? AND hash = ?", list(slots))

    def stored_slots(self) -> int:
        """Return the number of slots with a stored vector."""
        return int(self._read("SELECT count(*) FROM slots WHERE stored = 1 AND hash IS NOT NULL")[0][0])

    def slots_of(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the slots of content hashes, without those that have none."""
        marks = ",".join("?" * len(digests))
        return dict(self._read(f"SELECT hash, id FROM slots WHERE hash IN ({marks})", list(digests)))  # noqa: S608

    def stored_places(self, digests: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Return (slot, hash) of the content hashes with a stored vector."""
        marks = ",".join("?" * len(digests))
        return self._read(f"SELECT id, hash FROM slots WHERE stored = 1 AND hash IN ({marks})", list(digests))  # noqa: S608

    def hashes_of(self, slots: Sequence[int]) -> dict[int, bytes]:
        """Return the content hashes of slots, without free slots."""
        marks = ",".join("?" * len(slots))
        sql = f"SELECT id, hash FROM slots WHERE hash IS NOT NULL AND id IN ({marks})"  # noqa: S608
        return dict(self._read(sql, list(slots)))

    def forget_vectors(self, kept: Set[int] = frozenset()) -> None:
        """Mark lost vectors as pending, except those of the slots in ``kept``."""
        stored = self._read("SELECT id FROM slots WHERE stored = 1 AND hash IS NOT NULL")
        with self.writing() as connection:
            connection.executemany(
                "UPDATE slots SET stored = 0 WHERE id = ?", [row for row in stored if row[0] not in kept]
            )

    def free_slots(self, keep: int) -> int:
        """Free slots that no chunk uses, except ``keep`` of those with a vector; return the number of freed slots.

        Vectors of deleted content are kept for a while, so that switching back to a branch is free.
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

    # Sizes

    def counts(self, source: str = "") -> Counts:
        """Return the sizes of the index; with a ``source``, of that source."""
        if source:
            return self._counts_of(source)
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

    def _counts_of(self, source: str) -> Counts:
        inside = _range(source)
        states = self._read(
            "SELECT state, reason, count(*), sum(redacted) FROM files WHERE path >= ? AND path < ? GROUP BY state, reason",
            inside,
        )
        chunks, embedded = self._read(
            "SELECT count(*), coalesce(sum(s.stored), 0) FROM files f JOIN chunks c ON c.file_id = f.id"
            " JOIN slots s ON s.id = c.slot WHERE f.path >= ? AND f.path < ?",
            inside,
        )[0]
        files = sum(count for state, _, count, _ in states if state == "indexed")
        skipped = {reason: count for state, reason, count, _ in states if state == "skipped"}
        return Counts(files, chunks, embedded, sum(each[3] for each in states), skipped)

    def chunk_count(self) -> int:
        """Return the number of chunks."""
        return int(self._read("SELECT count(*) FROM chunks")[0][0])


def _range(source: str) -> tuple[str, str]:
    """Return the bounds between which the paths of a source sort: the character 0 follows the slash. "" means all paths."""
    return (f"{source}/", f"{source}0") if source else ("", "\U0010ffff")
