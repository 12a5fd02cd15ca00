"""Workspace folders and their indexes: which folder a document belongs to, and what can be asked of its index."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from fieldguide_indexer import (
    Definition,
    FileGroup,
    FileStatus,
    Hit,
    IndexEvent,
    IndexOptions,
    IndexStatus,
    Lookup,
    Progress,
    SkippedFile,
    State,
    StorageError,
    UpdateReport,
    WorkspaceError,
)
from fieldguide_server.lsp.convert import path_of
from fieldguide_server.settings import EDITOR, Loaded, Settings
from fieldguide_server.workspace.folder_states import Buffers, ConfigFiles

NO_FOLDER = "Open a folder first: Fieldguide answers from the files of a workspace folder."
# A question asked while the first scan runs is worth a wait: an answer from half an index misleads, and may cost money.
FIRST_SCAN_SECONDS = 10.0
# Who searches sees what he gets and can search again: what is there, and that it is not all, is better than waiting.
FIRST_SEARCH_SECONDS = 2.0
# Beyond this, looking at every file once is quicker than looking at each one named.
MOST_PATHS = 1_000
_HEAD = ".git/HEAD"


class IndexHandle(Protocol):
    """What the server uses of an ``Index``. All calls block and are safe from any thread."""

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        anew: bool = False,
    ) -> UpdateReport:
        """Bring the index up to date with the files; None scans everything, ``anew`` reads it all again."""

    def cancel_update(self) -> None:
        """Have the update that is waited for end soon; what it did is kept."""

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:
        """Lay unsaved texts over their files, for us alone; None takes one away. Gives back what cannot be laid."""

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        """Return the best chunks for a question."""

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used."""

    def definitions_in(self, path: str) -> list[Definition]:
        """Return what a file defines."""

    def status(self) -> IndexStatus:
        """Return what the index can do now."""

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file."""

    def file_groups(self) -> list[FileGroup]:
        """Return what was left out or failed, by reason."""

    def files_in(self, state: str, reason: str = "", after: str = "", limit: int = 100) -> list[FileStatus]:
        """Return a page of the files in a state."""

    def pause(self) -> IndexStatus:
        """Begin no new work until ``resume``."""

    def resume(self) -> IndexStatus:
        """Go on with the work."""

    def subscribe(self, callback: Callable[[IndexEvent], None]) -> Callable[[], None]:
        """Call back on changes, from another thread."""

    def watch(self) -> str:
        """Watch the folder for changes from outside; gives a sentence when that is impaired."""

    def close(self) -> None:
        """Let go of the index; calls that still run fail."""


OpenIndex = Callable[[Path, IndexOptions], IndexHandle]


@dataclass(eq=False, slots=True)
class Folder:
    """A workspace folder and its index. ``problem`` says in one sentence why it has none.

    One that ``is_docs`` is no folder of the client's, but of documentation that is read beside them.
    Where links lead to the folder, clients name documents sometimes below ``path``, sometimes below ``real``.
    ``changed`` and ``rescan`` collect what the next update must look at; ``woken`` tells the task that keeps
    the index current, ``keeper``, that there is something; ``underway`` is what the update at hand looks at. ``hidden``
    are the editor's own settings of what to hide; ``reading`` is how far the last look at all files has come.
    ``choices`` are the settings that the user chose for this folder while the server runs.
    """

    uri: str
    path: Path
    real: Path
    is_docs: bool = False
    loaded: Loaded = field(default_factory=Loaded.defaults)
    hidden: tuple[str, ...] = ()
    reading: Progress | None = None
    index: IndexHandle | None = None
    status: IndexStatus = field(default_factory=lambda: IndexStatus(State.EMPTY))
    problem: str = ""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    scanned: asyncio.Event = field(default_factory=asyncio.Event)
    changed: set[str] = field(default_factory=set)
    rescan: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    underway: frozenset[str] | None = frozenset()
    keeper: asyncio.Task[None] | None = None
    choices: dict[str, object] = field(default_factory=dict)
    buffers: Buffers = field(default_factory=Buffers)
    config_files: ConfigFiles = field(default_factory=ConfigFiles)

    @property
    def settings(self) -> Settings:
        """The settings in force here."""
        return self.loaded.settings

    def index_options(self) -> IndexOptions:
        """Return how the folder is indexed. What comes from the editor is told apart, since the shell does not know it."""
        options = self.settings.index_options()
        if self.loaded.origins["index.exclude"] != EDITOR:
            return replace(options, editor_exclude=self.hidden)
        return replace(options, exclude=(), editor_exclude=(*self.hidden, *options.exclude))

    def relative(self, path: Path) -> str | None:
        """Return ``path`` relative to the folder, with ``/``; None for the folder itself and for what lies outside."""
        root = self.path if path.is_relative_to(self.path) else self.real
        if not path.is_relative_to(root):
            return None
        inside = path.relative_to(root)
        return None if ".." in inside.parts or not inside.parts else inside.as_posix()

    def inside(self, path: str) -> tuple[Path, Path] | None:
        """Return the file that a relative path names, below ``path`` and below ``real``; None when it leads out, by a link too."""
        try:
            is_inside = (self.real / path).resolve().is_relative_to(self.real)
        except (OSError, RuntimeError, ValueError):
            return None
        return (self.path / path, self.real / path) if is_inside else None

    def expect(self) -> None:
        """The index is being opened from now on; who asks for it waits."""
        self.problem = ""
        self.opened.clear()
        self.scanned.clear()
        self.woken.clear()

    def fail(self, sentence: str) -> None:
        """There is no index, and here is why; who waits for it learns so."""
        self.problem = sentence
        self.opened.set()
        self.scanned.set()

    def unread(self) -> str:
        """Return what an answer of now may lack: a sentence while the first scan runs, "" afterwards."""
        if self.scanned.is_set():
            return ""
        far = f": {self.reading.text}" if self.reading else ""
        return f"The files of this folder are still being read{far}. What is in the others is missing here."

    async def ready(self, patience: float | None = None) -> IndexHandle:
        """Return the index, as soon as it can be asked: after the first scan, or after ``patience`` seconds of it (None: ten).

        Raises:
            StorageError: The index could not be opened.
            WorkspaceError: The folder is not there any more.
        """
        await self.opened_index()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.scanned.wait(), patience or FIRST_SCAN_SECONDS)
        index = await self.opened_index()
        if not self.path.is_dir():
            raise WorkspaceError(f"The folder {self.path} is gone.")
        return index

    async def opened_index(self) -> IndexHandle:
        """Return the index, as soon as it is open, scanned or not. If it could not be opened, that is tried once more.

        Raises:
            StorageError: The index could not be opened.
        """
        if self.problem and self.keeper is not None and not self.keeper.done():
            self.opened.clear()
            self.woken.set()
        await self.opened.wait()
        if self.index is None:
            raise StorageError(self.problem or "The index of this folder is closed.")
        return self.index

    def without_index(self) -> IndexStatus:
        """Return the status while there is no index: not opened yet, or not to be opened."""
        return IndexStatus(State.DEGRADED if self.problem else State.EMPTY, reason=self.problem)

    def touch(self, path: Path | None) -> None:
        """Note that a file changed; None means: too much to tell, look at everything."""
        inside = self.relative(path) if path else None
        if path is None or inside == _HEAD:
            self.rescan = True
        elif inside is None or inside.split("/", 1)[0] == ".git":
            return
        else:
            self.changed.add(inside)
        self.woken.set()

    def take(self) -> list[str] | None:
        """Return the paths to update, None for all; they are under way until ``updated``."""
        paths = sorted(self.changed)
        everything = self.rescan or len(paths) > MOST_PATHS
        self.underway = None if everything else frozenset(paths)
        self.changed.clear()
        self.rescan = False
        return None if everything else paths

    def updated(self) -> None:
        """What was under way is done."""
        self.underway = frozenset()

    def awaits(self, path: str) -> bool:
        """Return whether an update is to tell, or is just telling the index what a file holds."""
        everything = self.rescan or self.underway is None
        return everything or path in self.changed or path in (self.underway or ())


class Workspaces:
    """The folders in the client's order; ``docs`` are those of documentation that are read beside them."""

    def __init__(self) -> None:
        self._folders: dict[str, Folder] = {}
        self.docs: tuple[Folder, ...] = ()

    def __iter__(self) -> Iterator[Folder]:
        return iter(tuple(self._folders.values()))

    def __contains__(self, folder: Folder) -> bool:
        return folder in (*self, *self.docs)

    def add(self, uri: str) -> Folder | None:
        """Know a folder from now on; None if it is known already or is no local folder."""
        path = path_of(uri)
        if path is None or uri in self._folders:
            return None
        folder = self._folders[uri] = folder_at(uri, path)
        return folder

    def remove(self, uri: str) -> Folder | None:
        """Forget a folder; the caller closes its index."""
        return self._folders.pop(uri, None)

    def holding(self, path: Path) -> list[Folder]:
        """Return the folders that hold a file: several, where one lies in another."""
        return [folder for folder in self if folder.relative(path) is not None]

    def containing(self, path: Path) -> Folder | None:
        """Return the innermost folder that holds a file."""
        return max(self.holding(path), key=lambda folder: len(folder.path.parts), default=None)

    def beside(self, folder: Folder) -> list[Folder]:
        """Return the other folders of the client, but for those that share files with this one or lie in another."""
        return [
            each
            for each in self
            if each.relative(folder.path) is None
            and len(self.holding(each.path / "any")) == 1
            and each is not folder
        ]

    def of(self, uri: str) -> tuple[Folder, str] | None:
        """Return a document's folder and its path there; None for a document that is in no folder."""
        path = path_of(uri)
        folder = self.containing(path) if path else None
        inside = folder.relative(path) if folder and path else None
        return (folder, inside) if folder and inside else None

    def chosen(self, folder: str | None = None, document: str | None = None) -> Folder:
        """Return the folder that a request means: the one it names, else its document's, else the first.

        Args:
            folder: URI or path of a workspace folder.
            document: URI of a document, or path of a file.

        Raises:
            WorkspaceError: There is no such folder, or none at all.
        """
        if not self._folders:
            raise WorkspaceError(NO_FOLDER)
        if folder is not None:
            named = _local(folder)
            known: tuple[Folder, ...] = (*self, *self.docs)
            for each in known:
                if each.uri == folder or each.path == named:
                    return each
            raise WorkspaceError("The folder named is none of the open workspace folders.")
        place = _local(document) if document else None
        return (self.containing(place) if place else None) or next(iter(self))


def folder_at(uri: str, path: Path, *, is_docs: bool = False) -> Folder:
    """Return a folder without an index yet."""
    return Folder(uri, path, _real(path), is_docs)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        # Links that lead in a circle; opening the index will say that there is no such folder.
        return path


def _local(name: str) -> Path | None:
    return path_of(name) if "://" in name else Path(name)
