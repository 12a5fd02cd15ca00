"""Files of a workspace folder: which paths are in it, and their text."""

from pathlib import Path

LARGEST_READ = 5_000_000


def contained(folder: Path, path: str) -> Path | None:
    """Return the file that a relative path leads to; None if that is outside of the folder, which a link may cause.

    Args:
        folder: A folder with its links resolved.
        path: From anybody, even a language model: it may be absolute, have ``..``, or not be a path at all.
    """
    try:
        file = (folder / path).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return file if file.is_relative_to(folder) else None


def stored_text(path: Path) -> str | None:
    """Return the text of a file on disk; None if there is none, or it is too large or not text."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_READ:
            return None
        stored = path.read_bytes()
    except OSError:
        return None
    if stored.isascii():
        return stored.decode("ascii")
    from fieldguide_indexer import decode  # noqa: PLC0415 - rarely needed

    # With the line ends of the file: positions count them.
    return decode(stored, path, keep_line_ends=True)
