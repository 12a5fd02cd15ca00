"""What a generated file changes, as a unified diff."""

import difflib
from pathlib import Path

from fieldguide_server.configgen.types import ConfigFile


def unified_diff(root: Path, file: ConfigFile) -> str:
    """Return the change from the file as it is on disk to the generated one; "" when they are the same."""
    return text_diff(file.path, existing(root, file.path), file.content)


def text_diff(path: str, old: str | None, new: str) -> str:
    """Return the change from one text of a file to another; ``old`` is None where there was none."""
    before = (old or "").splitlines(keepends=True)
    after = new.splitlines(keepends=True)
    source = f"a/{path}" if old is not None else "/dev/null"
    lines = difflib.unified_diff(before, after, source, f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def existing(root: Path, path: str) -> str | None:
    """Return the text of a file that is there, None when it is not or cannot be read as text."""
    try:
        # Byte for byte: line ends are part of what must not change.
        return (root / path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
