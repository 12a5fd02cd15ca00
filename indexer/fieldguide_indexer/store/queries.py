"""Queries to a catalog: words, chunks and definitions. Read-only; ``catalog.py`` writes."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fieldguide_indexer.store.bm25 import Statistics
from fieldguide_indexer.store.database import Database
from fieldguide_indexer.store.lexical import COLUMN_WEIGHTS, words_of
from fieldguide_indexer.store.pages import part
from fieldguide_indexer.types import Chunk, Definition

_WEIGHTS = ", ".join(map(str, COLUMN_WEIGHTS))
_CHUNK_COLUMNS = "c.id, f.path, c.start_line, c.end_line, c.kind, c.symbol, f.language, c.slot, f.evidence"
WHOLE_CHUNK = (
    "f.path, c.start_line, c.end_line, part(p.parts, c.text), c.kind, c.symbol, part(p.parts, c.signature),"
    " part(p.parts, c.doc), f.language"
)
# The ids of all files of some sources: paths below "a" sort between "a/" and "a0", as 0 follows the slash.
_FILES_BELOW = "(SELECT b.id FROM json_each(?) s CROSS JOIN files b ON b.path > s.value || '/' AND b.path < s.value || '0')"
# The plus keeps SQLite from looking the words up once for each row of the sources, instead of once for all.
_ROWS_OF = "+rowid IN (SELECT id FROM chunks WHERE file_id IN {})"
# Words shared by many queries take longest to count, and they are few.
_MOST_COUNTED = 20_000

# Bounds for the look-up of a path: folders of it, and chunks of files of its name.
_MOST_FOLDERS, _MOST_CHUNKS_OF_NAME = 40, 5_000

# The first line, last line and symbol of a definition.
Scope = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk without its text, for ranking. ``evidence`` is what the content of its file says about the file's role."""

    id: int
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    language: str
    slot: int
    evidence: str | None = None


class CatalogReader(Database):
    """The queries of search and symbol lookup. Thread-safe.

    ``changes`` counts the transactions that changed files, so that callers can tell whether a result
    is still valid.
    """

    def __init__(self, file: Path, schema: Sequence[str], schema_version: int) -> None:
        super().__init__(file, schema, schema_version)
        self.changes = 0
        # SQLite counts by a full scan of some milliseconds; the result is valid until files change.
        self._holders = lru_cache(_MOST_COUNTED)(self._count_holders)
        self._language = lru_cache(1)(self._find_main_language)

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        connection = super()._connect(mode)
        connection.create_function("part", 2, part, deterministic=True)
        return connection

    def match(
        self, terms: Sequence[str], limit: int, names: Sequence[str] = (), sources: Sequence[str] = ()
    ) -> list[tuple[int, float]]:
        """Return the best chunks by BM25 for any of the words or phrases, as (chunk id, score); higher is better.

        Words in ``names`` are searched in paths and symbols only. With ``sources``, only their files are searched.
        """
        phrases = [*(_phrase(term) for term in terms), *(_phrase(name, in_names=True) for name in names)]
        if not phrases:
            return []
        condition, values = _among(_ROWS_OF, sources)
        rows = self._read(
            f"SELECT rowid, bm25(words, {_WEIGHTS}) AS b FROM words WHERE words MATCH ?{condition} ORDER BY b LIMIT ?",  # noqa: S608
            (" OR ".join(phrases), *values, limit),
        )
        return [(chunk_id, -score) for chunk_id, score in rows]

    def statistics(self) -> Statistics:
        """Return the statistics behind the scores of ``match``. FTS5 stores them in row 1 as varints."""
        rows = self._read("SELECT block FROM words_data WHERE id = 1")
        chunks, *columns = _varints(rows[0][0]) if rows and rows[0][0] else [0]
        return Statistics(chunks, sum(columns))

    def held_by(self, phrase: str, in_names: bool = False) -> int:
        """Return the number of chunks that contain consecutive words, in paths and symbols only or anywhere."""
        found = self._read(
            "SELECT count(*) FROM words WHERE words MATCH ?", (_phrase(phrase, in_names=in_names),)
        )
        return int(found[0][0])

    def main_language(self, among: frozenset[str]) -> str:
        """Return the most frequent of these languages among the indexed files; "" if there is none."""
        return self._language(among, self.changes)

    def _find_main_language(self, among: frozenset[str], _changes: int) -> str:
        marks = ",".join("?" * len(among))
        rows = self._read(
            "SELECT language FROM files WHERE state = 'indexed' AND language IN "  # noqa: S608 - marks only
            f"({marks}) GROUP BY language ORDER BY count(*) DESC, language LIMIT 1",
            list(among),
        )
        return str(rows[0][0]) if rows else ""

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Return the number of chunks that contain each stem (see ``lexical.stems``), without stems that occur in none."""
        changes = self.changes
        return {stem: held_by for stem in stems if (held_by := self._holders(stem, changes))}

    def _count_holders(self, stem: str, _changes: int) -> int:
        rows = self._read("SELECT doc FROM vocabulary WHERE term = ?", (stem,))
        return int(rows[0][0]) if rows else 0

    def is_found(self, chunk_id: int, words: Sequence[str]) -> bool:
        """Return whether a chunk is found by a query for all of the words."""
        expression = " AND ".join(f'"{word}"' for word in words)
        return bool(
            self._read("SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?", (expression, chunk_id))
        )

    def probes(self, count: int) -> list[tuple[int, int, Chunk]]:
        """Return about ``count`` existing chunks, evenly spread and including the last, with their ids and slots."""
        last = int(self._read("SELECT coalesce(max(id), 0) FROM chunks")[0][0])
        chunk_ids = [last - last * number // count for number in range(count)]
        rows = [row for chunk_id in dict.fromkeys(chunk_ids) for row in self._chunk_from(chunk_id)]
        return [(chunk_id, slot, Chunk(*fields)) for chunk_id, slot, *fields in rows]

    def _chunk_from(self, chunk_id: int) -> list[tuple[Any, ...]]:
        return self._read(
            f"SELECT c.id, c.slot, {WHOLE_CHUNK} FROM chunks c"  # noqa: S608
            " JOIN pages p ON p.id = c.page JOIN files f ON f.id = c.file_id WHERE c.id >= ? ORDER BY c.id LIMIT 1",
            (chunk_id,),
        )

    def chunk_ids(self, paths: Sequence[str]) -> set[int]:
        """Return the ids of all chunks of some files."""
        marks = ",".join("?" * len(paths))
        sql = f"SELECT c.id FROM chunks c JOIN files f ON f.id = c.file_id WHERE f.path IN ({marks})"  # noqa: S608
        return {chunk_id for (chunk_id,) in self._read(sql, list(paths))}

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """Return chunks by id, without their text."""
        return {row.id: row for row in self._rows("c.id", ids)}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """Return the chunks of these slots.

        Slots that were assigned to new content are left out until its vector is stored: the stored one is still the old one.
        """
        return self._rows("(SELECT 1 FROM slots WHERE id = c.slot AND stored = 1) AND c.slot", slots)

    def slots_below(self, sources: Sequence[str]) -> list[int]:
        """Return the slots of chunks of some sources that have a stored vector."""
        rows = self._read(
            "SELECT DISTINCT c.slot FROM chunks c JOIN slots s ON s.id = c.slot AND s.stored = 1"  # noqa: S608
            f" WHERE c.file_id IN {_FILES_BELOW}",
            [json.dumps(sources)],
        )
        return [slot for (slot,) in rows]

    def _rows(self, condition: str, values: Sequence[int]) -> list[ChunkRow]:
        marks = ",".join("?" * len(values))
        sql = f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN files f ON f.id = c.file_id WHERE {condition} IN ({marks})"  # noqa: S608
        return [ChunkRow(*row) for row in self._read(sql, list(values))]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the texts of chunks by id."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT c.id, part(p.parts, c.text) FROM chunks c JOIN pages p ON p.id = c.page WHERE c.id IN ({marks})"  # noqa: S608
        return dict(self._read(sql, list(ids)))

    def chunks_holding(
        self, word: str, limit: int, sources: Sequence[str] = ()
    ) -> list[tuple[int, str, int]]:
        """Return chunks whose text contains a word, case-insensitively, as (chunk id, path, start_line), in stored order."""
        condition, values = _among(_ROWS_OF, sources)
        return self._read(
            f"SELECT c.id, f.path, c.start_line FROM (SELECT rowid FROM words WHERE words MATCH ?{condition} LIMIT ?) w"  # noqa: S608
            " JOIN chunks c ON c.id = w.rowid JOIN files f ON f.id = c.file_id",
            (f'body : "{word.lower()}"', *values, limit),
        )

    def chunks_at(self, path: str, line: int, sources: Sequence[str] = ()) -> list[int]:
        """Return the chunks with this line of the files whose path is an end of ``path``, or has its last two parts.

        ``path`` may be absolute on another machine. Its last two parts are looked up as words, so that the files are only similar.
        """
        parts = path.strip("/").split("/")
        ends = ["/".join(parts[number:]) for number in range(max(0, len(parts) - _MOST_FOLDERS), len(parts))]
        names = " ".join(words_of(part) for part in parts[-2:])
        condition, values = _among("f.id IN {}", sources)
        # Two queries: SQLite reads all chunks for one with OR.
        rows = self._read(
            "SELECT c.id FROM files f JOIN chunks c ON c.file_id = f.id WHERE f.path IN (SELECT value FROM json_each(?))"  # noqa: S608
            f" AND ? BETWEEN c.start_line AND c.end_line{condition}"
            " UNION SELECT c.id FROM (SELECT rowid AS id FROM words WHERE words MATCH ? LIMIT ?) w"
            " JOIN chunks c ON c.id = w.id JOIN files f ON f.id = c.file_id"
            f" WHERE ? BETWEEN c.start_line AND c.end_line{condition}",
            [json.dumps(ends), line, *values, f'path : "{names}"', _MOST_CHUNKS_OF_NAME, line, *values],
        )
        return [chunk_id for (chunk_id,) in rows]

    def chunks_defining(
        self, names: Sequence[str], limit: int, sources: Sequence[str] = ()
    ) -> list[tuple[int, str, str]]:
        """Return chunks that contain the start of a definition of one of the names, as (chunk id, name, symbol)."""
        marks = ",".join("?" * len(names))
        condition, values = _among("d.file_id IN {}", sources)
        rows = self._read(
            "SELECT c.id, d.name, d.scope || d.name FROM definitions d JOIN chunks c"  # noqa: S608 - marks only
            " ON c.file_id = d.file_id AND d.start_line BETWEEN c.start_line AND c.end_line"
            f" WHERE d.name IN ({marks}){condition} LIMIT ?",
            [*names, *values, limit],
        )
        return [(chunk_id, name, symbol) for chunk_id, name, symbol in rows]

    def definitions_named(
        self, names: Sequence[str], limit: int, sources: Sequence[str] = ()
    ) -> list[Definition]:
        """Return definitions whose last name part is one of the names, case-insensitively."""
        marks = ",".join("?" * len(names))
        condition, values = _among("d.file_id IN {}", sources)
        return self._definitions(f"d.name IN ({marks}){condition} LIMIT {int(limit)}", [*names, *values])

    def definitions_in(self, path: str) -> list[Definition]:
        """Return the definitions of one file, in the order of their lines."""
        return self._definitions("f.path = ? ORDER BY d.start_line", [path])

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """Return the line ranges of the definitions in files, by path, ordered by line."""
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


def _among(condition: str, sources: Sequence[str]) -> tuple[str, list[str]]:
    """Return the end of a WHERE clause that selects files of some sources, with its values; empty for all sources."""
    return (f" AND {condition.format(_FILES_BELOW)}", [json.dumps(sources)]) if sources else ("", [])


def _phrase(words: str, *, in_names: bool = False) -> str:
    """Return the full-text expression for consecutive words."""
    return f'{{path symbol}} : "{words}"' if in_names else f'"{words}"'


def _varints(block: bytes) -> list[int]:
    numbers, number = [], 0
    for byte in block:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(number)
            number = 0
    return numbers
