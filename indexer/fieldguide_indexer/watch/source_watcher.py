"""Watching the sources of an index: a watcher for each, and the list of sources, which any process may replace."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fieldguide_indexer.sources.source_list import SourceList
from fieldguide_indexer.watch.watcher import Change, Rhythm, Watcher


class SourceWatcher:
    """Watches all folders of ``sources``; see ``Watcher``. Paths begin with the name of the source.

    ``on_change`` may be called from several threads at once. A missing folder is not reported as a problem here: the
    scan that follows notes it.
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
        """Start watching; changes after this call are noticed."""
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
        """Why changes are noticed late, a line for each source; "" if they are not."""
        return "\n".join(
            f"{name}: {watcher.problem}"
            for name, (_, watcher) in tuple(self._watchers.items())
            if watcher.problem and not watcher.is_folder_gone
        )

    def _follow_list(self) -> None:
        # The list is rarely replaced: a look at it every second costs less than another watch.
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
