"""Sources of an index with several named folders: the file that lists them, and the location of a path on disk.

Paths in such an index start with the name of their source: ``handbook/start.md``.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from fieldguide_indexer.errors import StorageError

_NAME = re.compile(r"[\w-][\w.+=-]{0,99}")


@dataclass(frozen=True, slots=True)
class SourceList:
    """The named folders of one index, listed in the JSON file ``file``, which is read again when it was replaced.

    It is used like a workspace folder: ``sources / "handbook/start.md"`` is the file of that path. A list that
    cannot be read is empty.
    """

    file: Path

    def folders(self) -> Mapping[str, Path]:
        """Return the folder of each source by its name."""
        try:
            found = self.file.stat()
        except OSError:
            return {}
        return _read(self.file, (found.st_mtime_ns, found.st_size, found.st_ino))

    def write(self, folders: Mapping[str, Path]) -> None:
        """Replace the list, atomically.

        Raises:
            ValueError: A name cannot be the first part of a path, or a folder's path is not absolute.
            StorageError: The file cannot be written.
        """
        for name, folder in folders.items():
            if not is_source_name(name) or not folder.is_absolute():
                raise ValueError(f"{name}: {folder}")
        temporary = self.file.with_name(f"{self.file.name}.new")
        listed = {name: str(folder) for name, folder in folders.items()}
        try:
            temporary.write_text(json.dumps({"sources": listed}, indent=1), encoding="utf-8")
            temporary.replace(self.file)
        except OSError as error:
            raise StorageError(f"{self.file} cannot be written: {error.strerror or error}.") from error

    def identities(self) -> dict[str, int]:
        """Return a number for each source that changes when its name refers to another folder."""
        return {name: _number(os.fsencode(folder)) for name, folder in self.folders().items()}

    def is_dir(self) -> bool:
        """Return True: a folder may be missing, which a scan notes, but the index itself always exists."""
        return True

    def locate(self, path: str) -> tuple[Path, str] | None:
        """Return the folder of a path's source and the path in it; None if the source is not listed."""
        name, _, inside = path.partition("/")
        folder = self.folders().get(name)
        return None if folder is None else (folder, inside)

    def __truediv__(self, path: str) -> Path:
        """Return the file on disk; a path that cannot exist if the source is not listed."""
        found = self.locate(path)
        return found[0] / found[1] if found else self.file / path

    def __fspath__(self) -> str:
        return os.fspath(self.file)

    def __str__(self) -> str:
        return str(self.file)


# The root of an index.
Root: TypeAlias = Path | SourceList


def is_source_name(name: str) -> bool:
    """Return whether a source can have this name: letters, digits and ``_ - . + =``, no dot in front."""
    return _NAME.fullmatch(name) is not None


@lru_cache(maxsize=4)
def _read(file: Path, _version: tuple[int, int, int]) -> Mapping[str, Path]:
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))["sources"]
        folders = {str(name): Path(folder) for name, folder in listed.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: each for name, each in folders.items() if is_source_name(name) and each.is_absolute()}


def _number(value: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "big") >> 1
