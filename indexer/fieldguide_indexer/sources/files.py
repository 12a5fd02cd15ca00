"""Opening a stranger's file without being held up or led away."""

import io
import os
from pathlib import Path

# O_NONBLOCK: a pipe put in the file's place must not block us; O_NOFOLLOW: nor may a link lead us elsewhere.
_FLAGS = ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")


def open_plain(path: Path) -> io.FileIO:
    """Open a file for reading, unbuffered.

    Raises:
        OSError: It is gone, closed to us, a link or a folder.
    """
    return io.FileIO(str(path), "rb", opener=_open)


def _open(path: str, flags: int) -> int:
    for name in _FLAGS:
        flags |= getattr(os, name, 0)
    return os.open(path, flags)
