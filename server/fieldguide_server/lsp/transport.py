"""Stdin and stdout as pygls expects them: robust against wrong headers, and writing never blocks reading."""

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
_CLOSE_SECONDS = 2.0


class Input(RawIOBase):
    """The client's messages, each after a header in the only form that pygls knows.

    A header is also found at the end of a line: if a body is longer than its header says, the rest of it comes before
    the next header, and the connection would be lost for good.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._has_length = False

    def readline(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - pygls reads full lines
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
    """Writes in a thread of its own: otherwise a client that sends much before it reads could cause a deadlock.

    Args:
        stream: Where the bytes go.
        on_lost: Called when the stream cannot be written to any more.
    """

    def __init__(self, stream: BinaryIO, on_lost: Callable[[], object]) -> None:
        super().__init__()
        self._stream = stream
        self._on_lost = on_lost
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # bytes can be kept, a buffer could change
        """Queue a message to be written."""
        self._queue.put(data)
        return len(data)

    def close(self) -> None:
        """Write what is queued, but do not wait long for a client that does not read."""
        if not self.closed:
            self._queue.put(None)
            self._thread.join(_CLOSE_SECONDS)
        super().close()

    def _run(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                self._stream.write(data)
                if self._queue.empty():
                    self._stream.flush()
            self._stream.flush()
        except (OSError, ValueError) as error:
            log.warning("the client does not read any more: %s", error)
            self._on_lost()
