"""Which folders to watch, and how: few, and none that tools fill by the thousand.

On Linux each folder costs a watch and a recursive watch cannot leave out what is below it. So folders that hold
a *cold* one (``node_modules``, ``.git``, build output that git ignores) are watched flat and their other folders
one by one. Elsewhere the system watches whole trees at no cost, and cold events are dropped as they come.
"""

import os
import sys
from collections import deque
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, ObservedWatch

from fieldguide_indexer.sources.entries import PRUNED_FOLDERS
from fieldguide_indexer.sources.gitfiles import list_ignored_folders

# Without events for opening and closing: a walk of the tree makes them by the thousand, its own included.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]
# Cold, but one small folder each: not worth a watch (and its thread) of their own for all their neighbours.
_SMALL = frozenset({"__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_MAX_WATCHES = 64  # a thread each
_LOOK_AHEAD = 2  # folders below which a cold one makes a split worth while


class WatchedTree:
    """The watches of one workspace folder on an observer."""

    def __init__(self, folder: Path, handler: FileSystemEventHandler) -> None:
        self._folder = folder
        self._handler = handler
        self._ignored: frozenset[str] = frozenset()
        self._watches: dict[str, ObservedWatch] = {}
        self._stale: set[str] = set()

    def is_cold(self, path: str) -> bool:
        """Say whether nothing at this path or above it can be indexed."""
        parts = path.split("/")
        if not PRUNED_FOLDERS.isdisjoint(parts):
            return True
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return bool(self._ignored) and any(folder in self._ignored for folder in above)

    def note_folder(self, path: str, *, gone: bool) -> bool:
        """Note that a folder came or went; True when the watches must be planned anew."""
        parent = self._watches.get(path.rpartition("/")[0])
        if gone and path in self._watches:
            self._stale.add(path)
        return parent is not None and not parent.is_recursive

    def watch(self, observer: BaseObserver) -> None:
        """Bring the observer's watches in line with the folders there are now.

        Raises:
            OSError: The system takes no more watches.
        """
        self._ignored = list_ignored_folders(self._folder)
        wanted = self._plan()
        # The watch of a folder that was moved goes on reporting it under its old name.
        stale, self._stale = self._stale, set()
        for path, watch in list(self._watches.items()):
            if path in stale or wanted.get(path) != watch.is_recursive:
                observer.unschedule(self._watches.pop(path))
        for path, recursive in wanted.items():
            if path not in self._watches:
                self._add(observer, path, recursive)

    def watch_flat(self, observer: BaseObserver, folder: Path, handler: FileSystemEventHandler) -> None:
        """Watch the files right in a folder, on behalf of another handler."""
        observer.schedule(handler, str(folder), recursive=False, event_filter=_EVENTS)

    def forget(self) -> None:
        """Forget all watches: their observer is no more."""
        self._watches.clear()
        self._stale.clear()

    def _add(self, observer: BaseObserver, path: str, recursive: bool) -> None:
        place = str(self._folder / path) if path else str(self._folder)
        try:
            self._watches[path] = observer.schedule(
                self._handler, place, recursive=recursive, event_filter=_EVENTS
            )
        except FileNotFoundError:
            return  # gone since the plan was made; its going is an event of its own

    def _plan(self) -> dict[str, bool]:
        """Map each folder to watch to whether it is watched with all below it."""
        if sys.platform != "linux":
            return {"": True}
        plan: dict[str, bool] = {}
        queue = deque([""])
        while queue:
            folder = queue.popleft()
            children = self._warm_children(folder)
            splits = folder == "" or self._has_cold_below(folder, _LOOK_AHEAD)
            splits = splits and len(plan) + len(queue) + len(children) < _MAX_WATCHES
            plan[folder] = not splits
            if splits:
                queue.extend(children)
        return plan

    def _warm_children(self, folder: str) -> list[str]:
        return [path for path in self._folders_in(folder) if not self.is_cold(path)]

    def _has_cold_below(self, folder: str, depth: int) -> bool:
        children = self._folders_in(folder)
        if any(self.is_cold(path) and path.rpartition("/")[2] not in _SMALL for path in children):
            return True
        return depth > 1 and any(
            self._has_cold_below(path, depth - 1) for path in children if not self.is_cold(path)
        )

    def _folders_in(self, folder: str) -> list[str]:
        try:
            with os.scandir(self._folder / folder) as listing:
                names = sorted(entry.name for entry in listing if entry.is_dir(follow_symlinks=False))
        except OSError:
            return []
        return [f"{folder}/{name}" if folder else name for name in names]
