"""The location of an index: a folder in the platform's cache for each workspace folder."""

import hashlib
import os
import tempfile
from pathlib import Path

from fieldguide_indexer.errors import StorageError, WorkspaceError
from fieldguide_indexer.options import IndexOptions


def home_folder(options: IndexOptions) -> Path:
    """Return the folder of everything Fieldguide stores: the option, ``FIELDGUIDE_HOME``, or the platform's cache.

    Raises:
        StorageError: The path is relative.
    """
    configured = options.home or os.environ.get("FIELDGUIDE_HOME")
    if configured:
        return absolute_home(configured)
    from platformdirs import user_cache_path  # noqa: PLC0415 - not needed otherwise

    return user_cache_path("fieldguide", appauthor=False)


def absolute_home(configured: str | Path) -> Path:
    """Return the folder that was configured for everything Fieldguide stores.

    Raises:
        StorageError: The path is relative: it would depend on the folder that we are started in.
    """
    home = Path(configured).expanduser()
    if not home.is_absolute():
        raise StorageError(f"FIELDGUIDE_HOME must be an absolute path; {configured} is not.")
    return home


def index_folder(folder: Path, options: IndexOptions) -> Path:
    """Return the folder of a workspace's index, named by the workspace folder's name and a hash of its path."""
    digest = hashlib.sha256(os.fsencode(os.path.normcase(folder))).hexdigest()[:16]
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in folder.name)[:40] or "root"
    return home_folder(options) / "indexes" / f"{name}-{digest}"


def workspace_folder(folder: Path) -> Path:
    """Return the absolute path of a workspace folder, without links.

    Raises:
        WorkspaceError: There is no such folder.
    """
    try:
        resolved = folder.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise WorkspaceError(f"There is no folder {folder}.") from error
    if not resolved.is_dir():
        raise WorkspaceError(f"{folder} is a file, not a folder.")
    return resolved


def make_private(folder: Path) -> None:
    """Create a folder that only this user can read.

    Raises:
        StorageError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"The index cannot be written to {folder} ({reason}); set FIELDGUIDE_HOME to a writable folder."
        ) from error
