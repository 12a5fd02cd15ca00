"""Unsaved documents in the indexes, so that answers have the lines as the user sees them.

A document is sent to the index of every folder that holds its file while it differs from the file, and while the
index has not yet seen what was saved.
"""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from fieldguide_indexer import FieldguideError
from fieldguide_server.files import stored_text
from fieldguide_server.lsp.convert import path_of
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.timings import Timings
from fieldguide_server.workspace.debounce import Debouncer
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.index_handle import IndexHandle

log = logging.getLogger(__name__)


class UnsavedDocuments:
    """Sends unsaved documents to the indexes: in a quiet moment, and before a request reads an index."""

    def __init__(self, documents: OpenDocuments, executors: Executors, timings: Timings) -> None:
        self._documents = documents
        self._executors = executors
        self._timings = timings
        self._overlays: dict[Folder, _Overlay] = {}

    def document_changed(self, folder: Folder, path: Path, _uri: str) -> None:
        """Send the document soon."""
        if inside := folder.relative(path):
            self._overlay(folder).add([inside])

    def file_changed(self, folder: Folder, path: str | None) -> None:
        """Compare a saved file with its document soon."""
        overlay = self._overlay(folder)
        if path in overlay.sent:
            overlay.add([path])

    def index_opened(self, folder: Folder) -> None:
        """Send all documents of a folder, since its index has none."""
        paths = [path_of(uri) for uri in self._documents.uris()]
        overlay = self._overlay(folder)
        overlay.sent.clear()
        overlay.add(filter(None, (folder.relative(path) for path in paths if path)))

    def index_updated(self, folder: Folder) -> None:
        """Take back what the index now has from the files."""
        overlay = self._overlay(folder)
        if overlay.sent:
            overlay.changed |= overlay.sent.keys()
            self._executors.spawn(overlay.send())

    def close(self, folder: Folder) -> None:
        """Forget a folder that was removed."""
        if (overlay := self._overlays.pop(folder, None)) is not None:
            overlay.cancel()

    async def ready(self, folder: Folder, scan_seconds: float | None = None) -> IndexHandle:
        """Return the index, as soon as it can be searched, with the documents as they are now.

        Args:
            folder: Whose index.
            scan_seconds: How long to wait for the first scan; by default as long as for a question.

        Raises:
            FieldguideError: The index could not be opened.
        """
        index = await folder.ready(self._timings.first_scan if scan_seconds is None else scan_seconds)
        await self.flush(folder, self._timings.unsaved_request)
        return index

    async def flush(self, folder: Folder, seconds: float | None = None) -> None:
        """Wait until the index has the documents as they are now; by default as long as a request may wait."""
        overlay = self._overlay(folder)
        if overlay.is_behind:
            timeout = self._timings.unsaved_request if seconds is None else seconds
            # The waiting may end before the work, which has to continue.
            await asyncio.wait([self._executors.spawn(overlay.send())], timeout=timeout)

    async def flush_for_hover(self, folder: Folder) -> None:
        """Wait as ``flush`` does, but so short that a hover does not feel slow."""
        await self.flush(folder, self._timings.unsaved_hover)

    def _overlay(self, folder: Folder) -> "_Overlay":
        if folder not in self._overlays:
            self._overlays[folder] = _Overlay(
                folder, self._documents, self._executors, self._timings.unsaved_quiet
            )
        return self._overlays[folder]


class _Overlay:
    """The unsaved texts of one folder.

    ``changed`` are the paths of documents that may differ from what was sent; ``sent`` are the texts that the index has.
    """

    def __init__(self, folder: Folder, documents: OpenDocuments, executors: Executors, quiet: float) -> None:
        self.changed: set[str] = set()
        self.sent: dict[str, str] = {}
        self._folder = folder
        self._documents = documents
        self._executors = executors
        self._lock = asyncio.Lock()
        self._debouncer = Debouncer(executors, self.send, quiet)

    @property
    def is_behind(self) -> bool:
        return bool(self.changed) or self._lock.locked()

    def add(self, paths: Iterable[str]) -> None:
        self.changed.update(paths)
        # Without an index the documents are sent when it is opened.
        if self.changed and self._folder.index is not None:
            self._debouncer.trigger()

    def cancel(self) -> None:
        self._debouncer.cancel()

    async def send(self) -> None:
        """Send what differs from what was sent; what cannot be sent now is sent with the next change."""
        async with self._lock:
            index, paths = self._folder.index, self.changed
            if index is None or not paths:
                return
            self.changed = set()
            pending = {path for path in paths if self._folder.has_pending(path)}
            try:
                texts = await self._executors.scan(self._texts, paths, pending)
                news = {path: text for path, text in texts.items() if text != self.sent.get(path)}
                refused = await self._executors.scan(index.overlay, news) if news else []
            except FieldguideError as error:
                log.warning("unsaved changes are not searched: %s", error)
                self.changed |= paths
                return
            if self._folder.index is not index:
                self.changed |= paths
                return
            for each in refused:
                log.info("unsaved changes are not searched: %s is %s", each.path, each.reason)
            self.sent = {path: text for path, text in {**self.sent, **texts}.items() if text is not None}

    def _texts(self, paths: Iterable[str], pending: set[str]) -> dict[str, str | None]:
        return {path: self._text(path, is_pending=path in pending) for path in paths}

    def _text(self, path: str, *, is_pending: bool) -> str | None:
        """Return the text to put in place of a file; None for none.

        That is also the file's own text while an update of the index is pending: the document may be closed already.
        """
        names = self._folder.locate(path)
        if names is None:
            return None
        opened, stored = self._documents.open_text(names), stored_text(names[0])
        current = stored if opened is None else opened
        return current if is_pending or opened not in (None, stored) else None
