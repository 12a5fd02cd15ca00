"""The façade: an index of a workspace folder, wherever the process is that owns it."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.locations import index_folder, make_private, workspace_folder
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.types import (
    Definition,
    FileStatus,
    Hit,
    IndexStatus,
    Lookup,
    Progress,
    Reference,
    SkippedFile,
    State,
    UpdateReport,
)
from fieldguide_indexer.wire import Connection, Frame, decode_error, encode_options, version

logger = logging.getLogger(__name__)

Event = IndexStatus | Progress

_START_SECONDS = 30.0
_POLL_SECONDS = 0.02
_RETRY_SECONDS = (0.1, 0.4, 1.2)


class Index:
    """A workspace's index. All methods may be called from any thread; each waits for its answer.

    The work is done by the index's owner process, which every client on this machine shares; it is started when
    missing and again if it dies.
    """

    def __init__(self, folder: Path, home: Path, options: IndexOptions) -> None:
        self.folder = folder
        self._home = home
        self._options = options
        self._lock = threading.RLock()
        self._link: _Link | None = None
        self._watching = False
        self._closed = False
        self._callbacks: list[Callable[[Event], None]] = []

    @classmethod
    def open(cls, folder: Path, options: IndexOptions | None = None) -> Self:
        """Opens the index of a workspace folder, starting its owner where none runs.

        Raises:
            WorkspaceError: there is no such folder.
            StorageError: the cache cannot be written, or the owner does not start.
        """
        chosen = options or IndexOptions()
        true_folder = workspace_folder(folder)
        home = index_folder(true_folder, chosen)
        make_private(home)
        index = cls(true_folder, home, chosen)
        index.status()
        return index

    def update(
        self, paths: Sequence[str] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> UpdateReport:
        """Makes words and symbols agree with the folder, or with these paths of it. Vectors follow by themselves.

        Raises:
            StorageError: the disk refuses. What was stored before is kept.
        """
        listed = None if paths is None else list(paths)
        data = self._call("update", {"paths": listed}, on_progress)
        skipped = tuple(SkippedFile(**each) for each in data.pop("skipped"))
        failed = tuple(SkippedFile(**each) for each in data.pop("failed"))
        return UpdateReport(**data, skipped=skipped, failed=failed)

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        """The best chunks for a question, best first; ``within`` is ``all``, ``code`` or ``docs``."""
        found = self._call("search", {"query": query, "limit": limit, "within": within})
        return [Hit(**each) for each in found]

    def lookup(self, name: str) -> Lookup:
        """Where a name is defined and which lines name it."""
        data = self._call("lookup", {"name": name})
        return Lookup(
            data["name"],
            tuple(Definition(**each) for each in data["definitions"]),
            tuple(Reference(**each) for each in data["references"]),
        )

    def definitions_in(self, path: str) -> list[Definition]:
        """The definitions of one file, by line."""
        return [Definition(**each) for each in self._call("definitions_in", {"path": path})]

    def status(self) -> IndexStatus:
        """What the index can do now."""
        return _status(self._call("status", {}))

    def file_status(self, path: str) -> FileStatus:
        """What the index holds of one file, and why not where it holds nothing."""
        return FileStatus(**self._call("file_status", {"path": path}))

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Waits until no update runs and the vectors are made too, or cannot be; says what came of it."""
        return _status(self._call("wait_until_ready", {"timeout": timeout}))

    def watch(self) -> str:
        """Has the owner watch the folder, for clients that cannot; gives a sentence when that is impaired."""
        self._watching = True
        return str(self._call("watch", {}))

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Calls back, from a thread of its own, with every change of state; returns how to end that.

        The callback must not ask the index anything: it would wait for an answer that only its own thread can read.
        """
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def pause(self) -> IndexStatus:
        """Has the owner rest, for all its clients: an update under way waits, no vectors are made.

        Searches go on. It holds until ``resume``, or until the owner ends; the status gives it as its reason.
        """
        return _status(self._call("pause", {}))

    def resume(self) -> IndexStatus:
        """Goes on with the work after ``pause``."""
        return _status(self._call("resume", {}))

    def stop_owner(self) -> None:
        """Ends the owner process, whoever else uses it; the next call starts it again."""
        with contextlib.suppress(ConnectionError):  # it may be gone before it has answered
            self._connected().call("stop", {})

    def close(self) -> None:
        """Leaves the owner, which goes on with the work at hand and leaves by itself later."""
        self._closed = True
        with self._lock:
            if self._link is not None:
                self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, params: Frame, on_progress: Callable[[Progress], None] | None = None) -> Any:  # noqa: ANN401
        """Asks the owner; asks again when it left or died meanwhile (every request may be repeated)."""
        for pause in _RETRY_SECONDS:
            with contextlib.suppress(ConnectionError):
                return self._connected().call(method, params, on_progress)
            logger.info("The owner of the index is gone; starting it again")
            time.sleep(pause)  # one that is leaving turns us away until it has left
        try:
            return self._connected().call(method, params, on_progress)
        except ConnectionError as error:
            raise StorageError(_dies(self._home)) from error

    def _connected(self) -> "_Link":
        with self._lock:
            if self._closed:
                raise StorageError("The index was closed.")
            if self._link is None or self._link.is_closed:
                self._link = self._connect()
                self._link.call("open", {"options": encode_options(self._options)})
                if self._watching:
                    self._link.call("watch", {})
            return self._link

    def _connect(self) -> "_Link":
        deadline = time.monotonic() + _START_SECONDS
        owner: subprocess.Popen[bytes] | None = None
        while time.monotonic() < deadline and not self._closed:
            link = _reach(self._home, self._announce)
            if link is not None:
                return link
            make_private(self._home)  # which somebody may have removed
            if owner is None or owner.poll() == 0:  # 0: another owner had the lock
                owner = _start_owner(self.folder, self._home)
            elif owner.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        raise StorageError("The index was closed." if self._closed else _dies(self._home))

    def _announce(self, event: Event) -> None:
        for callback in tuple(self._callbacks):
            callback(event)


class _Link:
    """A connection to the owner: requests in flight, and a thread that reads answers and events."""

    def __init__(self, connection: Connection, announce: Callable[[Event], None]) -> None:
        self._connection = connection
        self._announce = announce
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._progress: dict[int, Callable[[Progress], None]] = {}
        self._next = 0
        self.is_closed = False
        threading.Thread(target=self._read, name="index-reader", daemon=True).start()

    def call(self, method: str, params: Frame, on_progress: Callable[[Progress], None] | None = None) -> Any:  # noqa: ANN401
        """Sends a request and waits for its answer.

        Raises:
            ConnectionError: the owner is gone.
            FieldguideError: what the owner says went wrong.
        """
        answer: Future[Any] = Future()
        with self._lock:
            if self.is_closed:
                raise ConnectionResetError
            self._next += 1
            request = self._next
            self._waiting[request] = answer
            if on_progress is not None:
                self._progress[request] = on_progress
        try:
            self._connection.send({"id": request, "method": method, "params": params})
            return answer.result()
        except OSError as error:
            self._end()
            raise ConnectionResetError from error
        finally:
            self._waiting.pop(request, None)
            self._progress.pop(request, None)

    def close(self) -> None:
        self._connection.close()

    def _read(self) -> None:
        while (frame := self._connection.receive()) is not None:
            try:
                self._take(frame)
            except Exception:
                logger.exception("A listener of the index failed")
        self._end()
        self._connection.release()

    def _end(self) -> None:
        with self._lock:
            self.is_closed = True
            for answer in tuple(self._waiting.values()):
                with contextlib.suppress(InvalidStateError):
                    answer.set_exception(ConnectionResetError())

    def _take(self, frame: Frame) -> None:
        if "event" in frame:
            event = Progress(**frame["data"]) if frame["of"] == "Progress" else _status(frame["data"])
            report = self._progress.get(frame["event"])
            if report is not None and isinstance(event, Progress):
                report(event)
            elif frame["event"] == "status":
                self._announce(event)
            return
        answer = self._waiting.pop(frame["id"], None)
        if answer is None:
            return
        if "error" in frame:
            answer.set_exception(decode_error(frame["error"]))
        else:
            answer.set_result(frame["result"])


def _status(data: Frame) -> IndexStatus:
    return IndexStatus(**{**data, "state": State(data["state"])})


def _reach(home: Path, announce: Callable[[Event], None]) -> _Link | None:
    """A link to the running owner; ``None`` when there is none or its endpoint file is a dead one's."""
    try:
        endpoint = json.loads((home / "owner.json").read_text(encoding="utf-8"))
        sock = socket.create_connection(("127.0.0.1", endpoint["port"]), timeout=2)
    except (OSError, ValueError, KeyError):
        return None
    sock.settimeout(None)
    connection = Connection(sock)
    with contextlib.suppress(OSError):
        connection.send({"token": endpoint["token"]})
        if endpoint["version"] == version():
            return _Link(connection, announce)
        connection.send({"id": 0, "method": "stop", "params": {}})
    connection.release()
    return None


def _dies(home: Path) -> str:
    return f"The process that owns the index does not stay up; {home / 'owner.log'} says why."


def _start_owner(folder: Path, home: Path) -> "subprocess.Popen[bytes]":
    """Starts the owner apart from this process: it outlives us, and no signal of our terminal reaches it.

    ``-P`` keeps the working folder off its import path: a workspace may hold files named like our packages.
    """
    none = subprocess.DEVNULL
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    command = [sys.executable, "-P", "-m", "fieldguide_indexer.service", os.fspath(folder), os.fspath(home)]
    with (home / "owner.log").open("ab") as log:
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
