"""How a process talks to the owner of an index: length-prefixed JSON over a loopback connection.

Three kinds of frames: ``{"id", "method", "params"}`` asks, ``{"id", "result"}`` or ``{"id", "error"}`` answers, and
``{"event", "of", "data"}`` tells. ``of`` names the type of the value.
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

Frame = dict[str, Any]

_LENGTH = struct.Struct(">I")
_LARGEST_FRAME = 256 * 1024 * 1024


def version() -> str:
    """Return who may talk to whom: the installed version. An owner of another version is asked to leave."""
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

    def give_up_sending_after(self, seconds: float) -> None:
        """Have ``send`` fail when the other end takes nothing for so long; receiving waits for ever as before."""
        if os.name == "nt":
            limit = struct.pack("=L", int(seconds * 1000))
        else:
            limit = struct.pack("@ll", int(seconds), 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def send(self, frame: Frame) -> None:
        """Send a whole frame.

        Raises:
            OSError: the other end is gone.
        """
        body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        with self._sending:
            try:
                self._socket.sendall(_LENGTH.pack(len(body)) + body)
            except OSError:
                # Half a frame may be out: nothing that follows it could be understood.
                self._shut_down()
                raise

    def receive(self) -> Frame | None:
        """Return the next frame, ``None`` when the other end is gone or does not speak this protocol."""
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
        """End the connection; a reader that waits sees the end."""
        self._shut_down()
        with self._sending:
            self._socket.close()

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the socket; for the reading thread, once it has seen the end."""
        self.close()
        self._reader.close()


def encode(value: Any) -> Any:  # noqa: ANN401 - any result of the engine
    """Return a result as JSON values."""
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def encode_error(error: errors.FieldguideError) -> dict[str, str]:
    """Return an error by its sentence and its class, or the nearest one above it that everybody knows."""
    kind = next(each.__name__ for each in type(error).__mro__ if hasattr(errors, each.__name__))
    return {"type": kind, "message": str(error)}


def decode_error(data: dict[str, str]) -> errors.FieldguideError:
    """Return the error again; one of an unknown class becomes the root of the tree."""
    kind: type[errors.FieldguideError] = getattr(errors, data["type"], errors.FieldguideError)
    return kind(data["message"])


def encode_options(options: IndexOptions) -> Frame:
    """Return options as JSON values. They hold a key: they travel over the authenticated connection only."""
    data = asdict(options)
    data["home"] = str(options.home) if options.home else None
    data["embedding"]["folder"] = str(options.embedding.folder) if options.embedding.folder else None
    return data


def decode_options(data: Frame) -> IndexOptions:
    """Return options again."""
    embedding = dict(data["embedding"])
    folder = embedding.pop("folder")
    return IndexOptions(
        embedding=EmbeddingOptions(**embedding, folder=Path(folder) if folder else None),
        store=StoreOptions(**data["store"]),
        max_file_bytes=data["max_file_bytes"],
        threads=data["threads"],
        nice=data["nice"],
        memory_mib=data["memory_mib"],
        exclude=tuple(data["exclude"]),
        editor_exclude=None if data["editor_exclude"] is None else tuple(data["editor_exclude"]),
        home=Path(data["home"]) if data["home"] else None,
    )
