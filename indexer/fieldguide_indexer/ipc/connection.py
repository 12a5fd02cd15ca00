"""The protocol between the owner of an index and its clients: length-prefixed JSON over a loopback connection.

There are three kinds of frames: a request ``{"id", "method", "params"}``, its answer ``{"id", "result"}`` or
``{"id", "error"}``, and an event ``{"event", "type", "data"}``, where ``event`` is ``status`` or the id of the request
that it belongs to and ``type`` names the class of ``data``.
"""

import contextlib
import importlib.metadata
import json
import os
import socket
import struct
import threading
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from fieldguide_indexer import errors
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions, StoreOptions
from fieldguide_indexer.types import IndexStatus, State

Frame = dict[str, Any]

_LENGTH = struct.Struct(">I")
_LARGEST_FRAME = 256 * 1024 * 1024


def version() -> str:
    """Return the installed version. A client and an owner of different versions do not talk to each other."""
    try:
        return importlib.metadata.version("fieldguide")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


class Connection:
    """One end of a connection. Frames may be sent from any thread and are read by one."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._reader = sock.makefile("rb")
        self._sending = threading.Lock()

    def set_send_timeout(self, seconds: float) -> None:
        """Have ``send`` raise OSError when the other end reads nothing for so long; ``receive`` still waits for ever."""
        if os.name == "nt":
            limit = struct.pack("=L", int(seconds * 1000))
        else:
            limit = struct.pack("@ll", int(seconds), 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            OSError: The other end is gone.
        """
        body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        with self._sending:
            try:
                self._socket.sendall(_LENGTH.pack(len(body)) + body)
            except OSError:
                # Half a frame may have been sent, and nothing that follows it could be read.
                self._shut_down()
                raise

    def receive(self) -> Frame | None:
        """Return the next frame; None when the other end is gone or does not speak this protocol."""
        try:
            head = self._reader.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack(head)
            if length > _LARGEST_FRAME:
                return None
            frame = json.loads(self._reader.read(length).decode("utf-8", "surrogatepass"))
        except (OSError, ValueError):
            return None
        return frame if isinstance(frame, dict) else None

    def close(self) -> None:
        """Close the connection; a thread that waits in ``receive`` sees its end."""
        self._shut_down()
        with self._sending:
            self._socket.close()

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Free the socket. To be called by the reading thread, once it has seen the end."""
        self.close()
        self._reader.close()


def encode(value: Any) -> Any:  # noqa: ANN401 - any result of the engine
    """Return a result as JSON values."""
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def encode_error(error: errors.FieldguideError) -> dict[str, str]:
    """Return an error as JSON values: its message, and its class or the nearest public one above it."""
    kind = next(each.__name__ for each in type(error).__mro__ if hasattr(errors, each.__name__))
    return {"type": kind, "message": str(error)}


def decode_error(data: dict[str, str]) -> errors.FieldguideError:
    """Return an error from JSON values; one of an unknown class becomes a FieldguideError."""
    kind: type[errors.FieldguideError] = getattr(errors, data["type"], errors.FieldguideError)
    return kind(data["message"])


def encode_options(options: IndexOptions) -> Frame:
    """Return options as JSON values. They contain API keys: send them over an authenticated connection only."""
    data = asdict(options)
    data["home"] = str(options.home) if options.home else None
    for name in ("folder", "ca_file"):
        path = data["embedding"][name]
        data["embedding"][name] = str(path) if path else None
    return data


def decode_status(data: Frame) -> IndexStatus:
    """Return a status from JSON values."""
    return IndexStatus(**{**data, "state": State(data["state"])})


def decode_options(data: Frame) -> IndexOptions:
    """Return options from JSON values."""
    embedding = dict(data["embedding"])
    for name in ("folder", "ca_file"):
        embedding[name] = Path(embedding[name]) if embedding[name] else None
    return IndexOptions(
        embedding=EmbeddingOptions(**embedding),
        store=StoreOptions(**data["store"]),
        max_file_bytes=data["max_file_bytes"],
        threads=data["threads"],
        nice=data["nice"],
        memory_mib=data["memory_mib"],
        exclude=tuple(data["exclude"]),
        editor_exclude=None if data["editor_exclude"] is None else tuple(data["editor_exclude"]),
        home=Path(data["home"]) if data["home"] else None,
    )
