"""Storage of records: JSON lines, in one or more files per day; private, bounded in size and age, safe for several writers.

A writer that is killed may leave an incomplete line at the end of a file. Readers skip it, and the next writer truncates it.
"""

import contextlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from fieldguide_indexer import absolute_home

Record: TypeAlias = Mapping[str, Any]

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.(\d{1,6}))?\.jsonl")
_PARTS = 8
_LOCK_SECONDS = 10.0
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of what is kept: bytes of all files together, and days before today."""

    max_bytes: int = 50_000_000
    max_days: int = 90


def folder_of(environment: Mapping[str, str]) -> Path:
    """Return the folder of the records: in ``FIELDGUIDE_HOME`` if it is set, else in the platform's state folder.

    Raises:
        StorageError: ``FIELDGUIDE_HOME`` is not an absolute path.
    """
    if home := environment.get("FIELDGUIDE_HOME"):
        return absolute_home(home) / "history"
    from platformdirs import user_state_path  # noqa: PLC0415 - not needed where FIELDGUIDE_HOME is set

    return user_state_path("fieldguide", appauthor=False) / "history"


def new_id(now: datetime) -> str:
    """Return a new identifier; identifiers sort by time."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


class Records:
    """The records of one user. All methods block, and are safe to call from any thread and process.

    Methods that write raise ``OSError`` if the folder cannot be written or another process holds its lock for too long.
    """

    def __init__(self, folder: Path, bounds: Bounds | None = None) -> None:
        self.folder = folder
        self._bounds = bounds or Bounds()

    def append(self, record: Record, today: date | None = None) -> None:
        """Append a record, and delete the oldest ones beyond the bounds."""
        line = (
            json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        )
        day = today or datetime.now(UTC).date()
        with self._locked():
            self._write(self._current(day, len(line)), line)
            self._prune(day)

    def newest_first(self, workspace: Path | None = None) -> Iterator[Record]:
        """Yield the records about a folder, or all of them. Invalid lines are skipped."""
        folder = str(workspace) if workspace else None
        for file in reversed(self._files()):
            for line in reversed(_lines(file)):
                record = _parsed(line)
                if record is not None and folder in (None, record.get("folder")):
                    yield record

    def find(self, identity: str) -> Record | None:
        """Return the record with this identifier, or the only one whose identifier starts with it; None otherwise."""
        matches: list[Record] = []
        for record in self.newest_first():
            if record["id"] == identity:
                return record
            if identity and str(record["id"]).startswith(identity):
                matches.append(record)
        return matches[0] if len(matches) == 1 else None

    def delete(self, condition: Callable[[Record], bool]) -> int:
        """Delete the records that meet a condition, and return their number."""
        if not self.folder.is_dir():
            return 0
        with self._locked():
            return sum(_delete_from(file, condition) for file in self._files())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - reading needs none

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(self.folder / "lock", timeout=_LOCK_SECONDS, mode=0o600):
                yield
        except Timeout as error:
            raise OSError(f"{self.folder} is in use by another process") from error

    def _files(self) -> list[Path]:
        """Return the files of records, oldest first."""
        named = [(match, file) for file in self._listed() if (match := _NAME.fullmatch(file.name))]
        return [file for _, file in sorted(named, key=lambda pair: (pair[0][1], int(pair[0][2] or 0)))]

    def _listed(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.is_dir() else []

    def _current(self, day: date, size: int) -> Path:
        """Return the file of a day that has room for ``size`` more bytes."""
        files = [file for file in self._files() if file.name.startswith(f"{day}")]
        if not files:
            return self.folder / f"{day}.jsonl"
        latest = files[-1]
        if latest.stat().st_size + size <= self._bounds.max_bytes // _PARTS:
            return latest
        match = _NAME.fullmatch(latest.name)
        return self.folder / f"{day}.{int((match and match[2]) or 0) + 1}.jsonl"

    def _write(self, file: Path, line: bytes) -> None:
        # os.open creates the file with private permissions; opening and then chmod would leave a gap.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as out:
            out.seek(_end_of_lines(out))
            out.truncate()
            out.write(line)

    def _prune(self, today: date) -> None:
        *older, current = self._files()
        first = str(today - timedelta(days=self._bounds.max_days))
        kept = [file for file in older if file.name[:10] >= first]
        sizes = [file.stat().st_size for file in kept]
        excess = sum(sizes) + current.stat().st_size - self._bounds.max_bytes
        for file in (*(file for file in older if file not in kept), *_oldest(kept, sizes, excess)):
            # Windows does not delete a file that is being read; the next call will.
            with contextlib.suppress(OSError):
                file.unlink()


def _oldest(files: list[Path], sizes: list[int], excess: int) -> Iterator[Path]:
    for file, size in zip(files, sizes, strict=True):
        if excess <= 0:
            return
        excess -= size
        yield file


def _end_of_lines(file: Any) -> int:  # noqa: ANN401 - any binary file
    """Return the offset at which the last complete line ends."""
    end: int = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + int(found) + 1
        end = start
    return 0


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\n")
    except OSError:
        return []  # deleted in the meantime


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    is_valid = (
        isinstance(record, dict) and isinstance(record.get("id"), str) and isinstance(record.get("time"), str)
    )
    return record if is_valid else None


def _delete_from(file: Path, condition: Callable[[Record], bool]) -> int:
    """Delete records from a file, and the file if none remains; return the number of deleted records."""
    records = [(line, record) for line in _lines(file) if (record := _parsed(line)) is not None]
    remaining = [line for line, record in records if not condition(record)]
    if len(remaining) == len(records):
        return 0
    if not remaining:
        file.unlink()
        return len(records)
    draft = file.with_suffix(".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(line + b"\n" for line in remaining)
    draft.replace(file)
    return len(records) - len(remaining)
