"""Where an index lives: a folder of the platform's cache, one for each workspace folder."""

import hashlib
import os
import tempfile
from pathlib import Path

from fieldguide_indexer.errors import StorageError, WorkspaceError
from fieldguide_indexer.options import IndexOptions


def home_folder(options: IndexOptions) -> Path:
    """Return the folder of everything Fieldguide keeps: the option, ``FIELDGUIDE_HOME``, or the platform's cache.

    Raises:
        StorageError: a relative path was named; it would lead into whatever folder we are started in.
    """
    named = options.home or os.environ.get("FIELDGUIDE_HOME")
    if named:
        return named_home(named)
    from platformdirs import user_cache_path  # noqa: PLC0415 - only asked for where nothing else is said

    return user_cache_path("fieldguide", appauthor=False)


def named_home(named: str | Path) -> Path:
    """Return the folder that somebody named for what Fieldguide keeps.

    Raises:
        StorageError: a relative path was named; it would lead into whatever folder we are started in.
    """
    home = Path(named).expanduser()
    if not home.is_absolute():
        raise StorageError(f"FIELDGUIDE_HOME must be a whole path; {named} is not.")
    return home


def index_folder(folder: Path, options: IndexOptions) -> Path:
    """Return the folder of this workspace's index. Its name shows the workspace's own and the hash of its whole path."""
    digest = hashlib.sha256(os.fsencode(os.path.normcase(folder))).hexdigest()[:16]
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in folder.name)[:40] or "root"
    return home_folder(options) / "indexes" / f"{name}-{digest}"


def workspace_folder(folder: Path) -> Path:
    """Return the folder's one true path.

    Raises:
        WorkspaceError: there is no such folder.
    """
    try:
        resolved = folder.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise WorkspaceError(f"There is no folder {folder}.") from error
    if not resolved.is_dir():
        raise WorkspaceError(f"{folder} is a file, not a folder.")
    return resolved


def make_private(folder: Path) -> None:
    """Make a folder that only this user can read.

    Raises:
        StorageError: the place cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"The index cannot be written to {folder} ({reason}); set FIELDGUIDE_HOME to a folder that can."
        ) from error
