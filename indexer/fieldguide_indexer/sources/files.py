"""Opening of untrusted files without blocking and without following links."""

import io
import os
from pathlib import Path

# O_NONBLOCK: a pipe in place of the file must not block; O_NOFOLLOW: a link must not lead elsewhere.
_FLAGS = ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")


def open_plain(path: Path) -> io.FileIO:
    """Open a file for reading, unbuffered.

    Raises:
        OSError: It does not exist, is not readable, or is a link or a folder.
    """
    return io.FileIO(str(path), "rb", opener=_open)


def _open(path: str, flags: int) -> int:
    for name in _FLAGS:
        flags |= getattr(os, name, 0)
    return os.open(path, flags)
