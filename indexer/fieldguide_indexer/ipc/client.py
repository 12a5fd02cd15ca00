"""How a client reaches the owner process of an index: find it, start it, and exchange requests with it."""

import contextlib
import logging
import socket
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldguide_indexer.child_process import start_detached
from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.ipc.connection import Connection, Frame, decode_error, decode_status, version
from fieldguide_indexer.ipc.endpoint import LOG_FILE, read_endpoint
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.types import IndexEvent, Progress

logger = logging.getLogger(__name__)

# An argument of the owner's program: what follows is a list of sources, not a folder.
SOURCES_FLAG = "--sources"

# Requests that people wait for with the pointer on a name.
_QUICK_METHODS = frozenset({"status", "file_status", "file_groups", "lookup", "definitions_in"})


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How long a client waits, in seconds.

    Attributes:
        start: For an owner that was started to accept connections.
        quiet: For an answer, before it asks the owner for a sign of life.
        sign_of_life: For that sign. On a loaded machine it may take seconds: a thread of low priority in the middle of
            native code keeps the interpreter from the thread that would answer.
        quick_sign_of_life: The same for requests of a user who waits with the pointer on a name.
        catch_up: For a look at every file before the first answer of an owner that replaced a dead one. What takes
            longer goes on in the background.
    """

    start: float = 30.0
    quiet: float = 1.0
    sign_of_life: float = 30.0
    quick_sign_of_life: float = 7.0
    catch_up: float = 5.0


class OwnerClient:
    """A connection to the owner: requests in flight, and a thread that reads answers and events.

    Args:
        connection: An authenticated connection, which this object closes.
        on_event: Called from the reading thread with every event that belongs to no request.
        owner: What error messages call the owner.
        limits: How long requests wait.
    """

    def __init__(
        self, connection: Connection, on_event: Callable[[IndexEvent], None], owner: str, limits: ClientLimits
    ) -> None:
        self._connection = connection
        self._on_event = on_event
        self._owner = owner
        self._limits = limits
        self._received = threading.Event()
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._progress: dict[int, Callable[[Progress], None]] = {}
        self._updates: set[int] = set()
        self._last_id = 0
        self.is_closed = False
        threading.Thread(target=self._read, name="index-reader", daemon=True).start()

    def call(
        self,
        method: str,
        params: Frame,
        on_progress: Callable[[Progress], None] | None = None,
        timeout: float | None = None,
    ) -> Any:  # noqa: ANN401
        """Send a request and return its answer, waiting at most ``timeout`` seconds.

        Raises:
            ConnectionError: The owner has ended, or has not answered in time.
            StorageError: The owner gives no sign of life.
            FieldguideError: The error that the owner answered.
        """
        answer: Future[Any] = Future()
        with self._lock:
            if self.is_closed:
                raise ConnectionResetError
            self._last_id += 1
            request = self._last_id
            self._waiting[request] = answer
            if method == "update":
                self._updates.add(request)
            if on_progress is not None:
                self._progress[request] = on_progress
        try:
            self._connection.send({"id": request, "method": method, "params": params})
            return self._wait(answer, method) if timeout is None else answer.result(timeout)
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

    def _wait(self, answer: "Future[Any]", method: str) -> Any:  # noqa: ANN401 - any result of the engine
        """Return the answer, however long it takes, as long as the owner gives signs of life."""
        limits = self._limits
        patience = limits.quick_sign_of_life if method in _QUICK_METHODS else limits.sign_of_life
        while True:
            with contextlib.suppress(TimeoutError):
                return answer.result(limits.quiet)
            self._received.clear()
            self._connection.send({"id": 0, "method": "ping", "params": {}})
            if not self._received.wait(patience):
                raise StorageError(f"{self._owner} does not answer; if you end it, a new one is started.")

    def cancel_updates(self) -> None:
        """Have the updates in flight end after the current batch; each is answered with what it did."""
        for request in tuple(self._updates):
            self._cancel(request)

    def _cancel(self, request: int) -> None:
        with contextlib.suppress(OSError):
            self._connection.send({"id": 0, "method": "cancel", "params": {"request": request}})

    def close(self) -> None:
        """Close the connection; requests in flight raise ConnectionError."""
        self._connection.close()

    def _read(self) -> None:
        while (frame := self._connection.receive()) is not None:
            self._received.set()
            try:
                self._handle(frame)
            except Exception:
                logger.exception("A listener of the index raised an error")
        self._end()
        self._connection.release()

    def _end(self) -> None:
        self._received.set()
        with self._lock:
            self.is_closed = True
            for answer in tuple(self._waiting.values()):
                with contextlib.suppress(InvalidStateError):
                    answer.set_exception(ConnectionResetError())

    def _handle(self, frame: Frame) -> None:
        if "event" in frame:
            self._handle_event(frame)
            return
        answer = self._waiting.pop(frame["id"], None)
        if answer is None:
            return
        if "error" in frame:
            answer.set_exception(decode_error(frame["error"]))
        else:
            answer.set_result(frame["result"])

    def _handle_event(self, frame: Frame) -> None:
        event = Progress(**frame["data"]) if frame["type"] == "Progress" else decode_status(frame["data"])
        on_progress = self._progress.get(frame["event"])
        if on_progress is not None and isinstance(event, Progress):
            on_progress(event)
        elif frame["event"] == "status":
            self._on_event(event)


def connect_to_owner(
    home: Path,
    on_event: Callable[[IndexEvent], None],
    limits: ClientLimits | None = None,
    *,
    replace: bool = True,
) -> OwnerClient | None:
    """Return a connection to the running owner; None where there is none.

    An owner of another version is asked to end, so that one of this version can take its place, unless ``replace`` is False.
    """
    endpoint = read_endpoint(home)
    if endpoint is None:
        return None
    try:
        sock = socket.create_connection(("127.0.0.1", endpoint.port), timeout=2)
    except (OSError, OverflowError):  # a dead owner's endpoint
        return None
    sock.settimeout(None)
    connection = Connection(sock)
    with contextlib.suppress(OSError):
        connection.send({"token": endpoint.token})
        if endpoint.version == version():
            owner = f"The process that keeps the index ({endpoint.pid})"
            return OwnerClient(connection, on_event, owner, limits or ClientLimits())
        if replace:
            connection.send({"id": 0, "method": "stop", "params": {}})
    connection.release()
    return None


def start_owner(folder: Root, home: Path) -> "subprocess.Popen[bytes]":
    """Start the owner of the index of ``folder``, kept in ``home``. It outlives this process."""
    flags = [SOURCES_FLAG] if isinstance(folder, SourceList) else []
    program = ["-m", "fieldguide_indexer.owner.server", *flags, str(folder), str(home)]
    return start_detached(*program, folder=home, log=home / LOG_FILE)
