"""The façade: an index of a workspace folder, wherever the process is that owns it."""

import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.ipc.client import OwnerClient, reach, start_owner, status_of
from fieldguide_indexer.ipc.connection import Frame, encode_options
from fieldguide_indexer.ipc.endpoint import LOG_FILE
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.paths import index_folder, make_private, workspace_folder
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.types import (
    Definition,
    FileGroup,
    FileStatus,
    Hit,
    IndexEvent,
    IndexStatus,
    Lookup,
    Progress,
    Reference,
    SkippedFile,
    UpdateReport,
)

logger = logging.getLogger(__name__)

_START_SECONDS = 30.0
_POLL_SECONDS = 0.02
# The first answer after an owner's death waits so long for a look at every file; what takes longer goes on behind it.
_CATCH_UP_SECONDS = 5.0
_RETRY_SECONDS = (0.1, 0.4, 1.2)


class Index:
    """A workspace's index. All methods may be called from any thread; each waits for its answer.

    None waits for ever for an owner that gives no sign of life: after some seconds that is a ``StorageError``.

    The work is done by the index's owner process, which every client on this machine shares; it is started when
    missing and again if it dies.
    """

    def __init__(self, folder: Root, home: Path, options: IndexOptions) -> None:
        self._root = folder
        self.folder = folder if isinstance(folder, Path) else folder.file
        self._home = home
        self._options = options
        self._lock = threading.RLock()
        self._link: OwnerClient | None = None
        self._watching = self._follows = False
        self._closed = False
        self._callbacks: list[Callable[[IndexEvent], None]] = []
        self._laying = threading.Lock()
        self._unsaved: dict[str, str] = {}

    @classmethod
    def open(cls, folder: Path, options: IndexOptions | None = None) -> Self:
        """Open the index of a workspace folder, starting its owner where none runs.

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

    @classmethod
    def open_sources(cls, file: Path, options: IndexOptions | None = None) -> Self:
        """Open the one index of all folders that a ``SourceList`` names, starting its owner where none runs.

        Every path of it begins with the name of its source. The owner follows the list: what is named no more is
        removed, and a folder that cannot be read has no files and is told of in ``status().reason``.

        Raises:
            StorageError: the cache cannot be written, or the owner does not start.
        """
        chosen = options or IndexOptions()
        sources = SourceList(file.resolve())
        home = index_folder(sources.file, chosen)
        make_private(home)
        index = cls(sources, home, chosen)
        index.status()
        return index

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        anew: bool = False,
    ) -> UpdateReport:
        """Make words and symbols agree with the folder, or with these paths of it. Vectors follow by themselves.

        With ``anew`` every file is read and stored again, also those that have not changed; while that goes on, each
        is found as it was or as it is. Vectors of content that stays the same are kept.

        Raises:
            StorageError: the disk refuses. What was stored before is kept.
        """
        listed = None if paths is None else list(paths)
        self._follows = True
        data = self._call("update", {"paths": listed, "anew": anew}, on_progress)
        skipped = tuple(SkippedFile(**each) for each in data.pop("skipped"))
        failed = tuple(SkippedFile(**each) for each in data.pop("failed"))
        notes = tuple(data.pop("notes"))
        return UpdateReport(**data, skipped=skipped, failed=failed, notes=notes)

    def cancel_update(self) -> None:
        """Have the update that this client waits for end after the batch at hand; Ctrl-C does so, too.

        It returns what it did, ``interrupted``; that is kept, and the next update goes on with the rest.
        """
        link = self._link
        if link is not None:
            link.cancel_updates()

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:
        """Lay the texts of unsaved buffers over their files: for this client they are what the files hold.

        Others see what is on disk. A text stays until another one takes its place, None takes it away, or the index is
        closed.

        Args:
            texts: By path. The files need not be there.

        Returns:
            What cannot be laid, and why (``too large``, ``ignored``, ``secret`` …): there the index shows what it holds.
        """
        large = [path for path, text in texts.items() if len(text or "") > self._options.max_file_bytes]
        with self._laying:
            sent = {**texts, **dict.fromkeys(large)}
            self._unsaved = {
                path: text for path, text in {**self._unsaved, **sent}.items() if text is not None
            }
            left = [SkippedFile(**each) for each in self._call("overlay", {"texts": sent})]
            for each in left:
                self._unsaved.pop(each.path, None)
        return [*left, *(SkippedFile(path, "too large") for path in large)]

    def search(
        self, query: str, limit: int = 10, within: str = "all", sources: Sequence[str] = ()
    ) -> list[Hit]:
        """Return the best chunks for a question, best first.

        Args:
            query: The question.
            limit: How many at most.
            within: ``all``, ``code`` or ``docs``, told by the paths of files.
            sources: Names of the sources to look in, of an index that has several; none for all.
        """
        params = {"query": query, "limit": limit, "within": within, "sources": list(sources)}
        return [Hit(**each) for each in self._call("search", params)]

    def lookup(self, name: str, sources: Sequence[str] = ()) -> Lookup:
        """Return where a name is defined and which lines name it; with ``sources`` in these only."""
        data = self._call("lookup", {"name": name, "sources": list(sources)})
        return Lookup(
            data["name"],
            tuple(Definition(**each) for each in data["definitions"]),
            tuple(Reference(**each) for each in data["references"]),
        )

    def definitions_in(self, path: str) -> list[Definition]:
        """Return the definitions of one file, by line."""
        return [Definition(**each) for each in self._call("definitions_in", {"path": path})]

    def status(self, source: str = "") -> IndexStatus:
        """Return what the index can do now; with a ``source``, how much it holds of that one and what is wrong there."""
        return status_of(self._call("status", {"source": source}))

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file and whether that is still so; why not, where it holds nothing."""
        return FileStatus(**self._call("file_status", {"path": path}))

    def file_groups(self, source: str = "") -> list[FileGroup]:
        """Return what was left out or failed at the last update, by reason, the largest groups first."""
        return [FileGroup(**each) for each in self._call("file_groups", {"source": source})]

    def files_in(
        self, state: str, reason: str = "", after: str = "", limit: int = 100, source: str = ""
    ) -> list[FileStatus]:
        """Return the files in a state, by path: a page of at most ``limit``, from behind the path ``after`` on.

        Args:
            state: ``indexed``, ``skipped``, ``failed``, or ``stale``, for which files are looked at on the disk.
            reason: Only those with this reason; "" for all.
            after: The last path of the page before.
            limit: How many at most.
            source: Only those of this source; "" for all.
        """
        params = {"state": state, "reason": reason, "after": after, "limit": limit, "source": source}
        return [FileStatus(**each) for each in self._call("files_in", params)]

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Wait until no update runs and the vectors are made too, or cannot be; says what came of it."""
        return status_of(self._call("wait_until_ready", {"timeout": timeout}))

    def watch(self) -> str:
        """Have the owner watch the folder, for clients that cannot; gives a sentence when that is impaired."""
        self._watching = self._follows = True
        return str(self._call("watch", self._rhythm()))

    def _rhythm(self) -> Frame:
        return {"rescan_seconds": self._options.rescan_seconds}

    def subscribe(self, callback: Callable[[IndexEvent], None]) -> Callable[[], None]:
        """Call back, from a thread of its own, with every change of state; returns how to end that.

        The callback must not ask the index anything: it would wait for an answer that only its own thread can read.
        """
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def pause(self) -> IndexStatus:
        """Have the owner rest, for all its clients: an update under way waits, no vectors are made.

        Searches go on. It holds until ``resume``, or until the owner ends; the status gives it as its reason.
        """
        return status_of(self._call("pause", {}))

    def resume(self) -> IndexStatus:
        """Go on with the work after ``pause``."""
        return status_of(self._call("resume", {}))

    def stop_owner(self) -> None:
        """End the owner process, whoever else uses it; the next call starts it again."""
        with contextlib.suppress(ConnectionError):  # it may be gone before it has answered
            self._connected().call("stop", {})

    def close(self) -> None:
        """Leave the owner, which goes on with the work at hand and leave by itself later."""
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
        """Ask the owner; asks again when it left or died meanwhile (every request may be repeated)."""
        for pause in _RETRY_SECONDS:
            with contextlib.suppress(ConnectionError):
                return self._connected().call(method, params, on_progress)
            logger.info("The owner of the index is gone; starting it again")
            time.sleep(pause)  # one that is leaving turns us away until it has left
        try:
            return self._connected().call(method, params, on_progress)
        except ConnectionError as error:
            raise StorageError(_dies(self._home)) from error

    def _connected(self) -> OwnerClient:
        with self._lock:
            if self._closed:
                raise StorageError("The index was closed.")
            if self._link is None or self._link.is_closed:
                link = self._connect()
                try:
                    self._greet(link, died=self._link is not None)
                except BaseException:
                    link.close()
                    raise
                self._link = link
            return self._link

    def _greet(self, link: OwnerClient, *, died: bool) -> None:
        link.call("open", {"options": encode_options(self._options)})
        if self._watching:
            link.call("watch", self._rhythm())
        if died and self._follows:
            # Nobody saw what changed since; who is told paths alone would never learn of it.
            link.call("catch_up", {"seconds": _CATCH_UP_SECONDS})
        if self._unsaved:
            link.call("overlay", {"texts": dict(self._unsaved)})

    def _connect(self) -> OwnerClient:
        deadline = time.monotonic() + _START_SECONDS
        owner: subprocess.Popen[bytes] | None = None
        while time.monotonic() < deadline and not self._closed:
            link = reach(self._home, self._publish_status)
            if link is not None:
                return link
            make_private(self._home)  # which somebody may have removed
            if owner is None or owner.poll() == 0:  # 0: another owner had the lock
                owner = start_owner(self._root, self._home)
            elif owner.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        raise StorageError("The index was closed." if self._closed else _dies(self._home))

    def _publish_status(self, event: IndexEvent) -> None:
        for callback in tuple(self._callbacks):
            callback(event)


def _dies(home: Path) -> str:
    return f"The process that owns the index does not stay up; {home / LOG_FILE} says why."
