"""The way to an index's owner process: how it is found and started, and a connection with requests in flight."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from typing import Any

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.ipc.connection import Connection, Frame, decode_error, version
from fieldguide_indexer.ipc.endpoint import LOG_FILE, read_endpoint
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.types import IndexEvent, IndexStatus, Progress, State

logger = logging.getLogger(__name__)

# Tells an owner that it is given a list of sources, and no folder.
SOURCES_FLAG = "--sources"


# After so long without an answer the owner is asked for a sign of life. On a loaded machine that may take seconds:
# a thread of low priority that is in the middle of native code keeps the interpreter from the one that would answer.
_QUIET_SECONDS = 1.0
_PATIENCE_SECONDS = 30.0
# What people wait for with the pointer on a name.
_READING = frozenset({"status", "file_status", "file_groups", "lookup", "definitions_in"})
_READING_PATIENCE_SECONDS = 7.0


class OwnerClient:
    """A connection to the owner: requests in flight, and a thread that reads answers and events.

    ``name`` is how a sentence calls the owner.
    """

    def __init__(self, connection: Connection, announce: Callable[[IndexEvent], None], name: str) -> None:
        self._connection = connection
        self._publish_status = announce
        self._name = name
        self._heard = threading.Event()
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._progress: dict[int, Callable[[Progress], None]] = {}
        self._updates: set[int] = set()
        self._next = 0
        self.is_closed = False
        threading.Thread(target=self._read, name="index-reader", daemon=True).start()

    def call(
        self,
        method: str,
        params: Frame,
        on_progress: Callable[[Progress], None] | None = None,
        timeout: float | None = None,
    ) -> Any:  # noqa: ANN401
        """Send a request and wait for its answer, at most ``timeout`` seconds.

        Raises:
            ConnectionError: the owner is gone, or has no answer in time.
            StorageError: it gives no sign of life.
            FieldguideError: what the owner says went wrong.
        """
        answer: Future[Any] = Future()
        with self._lock:
            if self.is_closed:
                raise ConnectionResetError
            self._next += 1
            request = self._next
            self._waiting[request] = answer
            if method == "update":
                self._updates.add(request)
            if on_progress is not None:
                self._progress[request] = on_progress
        try:
            self._connection.send({"id": request, "method": method, "params": params})
            return self._await(answer, method) if timeout is None else answer.result(timeout)
        except KeyboardInterrupt:
            self._cancel(request)
            raise
        except OSError as error:
            self._end()
            raise ConnectionResetError from error
        finally:
            self._waiting.pop(request, None)
            self._updates.discard(request)
            self._progress.pop(request, None)

    def _await(self, answer: "Future[Any]", method: str) -> Any:  # noqa: ANN401 - any result of the engine
        """Return the answer, however long it takes, as long as the owner lives; it may be stopped, or hang."""
        patience = _READING_PATIENCE_SECONDS if method in _READING else _PATIENCE_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                return answer.result(_QUIET_SECONDS)
            self._heard.clear()
            self._connection.send({"id": 0, "method": "ping", "params": {}})
            if not self._heard.wait(patience):
                raise StorageError(
                    f"{self._name} does not answer; if you end it, another one takes its place."
                )

    def cancel_updates(self) -> None:
        """Have the updates in flight end after the batch at hand; each is answered with what it did."""
        for request in tuple(self._updates):
            self._cancel(request)

    def _cancel(self, request: int) -> None:
        with contextlib.suppress(OSError):
            self._connection.send({"id": 0, "method": "cancel", "params": {"request": request}})

    def close(self) -> None:
        """End the connection; requests in flight fail."""
        self._connection.close()

    def _read(self) -> None:
        while (frame := self._connection.receive()) is not None:
            self._heard.set()
            try:
                self._take(frame)
            except Exception:
                logger.exception("A listener of the index failed")
        self._end()
        self._connection.release()

    def _end(self) -> None:
        self._heard.set()
        with self._lock:
            self.is_closed = True
            for answer in tuple(self._waiting.values()):
                with contextlib.suppress(InvalidStateError):
                    answer.set_exception(ConnectionResetError())

    def _take(self, frame: Frame) -> None:
        if "event" in frame:
            event = Progress(**frame["data"]) if frame["of"] == "Progress" else status_of(frame["data"])
            report = self._progress.get(frame["event"])
            if report is not None and isinstance(event, Progress):
                report(event)
            elif frame["event"] == "status":
                self._publish_status(event)
            return
        answer = self._waiting.pop(frame["id"], None)
        if answer is None:
            return
        if "error" in frame:
            answer.set_exception(decode_error(frame["error"]))
        else:
            answer.set_result(frame["result"])


def status_of(data: Frame) -> IndexStatus:
    """Return a status as the owner sent it."""
    return IndexStatus(**{**data, "state": State(data["state"])})


def reach(home: Path, announce: Callable[[IndexEvent], None], *, replace: bool = True) -> OwnerClient | None:
    """Return a link to the running owner; ``None`` when there is none or its endpoint file is a dead one's.

    One of another version is asked to leave, unless it is not to be replaced by us.
    """
    endpoint = read_endpoint(home)
    if endpoint is None:
        return None
    try:
        sock = socket.create_connection(("127.0.0.1", endpoint.port), timeout=2)
    except (OSError, OverflowError):
        return None
    sock.settimeout(None)
    connection = Connection(sock)
    with contextlib.suppress(OSError):
        connection.send({"token": endpoint.token})
        if endpoint.version == version():
            return OwnerClient(connection, announce, f"The process that keeps the index ({endpoint.pid})")
        if replace:
            connection.send({"id": 0, "method": "stop", "params": {}})
    connection.release()
    return None


def start_owner(folder: Root, home: Path) -> "subprocess.Popen[bytes]":
    """Start the owner apart from this process: it outlives us, and no signal of our terminal reaches it.

    ``-P`` keeps the working folder off its import path: a workspace may hold files named like our packages.
    """
    none = subprocess.DEVNULL
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    command = [
        sys.executable,
        "-P",
        "-m",
        "fieldguide_indexer.owner.server",
        *([SOURCES_FLAG] if isinstance(folder, SourceList) else []),
        os.fspath(folder),
        os.fspath(home),
    ]
    with (home / LOG_FILE).open("ab") as log:
        owner = subprocess.Popen(
            command,
            stdin=none,
            stdout=none,
            stderr=log,
            cwd=home,
            start_new_session=True,
            creationflags=flags,
        )
    # Waited for so that no zombie stays when it leaves before us.
    threading.Thread(target=owner.wait, name="owner-reaper", daemon=True).start()
    return owner
