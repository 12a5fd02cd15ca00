"""A SQLite file for many threads: any number of readers, one write transaction at a time, errors as sentences."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldguide_indexer.errors import StorageError

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "cache_size=-8000",
    "wal_autocheckpoint=4000",
    "journal_size_limit=8000000",
)
# Free pages are reused, so a share of them is kept; the others are released in steps of this size.
_WORTH_SHRINKING, _PAGES_SHRUNK = 0.03, 512
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# Missing tables: another file is in its place. Text that cannot be unpacked: it was overwritten.
_DAMAGE_TEXTS = ("no such table", "user-defined function raised exception")


class DamagedCatalogError(StorageError):
    """The file exists but is not a valid catalog: it must be rebuilt."""


class ClosedCatalogError(StorageError):
    """The catalog was closed; another one may have replaced it."""


class Database:
    """A SQLite file with its tables.

    Connections are pooled, not bound to threads: there are as many as were ever in use at once, and the one used last
    is reused first, with its pages still in memory.
    """

    def __init__(self, file: Path, schema: Sequence[str], schema_version: int) -> None:
        """Open the file; create it and its tables if necessary.

        Raises:
            DamagedCatalogError: the file exists but is not such a database.
            StorageError: it cannot be opened.
        """
        self._file = file.absolute()
        self._idle: list[sqlite3.Connection] = []
        self._write_lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        with self._explained("opened"):
            if not self._file.exists() or not self._file.stat().st_size:
                self._create()
            self._idle.append(self._connect("rwc"))
        if not self._read("PRAGMA user_version")[0][0]:
            self._make_tables(schema, schema_version)

    def _create(self) -> None:
        """Create the file.

        How it is vacuumed has to be set before the first table, and only then: setting it again is a write, which a
        reader would wait for and which a full disk refuses.
        """
        connection = sqlite3.connect(self._file)
        try:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")  # writes the header
        finally:
            connection.close()

    def _make_tables(self, schema: Sequence[str], schema_version: int) -> None:
        """Create the tables in one transaction, so that a process killed here leaves an empty file."""
        with self.writing() as connection:
            for statement in schema:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {schema_version}")

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        """Return a new connection. Only the first one creates the file: a deleted file is not created again."""
        connection = sqlite3.connect(
            f"{self._file.as_uri()}?mode={mode}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            ClosedCatalogError: the database was closed.
            DamagedCatalogError: the file is damaged or missing.
            StorageError: it cannot be read for another reason.
        """
        with self._explained("read"):
            connection = self._borrow()
            try:
                return connection.execute(sql, parameters).fetchall()
            except UnicodeEncodeError:
                return []  # a lone surrogate: no row contains one
            finally:
                self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self._close_idle()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one transaction, which is rolled back on any error.

        Raises:
            ClosedCatalogError: the database was closed.
            DamagedCatalogError: the file is damaged or missing.
            StorageError: the disk is full or read-only.
        """
        with self._write_lock, self._explained("written"):
            connection = self._writer or self._connect()
            self._writer = connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Release free pages to the file system if there are enough of them, and truncate the write-ahead log.

        Raises:
            StorageError: the disk is full or read-only.
        """
        share = 1.0
        while share > (left := self._free_share()) > _WORTH_SHRINKING:
            share = left
            with self.writing() as connection:
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_SHRUNK})").fetchall()
        with self._write_lock, self._explained("written"):
            if self._writer is not None:
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _free_share(self) -> float:
        (free,), (pages,) = self._read("PRAGMA freelist_count")[0], self._read("PRAGMA page_count")[0]
        return float(free / max(1, pages))

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        if self._closed:
            raise ClosedCatalogError("The index was closed.")
        try:
            yield
        except sqlite3.Error as error:
            if self._closed:
                raise ClosedCatalogError("The index was closed.") from error
            if self._is_damage(error):
                raise DamagedCatalogError(f"The catalog {self._file} is damaged: {error}.") from error
            raise StorageError(f"The index cannot be {doing}: {error}.") from error

    def _is_damage(self, error: sqlite3.Error) -> bool:
        """Return whether an error means that the file is damaged."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        gone = code == sqlite3.SQLITE_CANTOPEN and self._file.parent.is_dir() and not self._file.exists()
        return code in _DAMAGE or gone or str(error).startswith(_DAMAGE_TEXTS)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """Close all connections, those in use when they are returned; the last one checkpoints the write-ahead log."""
        self._closed = True
        with self._write_lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()
