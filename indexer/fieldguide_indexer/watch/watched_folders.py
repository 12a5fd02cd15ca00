"""Selection of the folders to watch: few, and none that tools fill with thousands of files.

On Linux each folder needs a watch, and a recursive watch cannot exclude subfolders. So a folder that contains an *excluded*
one (``node_modules``, ``.git``, build output that git ignores) is watched without its subfolders, which are watched one by
one. On other systems complete trees are watched at no cost, and events in excluded folders are dropped.
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

# Without events for opening and closing files: our own scans cause thousands of them.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]
# Excluded folders that are small: not worth separate watches (and threads) for all their siblings.
_SMALL = frozenset({"__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_MAX_WATCHES = 64  # a thread each
_LOOK_AHEAD = 2  # depth at which an excluded folder makes separate watches worthwhile


class WatchedTree:
    """The watches of one workspace folder on an observer."""

    def __init__(self, folder: Path, handler: FileSystemEventHandler) -> None:
        self._folder = folder
        self._handler = handler
        self._ignored: frozenset[str] = frozenset()
        self._watches: dict[str, ObservedWatch] = {}
        self._stale: set[str] = set()

    def is_excluded(self, path: str) -> bool:
        """Return whether a path is, or is inside of, a folder that is never indexed."""
        parts = path.split("/")
        if not PRUNED_FOLDERS.isdisjoint(parts):
            return True
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return bool(self._ignored) and any(folder in self._ignored for folder in above)

    def note_folder(self, path: str, *, removed: bool) -> bool:
        """Note that a folder was created or removed. Return whether the watches must be planned again."""
        parent = self._watches.get(path.rpartition("/")[0])
        if removed and path in self._watches:
            self._stale.add(path)
        return parent is not None and not parent.is_recursive

    def watch(self, observer: BaseObserver) -> None:
        """Bring the observer's watches in line with the present folders.

        Raises:
            OSError: The system refuses more watches.
        """
        self._ignored = list_ignored_folders(self._folder)
        plan = self._plan()
        # The watch of a moved folder continues to report it under its old name.
        stale, self._stale = self._stale, set()
        for path, watch in list(self._watches.items()):
            if path in stale or plan.get(path) != watch.is_recursive:
                observer.unschedule(self._watches.pop(path))
        for path, recursive in plan.items():
            if path not in self._watches:
                self._add(observer, path, recursive)

    def watch_flat(self, observer: BaseObserver, folder: Path, handler: FileSystemEventHandler) -> None:
        """Watch the files directly in a folder with another handler."""
        observer.schedule(handler, str(folder), recursive=False, event_filter=_EVENTS)

    def clear(self) -> None:
        """Drop all watches: their observer was closed."""
        self._watches.clear()
        self._stale.clear()

    def _add(self, observer: BaseObserver, path: str, recursive: bool) -> None:
        place = str(self._folder / path) if path else str(self._folder)
        try:
            self._watches[path] = observer.schedule(
                self._handler, place, recursive=recursive, event_filter=_EVENTS
            )
        except FileNotFoundError:
            return  # removed since it was planned; that is an event of its own

    def _plan(self) -> dict[str, bool]:
        """Return the folders to watch, each with whether it is watched recursively."""
        if sys.platform != "linux":
            return {"": True}
        plan: dict[str, bool] = {}
        queue = deque([""])
        while queue:
            folder = queue.popleft()
            children = self._indexable_children(folder)
            splits = folder == "" or self._has_excluded_below(folder, _LOOK_AHEAD)
            splits = splits and len(plan) + len(queue) + len(children) < _MAX_WATCHES
            plan[folder] = not splits
            if splits:
                queue.extend(children)
        return plan

    def _indexable_children(self, folder: str) -> list[str]:
        return [path for path in self._folders_in(folder) if not self.is_excluded(path)]

    def _has_excluded_below(self, folder: str, depth: int) -> bool:
        children = self._folders_in(folder)
        if any(self.is_excluded(path) and path.rpartition("/")[2] not in _SMALL for path in children):
            return True
        return depth > 1 and any(
            self._has_excluded_below(path, depth - 1) for path in children if not self.is_excluded(path)
        )

    def _folders_in(self, folder: str) -> list[str]:
        try:
            with os.scandir(self._folder / folder) as listing:
                names = sorted(entry.name for entry in listing if entry.is_dir(follow_symlinks=False))
        except OSError:
            return []
        return [f"{folder}/{name}" if folder else name for name in names]
