"""The protocol between the owner of an index and its clients: length-prefixed JSON over a loopback connection.

There are three kinds of frames: a request ``{"id", "method", "params"}``, its answer ``{"id", "result"}`` or
``{"id", "error"}``, and an event ``{"event", "type", "data"}``, where ``event`` is ``status`` or the id of the request
that it belongs to and ``type`` names the class of ``data``.
"""

import contextlib
import importlib.metadata
import json
import os
import queue
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
# What may wait for a client that reads slowly.
_MOST_UNSENT = 32 * 1024 * 1024


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
        self._outgoing: queue.SimpleQueue[bytes | None] | None = None
        self._unsent = 0
        self._counting = threading.Lock()

    def send_in_background(self, seconds: float) -> None:
        """Have ``send`` never wait, and end the connection when the other end reads nothing for so long."""
        if os.name == "nt":
            limit = struct.pack("=L", int(seconds * 1000))
        else:
            limit = struct.pack("@ll", int(seconds), 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._outgoing = queue.SimpleQueue()
        threading.Thread(target=self._send_all, args=(self._outgoing,), name="sender", daemon=True).start()

    def _send_all(self, outgoing: "queue.SimpleQueue[bytes | None]") -> None:
        with contextlib.suppress(OSError):
            while (data := outgoing.get()) is not None:
                self._send_now(data)
                with self._counting:
                    self._unsent -= len(data)
        with self._counting:
            self._unsent = 2 * _MOST_UNSENT  # nothing more is accepted

    def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            OSError: The other end is gone, or reads nothing.
        """
        body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        data = _LENGTH.pack(len(body)) + body
        if self._outgoing is None:
            self._send_now(data)
            return
        with self._counting:
            is_full = bool(self._unsent) and self._unsent + len(data) > _MOST_UNSENT
            self._unsent += 0 if is_full else len(data)
        if is_full:
            self._shut_down()
            raise ConnectionAbortedError("The client reads nothing.")
        self._outgoing.put(data)

    def _send_now(self, data: bytes) -> None:
        with self._sending:
            try:
                self._socket.sendall(data)
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
        if self._outgoing is not None:
            self._outgoing.put(None)
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
