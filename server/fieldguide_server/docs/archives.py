"""Documentation that is a file or an archive on this machine, as a folder that can be indexed.

Nothing is fetched: a page of the web has to be saved first.
"""

import hashlib
import io
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from fieldguide_indexer import FieldguideError

_MOST_BYTES = 500_000_000
_MOST_FILES = 50_000
_LONGEST_NAME = 60
# A RuntimeError is how zipfile says that a password is needed.
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

Member = tuple[str, int, Callable[[], IO[bytes] | None]]


def as_folder(path: Path, home: Path) -> Path:
    """Return the folder of some documentation: itself, or a copy of a file or an archive below ``home``.

    Raises:
        FieldguideError: There is no such file, or it cannot be read or unpacked.
    """
    if path.is_dir():
        return path
    if not path.is_file():
        raise FieldguideError(f"There is no file or folder {path}.")
    ending = next((each for each in _ARCHIVES if path.name.lower().endswith(each)), "")
    # Archives of the same name are different ones where they come from different places.
    place = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
    folder = home / place / (path.name[: -len(ending)] if ending else path.stem)
    fresh = folder.with_name(f"{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        if ending:
            _unpack(path, fresh)
        else:
            shutil.copyfile(path, fresh / path.name)
        # The previous files stay until all new ones are complete.
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    except _UNREADABLE as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise FieldguideError(f"{path.name} cannot be read as documentation: {_reason(error)}.") from error
    return folder


def _reason(error: Exception) -> str:
    """Return the reason of an error, with the name of the archive member if there is one, but no path of this machine."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error).rstrip(".") or "it is damaged"
    about = f" ({Path(os.fsdecode(error.filename)).name[:_LONGEST_NAME]})" if error.filename else ""
    return error.strerror + about


def _unpack(archive: Path, folder: Path) -> None:
    """Write the regular files of an archive. Links, and members whose paths lead out of the folder, are left out."""
    if archive.suffix.lower() == ".zip":
        with zipfile.ZipFile(archive) as zipped:
            _write(_zipped(zipped), folder)
    else:
        with tarfile.open(archive) as tarred:
            _write(_tarred(tarred), folder)


def _zipped(archive: zipfile.ZipFile) -> Iterator[Member]:
    for each in archive.infolist():
        if not each.is_dir():
            yield each.filename, each.file_size, lambda each=each: archive.open(each)  # type: ignore[misc]


def _tarred(archive: tarfile.TarFile) -> Iterator[Member]:
    for each in archive:
        if each.isfile():
            yield each.name, each.size, lambda each=each: archive.extractfile(each)  # type: ignore[misc]


def _write(members: Iterator[Member], folder: Path) -> None:
    written = 0
    for number, (name, size, opened) in enumerate(members):
        written += size
        if written > _MOST_BYTES or number >= _MOST_FILES:
            raise OSError("it is too large")
        target = _inside(name, folder)
        if target is None:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file, opened() or io.BytesIO() as stream:
            shutil.copyfileobj(stream, file)


def _inside(name: str, folder: Path) -> Path | None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        return None
    return folder.joinpath(*parts)
