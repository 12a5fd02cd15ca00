"""The public interface to an index of a workspace folder, whose work is done by its owner process."""

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
from fieldguide_indexer.ipc.client import ClientLimits, OwnerClient, connect_to_owner, start_owner
from fieldguide_indexer.ipc.connection import Frame, decode_status, encode_options
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

_POLL_SECONDS = 0.02
# How often a client that waits for vectors requests its own options again before it says that they are pending.
_REQUESTS_OF_OPTIONS = 10
_RETRY_SECONDS = (0.1, 0.4, 1.2)


class Index:
    """The index of a workspace folder, or of several sources. All methods may be called from any thread; each waits for its answer.

    The work is done by the index's owner process, which all clients on this machine share; it is started where none
    runs, and again if it dies. When the owner gives no sign of life for some seconds, a method raises StorageError.
    """

    def __init__(self, folder: Root, home: Path, options: IndexOptions, limits: ClientLimits) -> None:
        self._root = folder
        self.folder = folder if isinstance(folder, Path) else folder.file
        self._home = home
        self._options = options
        self._limits = limits
        self._lock = threading.RLock()
        self._client: OwnerClient | None = None
        self._is_watching = self._has_updated = False
        self._closed = False
        self._callbacks: list[Callable[[IndexEvent], None]] = []
        self._overlaying = threading.Lock()
        self._unsaved: dict[str, str] = {}

    @classmethod
    def open(
        cls, folder: Path, options: IndexOptions | None = None, limits: ClientLimits | None = None
    ) -> Self:
        """Open the index of a workspace folder, starting its owner where none runs.

        Raises:
            WorkspaceError: There is no such folder.
            StorageError: The cache cannot be written, or the owner does not start.
        """
        options = options or IndexOptions()
        resolved = workspace_folder(folder)
        return cls._opened(resolved, index_folder(resolved, options), options, limits)

    @classmethod
    def open_sources(
        cls, file: Path, options: IndexOptions | None = None, limits: ClientLimits | None = None
    ) -> Self:
        """Open the one index of all folders that a ``SourceList`` names, starting its owner where none runs.

        Every path in it begins with the name of its source. The owner follows the list: a source that is not listed
        any more is removed. A folder that cannot be read has no files, and ``status().reason`` says so.

        Raises:
            StorageError: The cache cannot be written, or the owner does not start.
        """
        options = options or IndexOptions()
        sources = SourceList(file.resolve())
        return cls._opened(sources, index_folder(sources.file, options), options, limits)

    @classmethod
    def _opened(cls, folder: Root, home: Path, options: IndexOptions, limits: ClientLimits | None) -> Self:
        make_private(home)
        index = cls(folder, home, options, limits or ClientLimits())
        index.status()
        return index

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        force: bool = False,
    ) -> UpdateReport:
        """Bring words and symbols up to date with the folder, or with these paths of it. Vectors follow by themselves.

        With ``force`` every file is read and stored again, even if it did not change; searches find the old or the new
        state of each file meanwhile. Vectors of content that stays the same are kept.

        Raises:
            StorageError: The disk cannot be written. What was stored before is kept.
        """
        self._has_updated = True
        params = {"paths": None if paths is None else list(paths), "force": force}
        data = self._call("update", params, on_progress)
        skipped = tuple(SkippedFile(**each) for each in data.pop("skipped"))
        failed = tuple(SkippedFile(**each) for each in data.pop("failed"))
        notes = tuple(data.pop("notes"))
        return UpdateReport(**data, skipped=skipped, failed=failed, notes=notes)

    def cancel_update(self) -> None:
        """Have the update that this client waits for end after the current batch; Ctrl-C does the same.

        Its report is ``interrupted``. What it stored is kept, and the next update continues with the rest.
        """
        client = self._client
        if client is not None:
            client.cancel_updates()

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:
        """Put the texts of unsaved buffers over their files, for the questions of this client.

        Other clients see the files. A text stays until it is replaced, removed by None, or the index is closed.

        Args:
            texts: By path. The files need not exist.

        Returns:
            The texts that cannot be used, and why (``too large``, ``ignored``, ``secret`` …). There the index uses what
            it has stored.
        """
        large = [path for path, text in texts.items() if len(text or "") > self._options.max_file_bytes]
        with self._overlaying:
            sent = {**texts, **dict.fromkeys(large)}
            self._unsaved = {
                path: text for path, text in {**self._unsaved, **sent}.items() if text is not None
            }
            rejected = [SkippedFile(**each) for each in self._call("overlay", {"texts": sent})]
            for each in rejected:
                self._unsaved.pop(each.path, None)
        return [*rejected, *(SkippedFile(path, "too large") for path in large)]

    def search(
        self, query: str, limit: int = 10, within: str = "all", sources: Sequence[str] = ()
    ) -> list[Hit]:
        """Return the best chunks for a question, best first.

        Args:
            query: The question.
            limit: How many at most.
            within: ``all``, ``code`` or ``docs``, which the paths of files decide.
            sources: Names of the sources to search, in an index of several; none for all.
        """
        params = {"query": query, "limit": limit, "within": within, "sources": list(sources)}
        return [Hit(**each) for each in self._call("search", params)]

    def lookup(self, name: str, sources: Sequence[str] = ()) -> Lookup:
        """Return where a name is defined and which lines mention it, in all sources or in these."""
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
        """Return what the index can do now; with a ``source``, its numbers and what is wrong there."""
        return decode_status(self._call("status", {"source": source}))

    def file_status(self, path: str) -> FileStatus:
        """Return what the index has of one file, whether the file is still the same, and why it has nothing if so."""
        return FileStatus(**self._call("file_status", {"path": path}))

    def file_groups(self, source: str = "") -> list[FileGroup]:
        """Return how many files the last update skipped or could not read, by reason, the largest groups first."""
        return [FileGroup(**each) for each in self._call("file_groups", {"source": source})]

    def files_in(
        self, state: str, reason: str = "", after: str = "", limit: int = 100, source: str = ""
    ) -> list[FileStatus]:
        """Return a page of the files in a state, by path.

        Args:
            state: ``indexed``, ``skipped``, ``failed``, or ``stale``, for which the files on disk are compared.
            reason: Only those with this reason; "" for all.
            after: The last path of the page before.
            limit: How many at most.
            source: Only those of this source; "" for all.
        """
        params = {"state": state, "reason": reason, "after": after, "limit": limit, "source": source}
        return [FileStatus(**each) for each in self._call("files_in", params)]

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Wait until no update runs and all vectors are computed or cannot be, and return the status after that.

        Another client may have connected with other options meanwhile, such as no model; then those of this client
        are requested again.
        """
        for _ in range(_REQUESTS_OF_OPTIONS):
            status = decode_status(self._call("wait_until_ready", {"timeout": timeout}))
            is_done = status.embedded == status.chunks or self._options.embedding.provider == "none"
            if is_done or status.paused or timeout is not None:
                break
            self._call("open", {"options": encode_options(self._options)})
        return status

    def watch(self) -> str:
        """Have the owner watch the folder, for clients that cannot. Return a sentence when that is limited, else ""."""
        self._is_watching = self._has_updated = True
        return str(self._call("watch", self._watch_params()))

    def _watch_params(self) -> Frame:
        return {"rescan_seconds": self._options.rescan_seconds}

    def subscribe(self, callback: Callable[[IndexEvent], None]) -> Callable[[], None]:
        """Call ``callback`` with every change of state, from one thread. Return a function that ends it.

        The callback must not call methods of the index: they would wait for an answer that only its own thread reads.
        """
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def pause(self) -> IndexStatus:
        """Pause the owner's work for all its clients: the current update waits, and no vectors are computed.

        Searches continue. The pause lasts until ``resume`` or until the owner ends, and is the reason in the status.
        """
        return decode_status(self._call("pause", {}))

    def resume(self) -> IndexStatus:
        """Continue the work after ``pause``."""
        return decode_status(self._call("resume", {}))

    def stop_owner(self) -> None:
        """End the owner process, even if other clients use it; the next call starts it again."""
        with contextlib.suppress(ConnectionError):  # it may end before it has answered
            self._connected().call("stop", {})

    def close(self) -> None:
        """Disconnect from the owner, which finishes its work and ends some time later."""
        self._closed = True
        with self._lock:
            if self._client is not None:
                self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, params: Frame, on_progress: Callable[[Progress], None] | None = None) -> Any:  # noqa: ANN401
        """Send a request; again if the owner ended meanwhile, since every request may be repeated."""
        for pause in _RETRY_SECONDS:
            with contextlib.suppress(ConnectionError):
                return self._connected().call(method, params, on_progress)
            logger.info("The owner of the index has ended; starting it again")
            time.sleep(pause)
        try:
            return self._connected().call(method, params, on_progress)
        except ConnectionError as error:
            raise StorageError(_ends(self._home)) from error

    def _connected(self) -> OwnerClient:
        with self._lock:
            if self._closed:
                raise StorageError("The index was closed.")
            if self._client is None or self._client.is_closed:
                client = self._connect()
                try:
                    self._set_up(client, again=self._client is not None)
                except BaseException:
                    client.close()
                    raise
                self._client = client
            return self._client

    def _set_up(self, client: OwnerClient, *, again: bool) -> None:
        """Send a new owner what it needs to know of this client."""
        client.call("open", {"options": encode_options(self._options)})
        if self._is_watching:
            client.call("watch", self._watch_params())
        if again and self._has_updated:
            # Nothing noticed the changes since the last owner died, and a client may report single paths alone.
            client.call("catch_up", {"seconds": self._limits.catch_up})
        if self._unsaved:
            client.call("overlay", {"texts": dict(self._unsaved)})

    def _connect(self) -> OwnerClient:
        deadline = time.monotonic() + self._limits.start
        owner: subprocess.Popen[bytes] | None = None
        while time.monotonic() < deadline and not self._closed:
            client = connect_to_owner(self._home, self._on_event, self._limits)
            if client is not None:
                return client
            make_private(self._home)  # it may have been removed
            if owner is None or owner.poll() == 0:  # 0: another owner had the lock
                owner = start_owner(self._root, self._home)
            elif owner.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        raise StorageError("The index was closed." if self._closed else _ends(self._home))

    def _on_event(self, event: IndexEvent) -> None:
        for callback in tuple(self._callbacks):
            callback(event)


def _ends(home: Path) -> str:
    return f"The process that owns the index does not keep running; {home / LOG_FILE} says why."
