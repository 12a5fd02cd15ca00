"""Watching every source of an index: a watcher each, and the list of them, which any process may replace."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fieldguide_indexer.sources.source_list import SourceList
from fieldguide_indexer.watch.watcher import Change, Rhythm, Watcher


class SourceWatcher:
    """Watches the folders of ``sources`` from ``start`` to ``stop``, as a ``Watcher`` does one; paths begin with the source's name.

    ``on_change`` may be called from several threads at once. That a folder is gone is no problem of watching: the scan
    that follows says so.
    """

    def __init__(
        self,
        sources: SourceList,
        on_change: Callable[[Change], None],
        on_problem: Callable[[str], None] = lambda _: None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._sources = sources
        self._on_change = on_change
        self._on_problem = on_problem
        self.rhythm = rhythm or Rhythm()
        self._watchers: dict[str, tuple[Path, Watcher]] = {}
        self._changing = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow_list, name="fieldguide-sources", daemon=True)

    def start(self) -> None:
        """Begin to watch; what changes after this call is noticed."""
        self._follow(self._sources.folders())
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and wait for the threads to end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._follow({})

    @property
    def problem(self) -> str:
        """Why changes are noticed late, a line for each source; "" when all is well."""
        return "\n".join(
            f"{name}: {watcher.problem}"
            for name, (_, watcher) in tuple(self._watchers.items())
            if watcher.problem and not watcher.is_folder_gone
        )

    def _follow_list(self) -> None:
        # A stat a second: the list is replaced seldom, and a watch of its own would cost a thread as well.
        while not self._stopped.wait(self.rhythm.check):
            folders = self._sources.folders()
            if folders != {name: folder for name, (folder, _) in self._watchers.items()}:
                self._follow(folders)
                self._on_change(Change(everything=True))

    def _follow(self, folders: Mapping[str, Path]) -> None:
        with self._changing:
            for name, (folder, watcher) in tuple(self._watchers.items()):
                if folders.get(name) != folder:
                    del self._watchers[name]
                    watcher.stop()
            for name in folders.keys() - self._watchers.keys():
                self._watchers[name] = folders[name], self._watcher(name, folders[name])
        self._report()

    def _watcher(self, name: str, folder: Path) -> Watcher:
        watcher = Watcher(folder, partial(self._pass_on, name), lambda _: self._report(), self.rhythm)
        watcher.start()
        return watcher

    def _pass_on(self, name: str, change: Change) -> None:
        paths = frozenset(f"{name}/{path}" for path in change.paths)
        self._on_change(Change(paths, change.everything))

    def _report(self) -> None:
        self._on_problem(self.problem)
