"""The owner process of an index. It serves clients over ``ipc``; ``index.py`` starts it where none runs.

Two writers on one vector store lose vectors silently, and a second reader never sees new ones: so there is one owner,
made sure by a lock on the index's folder. It listens on loopback, admits clients that know the token of its endpoint
file (which only this user can read), and ends when no client has been connected for a while and no work is left.
"""

import contextlib
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.ipc.client import SOURCES_FLAG
from fieldguide_indexer.ipc.connection import (
    Connection,
    Frame,
    encode,
    encode_error,
    version,
)
from fieldguide_indexer.ipc.endpoint import (
    LOCK_FILE,
    LOG_FILE,
    Endpoint,
    has_endpoint,
    read_endpoint,
    remove_endpoint,
    write_endpoint,
)
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_indexer.owner.hosted_index import HostedIndex
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.store.database import ClosedCatalogError
from fieldguide_indexer.types import IndexEvent, Progress, UpdateReport

logger = logging.getLogger(__name__)

LINGER_VARIABLE = "FIELDGUIDE_LINGER_SECONDS"

_LINGER_SECONDS = 60.0
_FIRST_CLIENT_SECONDS = 10.0
_GREETING_SECONDS = 0.5
_STUCK_SECONDS = 10.0
_CLOSING_SECONDS = 60.0
_READERS = 8
# How many requests of one client may wait in the pool.
_REQUESTS_AT_ONCE = 32
# A thread that reads the disk or SQLite releases the interpreter, and gets it back from a busy thread only after this
# interval. With Python's own 5 ms, a scan would wait that long at each file while Chroma is imported.
_SWITCH_SECONDS = 0.0005
# Methods whose answer depends on the unsaved buffers of the client.
_BUFFER_METHODS = frozenset({"overlay", "search", "lookup", "definitions_in"})
_QUERIES = frozenset({"search", "lookup", "definitions_in", "file_groups"})
_ENGINE_METHODS = frozenset(
    {"overlay", "status", "file_status", "files_in", "wait_until_ready", "pause", "resume"}
)


class OwnerServer:
    """Serves one index to many connections."""

    def __init__(self, folder: Root, home: Path) -> None:
        self._home = home
        self._index = HostedIndex(folder, home, self._broadcast)
        self._token = secrets.token_hex(32)
        self._address: tuple[str, int] = ("127.0.0.1", 0)
        self._connections: dict[Connection, UnsavedBuffers] = {}
        self._last_left = time.monotonic() + _FIRST_CLIENT_SECONDS
        self._cancels: dict[tuple[Connection, int], threading.Event] = {}
        self._stopping = threading.Event()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")

    def run(self, linger_seconds: float) -> None:
        """Listen until no client is left and no work, or until ``stop``."""
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(min(1.0, max(0.05, linger_seconds / 4)))
        self._address = listener.getsockname()
        write_endpoint(self._home, Endpoint(self._address[1], self._token, os.getpid(), version()))
        try:
            while not self._is_over(linger_seconds):
                try:
                    sock, _ = listener.accept()
                except TimeoutError:
                    continue
                sock.settimeout(None)
                self._last_left = time.monotonic()
                threading.Thread(target=self._serve, args=(Connection(sock),), daemon=True).start()
        finally:
            remove_endpoint(self._home, self._token)
            listener.close()
            self._close()

    def stop(self) -> None:
        """Have ``run`` return. Clients that come now find no endpoint, and wait for the next owner."""
        remove_endpoint(self._home, self._token)
        self._stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._address, timeout=1).close()  # ends the wait for a connection

    def _has_endpoint(self) -> bool:
        """Return whether the endpoint file belongs to this owner; false if the folder was removed, or another owner listens in a new one."""
        endpoint = read_endpoint(self._home)
        return endpoint is not None and endpoint.token == self._token

    def _is_over(self, linger_seconds: float) -> bool:
        if self._stopping.is_set() or not self._has_endpoint():
            return True
        if self._connections or not self._index.is_idle:
            return False
        # An owner that was started to lend vectors need not wait for another client.
        linger = linger_seconds if self._index.engine is not None else 0.0
        return time.monotonic() - self._last_left > max(linger, _GREETING_SECONDS)

    def _close(self) -> None:
        """Close the connections first: a client repeats a request that ends with its connection at the next owner."""
        self._stopping.set()
        for connection in tuple(self._connections):
            connection.close()
        self._index.close()
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _serve(self, connection: Connection) -> None:
        greeting = connection.receive()
        if greeting is None or not secrets.compare_digest(str(greeting.get("token")), self._token):
            connection.release()
            return
        # A client that does not read must not block the others, nor one that sends thousands of requests at once.
        connection.send_in_background(_STUCK_SECONDS)
        places = threading.BoundedSemaphore(_REQUESTS_AT_ONCE)
        self._connections[connection] = UnsavedBuffers()
        try:
            while not self._stopping.is_set() and (frame := connection.receive()):
                self._dispatch(connection, frame, places)
        finally:
            self._connections.pop(connection, None)
            self._last_left = time.monotonic()
            connection.release()

    def _dispatch(self, connection: Connection, frame: Frame, places: threading.BoundedSemaphore) -> None:
        """Answer a request: updates in a queue, waiting in a thread of its own, everything else in a pool.

        While all ``places`` of a client in the pool are taken, none of its further requests is read.
        """
        if frame["method"] in ("ping", "cancel"):
            self._answer(connection, frame)  # at once, however busy the pool is
        elif frame["method"] == "update":
            self._cancels[connection, frame["id"]] = threading.Event()
            self._index.queue(partial(self._answer, connection, frame))
        elif frame["method"] == "wait_until_ready":
            threading.Thread(target=self._answer, args=(connection, frame), daemon=True).start()
        else:
            places.acquire()
            try:
                answer = self._readers.submit(self._answer, connection, frame)
            except RuntimeError:  # the owner is ending
                connection.close()
                return
            answer.add_done_callback(lambda _: places.release())

    def _answer(self, connection: Connection, frame: Frame) -> None:
        """Answer a request exactly once, with its result or its error."""
        try:
            answer = {"id": frame["id"], "result": encode(self._call(connection, frame))}
        except ClosedCatalogError:
            return connection.close()  # the client repeats the request at the next owner
        except FieldguideError as error:
            answer = {"id": frame["id"], "error": encode_error(error)}
        except Exception:
            if self._stopping.is_set():
                return connection.close()
            logger.exception("The request %s raised an error", frame["method"])
            message = "The index could not answer; its log has the details."
            answer = {"id": frame["id"], "error": {"type": "FieldguideError", "message": message}}
        try:
            connection.send(answer)
        except OSError:
            logger.debug("The client that sent %s has disconnected", frame["method"])

    def _call(self, connection: Connection, frame: Frame) -> object:
        method, params = frame["method"], frame["params"]
        handlers: dict[str, Callable[..., object]] = {
            "open": self._index.open,
            "watch": self._index.watch,
            "catch_up": self._index.catch_up,
            "lend": self._index.lend,
            "stop": self.stop,
            "ping": lambda: None,
            "cancel": partial(self._cancel, connection),
        }
        if method in handlers:
            return handlers[method](**params)
        engine = self._index.engine
        if engine is None:
            raise FieldguideError("The index is not open yet.")
        if method == "update":
            return self._update(engine, connection, frame)
        if method not in _QUERIES | _ENGINE_METHODS:
            raise FieldguideError(f"An index has no method {method}.")
        function = getattr(engine.queries if method in _QUERIES else engine, method)
        if method not in _BUFFER_METHODS:
            return function(**params)
        # A client that has disconnected meanwhile has no buffers, and gets no answer.
        return function(**params, unsaved=self._connections.get(connection) or UnsavedBuffers())

    def _update(self, engine: Engine, connection: Connection, frame: Frame) -> UpdateReport:
        request = connection, frame["id"]
        try:
            return engine.update(
                frame["params"]["paths"],
                self._progress_sender(*request),
                self._cancels[request],
                force=frame["params"]["force"],
            )
        finally:
            del self._cancels[request]

    def _cancel(self, connection: Connection, request: int) -> None:
        cancelled = self._cancels.get((connection, request))
        if cancelled is not None:
            cancelled.set()

    def _progress_sender(self, connection: Connection, request: int) -> Callable[[Progress], None]:
        def send(progress: Progress) -> None:
            try:
                connection.send({"event": request, "type": "Progress", "data": encode(progress)})
            except OSError:
                logger.debug("The client of the update has disconnected; it continues")

        return send

    def _broadcast(self, event: IndexEvent) -> None:
        frame = {"event": "status", "type": type(event).__name__, "data": encode(event)}
        for connection in tuple(self._connections):
            try:
                connection.send(frame)
            except OSError:
                self._connections.pop(connection, None)


def main() -> int:
    """Run ``python -m fieldguide_indexer.owner.server [--sources] FOLDER HOME``: own the index of FOLDER, kept in HOME.

    With ``--sources``, FOLDER is the file of a ``SourceList``. A flag says so, since a workspace must not be able to.
    """
    *flags, path, home_path = sys.argv[1:]
    folder: Root = SourceList(Path(path)) if SOURCES_FLAG in flags else Path(path)
    home = Path(home_path)
    sys.setswitchinterval(_SWITCH_SECONDS)
    lock = FileLock(home / LOCK_FILE)
    try:
        if not _acquire(lock, home):
            return 0  # another process owns this index
        with lock:
            _log_to(home / LOG_FILE)
            OwnerServer(folder, home).run(float(os.environ.get(LINGER_VARIABLE, _LINGER_SECONDS)))
    except Exception:
        logger.exception("The owner of the index ended with an error")
        return 1
    return 0


def _acquire(lock: FileLock, home: Path) -> bool:
    """Acquire the lock, after an owner that is ending: one that holds the lock and has no endpoint any more."""
    deadline = time.monotonic() + _CLOSING_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.2)
            return True
        if has_endpoint(home):
            return False
    return False


def _log_to(file: Path) -> None:
    """Log to a file that each owner replaces."""
    logging.basicConfig(
        filename=file, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )


if __name__ == "__main__":
    sys.exit(main())
