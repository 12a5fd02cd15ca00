"""The one process that owns an index. Others talk to it over ``wire.py``; ``index.py`` starts it when it is missing.

Two writers on one vector store lose vectors silently, and a second reader never sees new ones: so there is one owner,
told by a lock on its folder. It listens on loopback, admits who knows the token of its endpoint file (which only this
user can read), and leaves when nobody has been connected for a while and no work is left.
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
# Who asks the disk or SQLite gives up the interpreter, and gets it back from a busy thread after so long only: with
# Python's own 5 ms, a scan waits that long at one file after the other while Chroma is imported.
_TURN_SECONDS = 0.0005
# What depends on the unsaved buffers of who asks, and what does not.
_CLIENT_METHODS = frozenset({"overlay", "search", "lookup", "definitions_in"})
_ENGINE_METHODS = frozenset(
    {
        "status",
        "file_status",
        "file_groups",
        "files_in",
        "wait_until_ready",
        "pause",
        "resume",
    }
)


class OwnerServer:
    """Serves one index to many connections."""

    def __init__(self, folder: Root, home: Path) -> None:
        self._home = home
        self._owned = HostedIndex(folder, home, self._broadcast)
        self._token = secrets.token_hex(32)
        self._address: tuple[str, int] = ("127.0.0.1", 0)
        self._connections: dict[Connection, UnsavedBuffers] = {}
        self._last_left = time.monotonic() + _FIRST_CLIENT_SECONDS
        self._cancels: dict[tuple[Connection, int], threading.Event] = {}
        self._stopping = threading.Event()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")

    def run(self, linger_seconds: float) -> None:
        """Listen until there is nobody left to serve and nothing left to do."""
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

    def _is_endpoint_ours(self) -> bool:
        """False when somebody removed our folder, or another owner took our place in a new one."""
        endpoint = read_endpoint(self._home)
        return endpoint is not None and endpoint.token == self._token

    def _is_over(self, linger_seconds: float) -> bool:
        if self._stopping.is_set() or not self._is_endpoint_ours():
            return True
        if self._connections or not self._owned.is_idle:
            return False
        # An owner that was started to lend has nobody to wait for.
        linger = linger_seconds if self._owned.engine is not None else 0.0
        return time.monotonic() - self._last_left > max(linger, _GREETING_SECONDS)

    def _close(self) -> None:
        """Turn everybody away first: a request cut off by a closed connection is asked again elsewhere."""
        self._stopping.set()
        for connection in tuple(self._connections):
            connection.close()
        self._owned.close()
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _serve(self, connection: Connection) -> None:
        hello = connection.receive()
        if hello is None or not secrets.compare_digest(str(hello.get("token")), self._token):
            connection.release()
            return
        # Who does not read what he is told must not hold up everybody else for ever.
        connection.give_up_sending_after(_STUCK_SECONDS)
        self._connections[connection] = UnsavedBuffers()
        try:
            while not self._stopping.is_set() and (frame := connection.receive()):
                self._dispatch(connection, frame)
        finally:
            self._connections.pop(connection, None)
            self._last_left = time.monotonic()
            connection.release()

    def _dispatch(self, connection: Connection, frame: Frame) -> None:
        """Update queue behind each other, who waits has a thread of his own, everything else is quick."""
        if frame["method"] in ("ping", "cancel"):
            self._answer(connection, frame)  # at once, however busy the others are
        elif frame["method"] == "update":
            self._cancels[connection, frame["id"]] = threading.Event()
            self._owned.queue(partial(self._answer, connection, frame))
        elif frame["method"] == "wait_until_ready":
            threading.Thread(target=self._answer, args=(connection, frame), daemon=True).start()
        else:
            self._readers.submit(self._answer, connection, frame)

    def _answer(self, connection: Connection, frame: Frame) -> None:
        """The error boundary: each request is answered exactly once."""
        try:
            reply = {"id": frame["id"], "result": encode(self._call(connection, frame))}
        except ClosedCatalogError:
            return connection.close()  # it is asked again, of the next owner
        except FieldguideError as error:
            reply = {"id": frame["id"], "error": encode_error(error)}
        except Exception:
            if self._stopping.is_set():
                return connection.close()
            logger.exception("%s failed", frame["method"])
            sentence = "The index failed to answer; its log has the details."
            reply = {"id": frame["id"], "error": {"type": "FieldguideError", "message": sentence}}
        try:
            connection.send(reply)
        except OSError:
            logger.debug("The asker of %s has left", frame["method"])

    def _call(self, connection: Connection, frame: Frame) -> object:
        method, params = frame["method"], frame["params"]
        own: dict[str, Callable[..., object]] = {
            "open": self._owned.open,
            "watch": self._owned.watch,
            "catch_up": self._owned.catch_up,
            "lend": self._owned.lend,
            "stop": self._stop,
            "ping": lambda: None,
            "cancel": partial(self._cancel, connection),
        }
        if method in own:
            return own[method](**params)
        engine = self._owned.engine
        if engine is None:
            raise FieldguideError("The index is not open yet.")
        if method == "update":
            return self._update(engine, connection, frame)
        if method in _CLIENT_METHODS:
            # Who has left meanwhile has none, and hears no answer.
            unsaved = self._connections.get(connection) or UnsavedBuffers()
            return getattr(engine, method)(**params, unsaved=unsaved)
        if method not in _ENGINE_METHODS:
            raise FieldguideError(f"An index cannot {method}.")
        return getattr(engine, method)(**params)

    def _update(self, engine: Engine, connection: Connection, frame: Frame) -> UpdateReport:
        asked = connection, frame["id"]
        try:
            paths, anew = frame["params"]["paths"], frame["params"].get("anew", False)
            return engine.update(paths, self._reporter(*asked), self._cancels[asked], anew=anew)
        finally:
            del self._cancels[asked]

    def _cancel(self, connection: Connection, request: int) -> None:
        cancelled = self._cancels.get((connection, request))
        if cancelled is not None:
            cancelled.set()

    def _stop(self) -> None:
        remove_endpoint(self._home, self._token)  # who comes now finds no door, and waits for the next owner
        self._stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._address, timeout=1).close()  # wakes who waits for a connection

    def _reporter(self, connection: Connection, request: int) -> Callable[[Progress], None]:
        def report(progress: Progress) -> None:
            try:
                connection.send({"event": request, "of": "Progress", "data": encode(progress)})
            except OSError:
                logger.debug("The asker of the update has left; it goes on")

        return report

    def _broadcast(self, event: IndexEvent) -> None:
        frame = {"event": "status", "of": type(event).__name__, "data": encode(event)}
        for connection in tuple(self._connections):
            try:
                connection.send(frame)
            except OSError:
                self._connections.pop(connection, None)


def main() -> int:
    """Run ``python -m fieldguide_indexer.owner.server [--sources] FOLDER HOME``: own the index of FOLDER, kept in HOME.

    With ``--sources``, FOLDER is the file that lists what is indexed. No workspace can ask for that by what it holds.
    """
    *flags, place, kept = sys.argv[1:]
    folder: Root = SourceList(Path(place)) if SOURCES_FLAG in flags else Path(place)
    home = Path(kept)
    sys.setswitchinterval(_TURN_SECONDS)
    lock = FileLock(home / LOCK_FILE)
    try:
        if not _obtain(lock, home):
            return 0  # another process owns this index already
        with lock:
            _log_to(home / LOG_FILE)
            OwnerServer(folder, home).run(float(os.environ.get(LINGER_VARIABLE, _LINGER_SECONDS)))
    except Exception:
        logger.exception("The owner of the index failed")
        return 1
    return 0


def _obtain(lock: FileLock, home: Path) -> bool:
    """Take the lock; waits for an owner that is leaving, who can be told by having no endpoint any more."""
    deadline = time.monotonic() + _CLOSING_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.2)
            return True
        if has_endpoint(home):
            return False
    return False


def _log_to(file: Path) -> None:
    """Log to a file that is begun anew by each owner. Whoever started us keeps nothing of ours open."""
    logging.basicConfig(
        filename=file, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )


if __name__ == "__main__":
    sys.exit(main())
