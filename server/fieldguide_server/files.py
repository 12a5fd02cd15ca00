"""Files of a workspace folder: which paths are in it, and their text."""

from pathlib import Path

LARGEST_READ = 5_000_000
# What its cells show, which is left out, can be large.
_LARGEST_NOTEBOOK = 50_000_000


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
    """Return the text of a file on disk, as it is indexed; None if there is none, or it is too large or not text.

    The line ends are those of the file, since positions count them. A notebook is the sources of its cells.
    """
    is_notebook = path.suffix.lower() == ".ipynb"
    try:
        if not path.is_file() or path.stat().st_size > (_LARGEST_NOTEBOOK if is_notebook else LARGEST_READ):
            return None
        stored = path.read_bytes()
    except OSError:
        return None
    if stored.isascii() and not is_notebook:
        return stored.decode("ascii")
    from fieldguide_indexer import decode, notebook_text  # noqa: PLC0415 - rarely needed

    text = decode(stored, path, keep_line_ends=not is_notebook)
    return (notebook_text(text) or text) if text and is_notebook else text
