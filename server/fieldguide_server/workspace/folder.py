"""A workspace folder: its settings, its index, and which of its files changed."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from fieldguide_indexer import IndexOptions, IndexStatus, Progress, State, StorageError, WorkspaceError
from fieldguide_server.files import contained
from fieldguide_server.lsp.convert import local_path
from fieldguide_server.settings import EDITOR, Loaded, Settings
from fieldguide_server.workspace.events import FolderEvents
from fieldguide_server.workspace.index_handle import IndexHandle

# Beyond this, looking at every file once is quicker than looking at each one named.
MOST_PATHS = 1_000
_HEAD = ".git/HEAD"


@dataclass(eq=False, slots=True)
class Folder:
    """A workspace folder and its index, which ``index_keeper`` opens and updates.

    Attributes:
        uri: As the client names the folder.
        path: The folder. Where it is a link, clients name documents below ``path`` or below ``real``.
        real: The folder with links resolved.
        events: Where the folder publishes what happens.
        source: The name of the source of the docs index that the folder is; "" for a folder of the client's.
        loaded: The settings and their problems.
        hidden: Patterns of files that the editor's own settings hide.
        choices: Settings that the user chose for this folder while the server runs.
        index: The index while it is open.
        status: The status of the index that was published last.
        error: Why there is no index, in one sentence.
        progress: How far the latest scan has come.
        opened: Set when the index is open, or cannot be opened.
        scanned: Set when all files have been looked at, or the index cannot be opened.
        retry: Set when opening the index should be tried again.
    """

    uri: str
    path: Path
    real: Path
    events: FolderEvents = field(default_factory=FolderEvents)
    source: str = ""
    loaded: Loaded = field(default_factory=Loaded.defaults)
    hidden: tuple[str, ...] = ()
    choices: dict[str, object] = field(default_factory=dict)
    index: IndexHandle | None = None
    status: IndexStatus = field(default_factory=lambda: IndexStatus(State.EMPTY))
    error: str = ""
    progress: Progress | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    scanned: asyncio.Event = field(default_factory=asyncio.Event)
    retry: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: set[str] = field(default_factory=set)
    _all_changed: bool = False
    _updating: frozenset[str] | None = frozenset()

    @classmethod
    def at(cls, uri: str, path: Path, events: FolderEvents, source: str = "") -> "Folder":
        """Return a folder without an index yet."""
        return cls(uri, path, _resolved(path), events, source)

    @property
    def is_docs(self) -> bool:
        """Whether it is not the client's, but a folder of documentation that the user's settings name."""
        return bool(self.source)

    @property
    def settings(self) -> Settings:
        """The settings in force here."""
        return self.loaded.settings

    def index_options(self) -> IndexOptions:
        """Return how the folder is indexed. Excludes of the editor are separate, since the shell does not know them."""
        options = self.settings.index_options()
        if self.loaded.origins["index.exclude"] != EDITOR:
            return replace(options, editor_exclude=self.hidden)
        return replace(options, exclude=(), editor_exclude=(*self.hidden, *options.exclude))

    def relative(self, path: Path) -> str | None:
        """Return ``path`` relative to the folder, with ``/``; None for the folder itself and for paths outside."""
        root = self.path if path.is_relative_to(self.path) else self.real
        if not path.is_relative_to(root):
            return None
        inside = path.relative_to(root)
        return None if ".." in inside.parts or not inside.parts else inside.as_posix()

    def relative_name(self, name: str) -> str | None:
        """Return the relative path of a URI, an absolute path or a path that is relative already; None if outside."""
        path = local_path(name)
        return self.relative(self.path / path) if path else None

    def locate(self, path: str) -> tuple[Path, Path] | None:
        """Return the absolute paths of a relative one, below ``path`` and ``real``; None if it leads outside."""
        return (self.path / path, self.real / path) if contained(self.real, path) else None

    def reset(self) -> None:
        """Make everyone who needs the index wait for it: it is being opened."""
        self.error = ""
        self._updating = frozenset()
        self.opened.clear()
        self.scanned.clear()
        self.retry.clear()

    def set_error(self, sentence: str) -> None:
        """Say why there is no index, to everyone who waits for it, too."""
        self.error = sentence
        self.opened.set()
        self.scanned.set()
        self.set_status(IndexStatus(State.DEGRADED, reason=sentence))

    def close(self) -> None:
        """Let everyone who waits for the index know that there is none any more."""
        self.error = ""
        self.opened.set()
        self.scanned.set()
        self.events.closed.publish(self)

    def set_status(self, status: IndexStatus) -> None:
        """Publish the status of the index, if it changed."""
        if status != self.status:
            self.status = status
            self.events.status_changed.publish(self, status)

    def status_without_index(self) -> IndexStatus:
        """Return the status while the index is not open."""
        return IndexStatus(State.DEGRADED if self.error else State.EMPTY, reason=self.error)

    def incomplete_notice(self) -> str:
        """Return a sentence about what an answer may lack while the first scan runs; "" afterwards."""
        if self.scanned.is_set():
            return ""
        progress = f": {self.progress.text}" if self.progress else ""
        return (
            f"The files of this folder are still being read{progress}. Results from the others are missing."
        )

    async def ready(self, scan_seconds: float) -> IndexHandle:
        """Return the index after its first scan, or after so many seconds of it.

        Raises:
            StorageError: The index could not be opened.
            WorkspaceError: The folder does not exist any more.
        """
        await self.opened_index()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.scanned.wait(), scan_seconds)
        index = await self.opened_index()
        if not self.path.is_dir():
            raise WorkspaceError(f"The folder {self.path} does not exist any more.")
        return index

    async def opened_index(self) -> IndexHandle:
        """Return the index as soon as it is open, scanned or not. If it could not be opened, try that once more.

        Raises:
            StorageError: The index could not be opened.
        """
        if self.error:
            self.opened.clear()
            self.retry.set()
        await self.opened.wait()
        if self.index is None:
            raise StorageError(self.error or "The index of this folder is closed.")
        return self.index

    def mark_changed(self, path: Path | None) -> None:
        """Remember that a file changed on disk, or that any file may have (None), and publish it."""
        inside = self.relative(path) if path else None
        if path is None or inside == _HEAD:
            self._all_changed = True
        elif inside is None or PurePath(inside).parts[0] == ".git":
            return
        else:
            self._changed.add(inside)
        self.events.file_changed.publish(self, inside)

    def mark_all_changed(self) -> None:
        """Have the next update look at all files."""
        self._all_changed = True

    @property
    def has_changes(self) -> bool:
        """Whether there is something to update."""
        return self._all_changed or bool(self._changed)

    def take_changes(self) -> list[str] | None:
        """Return the paths to update, None for all files; they are pending until ``finish_update``."""
        paths = sorted(self._changed)
        is_scan = self._all_changed or len(paths) > MOST_PATHS
        self._updating = None if is_scan else frozenset(paths)
        self._changed.clear()
        self._all_changed = False
        return None if is_scan else paths

    def finish_update(self) -> None:
        """Note that the index has the changes that were taken, and publish it."""
        self._updating = frozenset()
        self.events.index_updated.publish(self)

    def has_pending(self, path: str) -> bool:
        """Return whether the index has not yet seen, or is just reading, a change of a file."""
        if self._all_changed or self._updating is None:
            return True
        return path in self._changed or path in self._updating


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        # Links that lead in a circle; opening the index will say that there is no such folder.
        return path
