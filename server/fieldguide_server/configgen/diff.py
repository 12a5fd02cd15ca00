"""The changes of a generated file as a unified diff."""

import difflib
from pathlib import Path

from fieldguide_server.configgen.types import ConfigFile


def unified_diff(root: Path, file: ConfigFile) -> str:
    """Return the difference between the file on disk and the generated one, "" if there is none."""
    return text_diff(file.path, existing_text(root, file.path), file.content)


def text_diff(path: str, old: str | None, new: str) -> str:
    """Return the unified diff between two texts of a file; ``old`` is None if the file is new."""
    before = (old or "").splitlines(keepends=True)
    after = new.splitlines(keepends=True)
    source = f"a/{path}" if old is not None else "/dev/null"
    lines = difflib.unified_diff(before, after, source, f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def existing_text(root: Path, path: str) -> str | None:
    """Return the text of a file, None if it does not exist or is not UTF-8."""
    try:
        # As bytes, since line endings must not change.
        return (root / path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
