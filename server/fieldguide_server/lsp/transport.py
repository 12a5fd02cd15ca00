"""Stdin and stdout, as pygls wants them: headers that survive mistakes, and writing that never holds up reading."""

import logging
import re
import threading
from collections.abc import Callable
from io import RawIOBase
from queue import SimpleQueue
from typing import BinaryIO

log = logging.getLogger(__name__)

_LENGTH = re.compile(rb"content-length:\s*(\d{1,9})\s*$", re.IGNORECASE)
_LONGEST_LINE = 64 * 1024
_LAST_WORDS_SECONDS = 2.0


class Input(RawIOBase):
    """The client's messages, each behind the one form of header that pygls knows.

    A header counts wherever its line ends with it: after a body of another length than was told, what is left of
    that body stands before the next header, and the connection would be lost for good.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._has_length = False

    def readline(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - pygls asks for whole lines
        """Return the header of the next message, then an empty line; nothing at the end of the stream."""
        self._has_length = not self._has_length
        return self._next_header() if self._has_length else b"\r\n"

    def read(self, size: int = -1, /) -> bytes:
        """Return the body."""
        return self._stream.read(size)

    def _next_header(self) -> bytes:
        length = 0
        while line := self._stream.readline(_LONGEST_LINE):
            if match := _LENGTH.search(line):
                length = int(match[1])
            elif length and not line.strip():
                return b"Content-Length: %d\r\n" % length
        return b""


class Output(RawIOBase):
    """Writes in a thread of its own: a client that sends much before it reads would else wait for us, and we for it.

    Args:
        stream: Where the bytes go.
        lost: Called when nobody can read them any more.
    """

    def __init__(self, stream: BinaryIO, lost: Callable[[], object]) -> None:
        super().__init__()
        self._stream = stream
        self._lost = lost
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # bytes can be kept, a buffer could change
        """Have a message written, after those before it."""
        self._waiting.put(data)
        return len(data)

    def close(self) -> None:
        """Write what is left; a client that does not read is not waited for long."""
        if not self.closed:
            self._waiting.put(None)
            self._thread.join(_LAST_WORDS_SECONDS)
        super().close()

    def _run(self) -> None:
        try:
            while (data := self._waiting.get()) is not None:
                self._stream.write(data)
                if self._waiting.empty():
                    self._stream.flush()
            self._stream.flush()
        except (OSError, ValueError) as error:
            log.warning("the client reads no more: %s", error)
            self._lost()
