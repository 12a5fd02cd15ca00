"""Paths from models and clients, which may be anything."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from fieldguide_server.files import contained


def workspace_path(name: str, folder: Path) -> str | None:
    """Return a path relative to ``folder``, with ``/``; None if it leads out of the folder, even by a symbolic link."""
    path = name.strip().strip("`").replace("\\", "/").removeprefix("./")
    windows = PureWindowsPath(path)
    if not path or windows.drive or windows.root or ".." in PurePosixPath(path).parts or "\x00" in path:
        return None
    return PurePosixPath(path).as_posix() if contained(folder.resolve(), path) else None
