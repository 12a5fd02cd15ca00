"""The docs index in the language server: one connection, and a view of each source with the interface of a folder's index."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer import (
    Definition,
    FieldguideError,
    FileGroup,
    FileStatus,
    Hit,
    IndexEvent,
    IndexOptions,
    IndexStatus,
    Lookup,
    Progress,
    SkippedFile,
    StorageError,
    UpdateReport,
)
from fieldguide_server.docs.library import DocsLibrary

if TYPE_CHECKING:
    from fieldguide_indexer import Index

log = logging.getLogger(__name__)

Callback = Callable[[IndexEvent], None]
OpenDocs = Callable[[Path, IndexOptions], "Index"]

# The minimum time between two reports of the states of all sources.
_REPORT_SECONDS = 0.5


class DocsIndex:
    """The connection to the docs index, open while one of its sources is. Calls block, and are safe from any thread."""

    def __init__(self, open_docs: OpenDocs) -> None:
        self._open_docs = open_docs
        self._lock = threading.RLock()
        self._index: Index | None = None
        self._options: IndexOptions | None = None
        self._sources: set[SourceIndex] = set()
        self._updating = threading.Lock()
        self._updates = 0
        self._report: UpdateReport | None = None
        self._reporter: _Reporter | None = None
        self._callbacks: dict[SourceIndex, Callback] = {}

    def open(self, library: DocsLibrary, name: str, options: IndexOptions) -> "SourceIndex":
        """Open a source of the library. If the options differ, the index is reopened with these, for all sources.

        Raises:
            StorageError: The index cannot be opened.
        """
        with self._lock:
            if self._index is None or options != self._options:
                self._close()
                self._index, self._options = self._open_docs(library.sources.file, options), options
                self._reporter = _Reporter(self._index, self._callbacks)
            source = SourceIndex(self, name)
            self._sources.add(source)
            return source

    @property
    def index(self) -> "Index":
        """The open index.

        Raises:
            StorageError: It is closed.
        """
        index = self._index
        if index is None:
            raise StorageError("The index of the documentation is closed.")
        return index

    def update(self, on_progress: Callable[[Progress], None] | None) -> UpdateReport:
        """Update all sources. Calls that wait for a running update share the next one."""
        begun = self._updates
        with self._updating:
            if self._report is None or self._updates == begun:
                self._updates += 1
                self._report = None
                self._report = self.index.update(None, on_progress)
            return self._report

    def subscribe(self, source: "SourceIndex", callback: Callback) -> Callable[[], None]:
        """Call back with the state of a source, from another thread, whenever it may have changed; return how to end that."""
        self._callbacks[source] = callback

        def unsubscribe() -> None:
            self._callbacks.pop(source, None)

        return unsubscribe

    def close(self, source: "SourceIndex") -> None:
        """Close a source."""
        with self._lock:
            self._sources.discard(source)
            if not self._sources:
                self._close()

    def _close(self) -> None:
        index, self._index, self._options = self._index, None, None
        if self._reporter is not None:
            self._reporter.stop()
        if index is not None:
            index.close()


class _Reporter:
    """Reports the states of sources after events of the index, whose own callbacks must not call it."""

    def __init__(self, index: "Index", callbacks: "Mapping[SourceIndex, Callback]") -> None:
        self._index = index
        self._callbacks = callbacks
        self._changed = threading.Event()
        self._stopped = threading.Event()
        index.subscribe(lambda _: self._changed.set())
        threading.Thread(target=self._run, name="docs-states", daemon=True).start()

    def stop(self) -> None:
        """Stop reporting."""
        self._stopped.set()
        self._changed.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._changed.wait()
            self._changed.clear()
            for source, callback in tuple(self._callbacks.items()):
                if not self._stopped.is_set():
                    self._report(source, callback)
            self._stopped.wait(_REPORT_SECONDS)

    def _report(self, source: "SourceIndex", callback: Callback) -> None:
        try:
            callback(self._index.status(source.name))
        except FieldguideError as error:
            log.info("the state of the documentation %s is unknown: %s", source.name, error)


class SourceIndex:
    """One source of the docs index, with paths relative to its folder; see ``IndexHandle``."""

    def __init__(self, docs: DocsIndex, name: str) -> None:
        self.docs = docs
        self.name = name
        self._prefix = f"{name}/"

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        force: bool = False,
    ) -> UpdateReport:
        """Update these files, or all sources (None); ``force`` reads all files of this source again."""
        if paths is None and not force:
            return self.docs.update(on_progress)
        below = [self.name] if paths is None else [self._prefix + path for path in paths]
        return self.docs.index.update(below, on_progress, force=force)

    def cancel_update(self) -> None:
        """End the running update soon, and keep what it has done."""
        self.docs.index.cancel_update()

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:  # noqa: ARG002 - see IndexHandle
        """Ignore unsaved texts: documentation is searched as stored on disk."""
        return []

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        """Return the best passages for a question; none within ``code``."""
        if within == "code":
            return []
        found = self.docs.index.search(query, limit, "all", [self.name])
        return [replace(hit, path=self._inside(hit.path)) for hit in found]

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used."""
        found = self.docs.index.lookup(name, [self.name])
        return Lookup(
            name,
            tuple(replace(each, path=self._inside(each.path)) for each in found.definitions),
            tuple(replace(each, path=self._inside(each.path)) for each in found.references),
        )

    def definitions_in(self, path: str) -> list[Definition]:
        """Return what a file defines."""
        return [replace(each, path=path) for each in self.docs.index.definitions_in(self._prefix + path)]

    def status(self) -> IndexStatus:
        """Return the state of the index, and how much it holds of this source."""
        return self.docs.index.status(self.name)

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file."""
        return replace(self.docs.index.file_status(self._prefix + path), path=path)

    def file_groups(self) -> list[FileGroup]:
        """Return how many files were skipped or failed, by reason."""
        return self.docs.index.file_groups(self.name)

    def files_in(self, state: str, reason: str = "", after: str = "", limit: int = 100) -> list[FileStatus]:
        """Return a page of the files in a state."""
        found = self.docs.index.files_in(
            state, reason, self._prefix + after if after else "", limit, self.name
        )
        return [replace(each, path=self._inside(each.path)) for each in found]

    def pause(self) -> IndexStatus:
        """Start no new work for any documentation until ``resume``."""
        self.docs.index.pause()
        return self.status()

    def resume(self) -> IndexStatus:
        """Continue the work."""
        self.docs.index.resume()
        return self.status()

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call back on changes, from another thread; return a function that ends the subscription."""
        return self.docs.subscribe(self, callback)

    def watch(self) -> str:
        """Watch the files of all documentation; return a sentence if that works only in part, else an empty string."""
        return self.docs.index.watch()

    def close(self) -> None:
        """Close this source."""
        self.docs.close(self)

    def _inside(self, path: str) -> str:
        return path.removeprefix(self._prefix)
