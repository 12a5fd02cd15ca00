"""The index itself, inside the process that owns it: updates, vectors in the background, status.

Other processes reach it through ``index.py`` and ``owner/server.py``.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.embedding.on_demand import open_on_demand
from fieldguide_indexer.engine.background_embedder import BackgroundEmbedder
from fieldguide_indexer.engine.queries import DamagedIndexError, Queries
from fieldguide_indexer.engine.status import EngineState, index_status
from fieldguide_indexer.engine.vectorizer import Hooks, RetryDelays, Vectorizer
from fieldguide_indexer.errors import EmbeddingError, FieldguideError
from fieldguide_indexer.generations.generation import Generation, Generations
from fieldguide_indexer.generations.vector_backend import VectorBackend
from fieldguide_indexer.generations.vector_borrower import BorrowingLimits, VectorBorrower
from fieldguide_indexer.memory import Memory
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.catalog import COMPLETE
from fieldguide_indexer.store.database import ClosedCatalogError, DamagedCatalogError
from fieldguide_indexer.types import (
    FileStatus,
    IndexEvent,
    IndexStatus,
    Progress,
    SkippedFile,
    State,
    UpdateReport,
)
from fieldguide_indexer.updating.file_status import FilePage, file_status, files_in
from fieldguide_indexer.updating.updater import Updater, UpdateRequest
from fieldguide_indexer.updating.worker_pool import WorkerPool

logger = logging.getLogger(__name__)

Listener = Callable[[IndexEvent], None]
OpenEmbedder = Callable[[EmbeddingOptions, int], Embedder | None]

# How often a paused update looks whether it was cancelled.
_CANCELLED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Delays and limits of the work in the background."""

    borrowing: BorrowingLimits = field(default_factory=BorrowingLimits)
    retries: RetryDelays = field(default_factory=RetryDelays)


class Engine:
    """One index, of a workspace folder or of several sources. Every method may be called from any thread.

    Attributes:
        queries: Answers questions about what is indexed.

    Args:
        folder: What is indexed.
        home: The folder of its index.
        options: How it is indexed.
        listener: Called from any thread with every change of state and with progress.
        open_embedder: Returns the embedder for options and a number of threads.
        limits: Delays and limits of the work in the background.
    """

    def __init__(
        self,
        folder: Root,
        home: Path,
        options: IndexOptions,
        listener: Listener,
        *,
        open_embedder: OpenEmbedder = open_on_demand,
        limits: EngineLimits | None = None,
    ) -> None:
        self._folder = folder
        self._home = home
        self._options = self._requested_options = options
        self._listener = listener
        self._make_embedder = open_embedder
        self._limits = limits or EngineLimits()
        # Two threads that read and publish the status at once would publish it in the wrong order.
        self._publishing = threading.RLock()
        self._updating = threading.Lock()
        self._running = threading.Event()
        self._running.set()
        self._closed = threading.Event()
        self._repair: threading.Thread | None = None
        self._busy: State | None = None
        self._problem = self._note = ""
        self._scan_notes: tuple[str, ...] = ()
        self._embedder = self._open_embedder()
        self._memory = Memory(options.memory_mib)
        self._pool = WorkerPool(folder, options, self._memory)
        self._background_embedder = BackgroundEmbedder()
        self._generations = Generations(home, self._backend())
        if not self._generations.serving.catalog.chunk_count():
            self._pool.warm()
        hooks = Hooks(self._on_vectors, self._on_vectors_done, self._start_repair)
        newest = self._generations.newest
        self._vectorizer = Vectorizer(newest, options.nice, hooks, self._limits.retries)
        # To find out why vectors are not found, and whether that can be repaired.
        self.queries = Queries(self._generations, self._start_repair, self._vectorizer.wake)
        self._vectorizer.wake()

    def _open_embedder(self) -> Embedder | None:
        self._problem = ""
        try:
            return self._make_embedder(self._options.embedding, self._options.threads)
        except EmbeddingError as error:
            logger.warning("No vectors: %s", error)
            self._problem = str(error)
            return None

    def _backend(self) -> VectorBackend:
        borrower = VectorBorrower(self._folder, self._home, self._limits.borrowing)
        return VectorBackend(self._embedder, self._options.store, borrower)

    # Updates

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        *,
        force: bool = False,
    ) -> UpdateReport:
        """Bring the words and symbols up to date with the folder, or with these paths; vectors follow.

        Once it is ``cancelled`` it ends after the current batch; the next update continues with the rest and its
        vectors. With ``force`` every file is read again, even if it did not change.
        """
        request = UpdateRequest(
            paths, on_progress or self._listener, cancelled or threading.Event(), force=force
        )
        try:
            with self._updating, self._vectorizer.hold():
                self._adopt_requested_options()  # those that came during another update
                report = self._update_or_rebuild(request)
                if report.interrupted:
                    self._vectorizer.skip_wake()
                return report
        finally:
            self.reconfigure(self._requested_options)  # those that came during this one

    def _update_or_rebuild(self, request: UpdateRequest) -> UpdateReport:
        if self._closed.is_set():
            raise ClosedCatalogError("The index was closed.")
        if self._generations.serving.catalog.is_closed:
            self._generations.open(self._backend())  # it could not be opened the last time
            self._vectorizer.switch_to(self._generations.newest)
        try:
            return self._update(request)
        except DamagedCatalogError:
            logger.exception("Building the index again")
            self._rebuild()
            return self._update(replace(request, paths=None))

    def _update(self, request: UpdateRequest) -> UpdateReport:
        is_new = not self._generations.serving.catalog.chunk_count()
        with self._busy_with(State.SCANNING if is_new else State.UPDATING):
            may_continue = partial(self._may_continue, request.cancelled)
            report = self._updater(self._generations.serving).update(request, may_continue)
            if request.paths is None:
                self._scan_notes = report.notes
            building = self._generations.building
            if building is not None and not report.interrupted:
                # Until it has been complete once, it needs more than the latest changes.
                complete = building.catalog.facts().get(COMPLETE)
                paths = request.paths if complete else None
                report = self._updater(building).update(replace(request, paths=paths), may_continue)
            return report

    def _updater(self, target: Generation) -> Updater:
        return Updater(self._folder, target.catalog, self._options, self._pool)

    def _may_continue(self, cancelled: threading.Event) -> bool:
        """Wait while the index is paused; False when the update is cancelled or the index is being closed."""
        while not (cancelled.is_set() or self._running.wait(_CANCELLED_SECONDS)):
            pass
        return not (self._closed.is_set() or cancelled.is_set())

    @contextmanager
    def _busy_with(self, state: State) -> Iterator[None]:
        self._busy = state
        self._publish_status()
        try:
            yield
        finally:
            self._busy = None
            self._pool.free_memory_if_short()
            self._publish_status()

    def _publish_status(self) -> None:
        try:
            with self._publishing:
                self._listener(self.status())
        except FieldguideError as error:
            logger.warning("The status is not known: %s", error)

    def _on_vectors(self, progress: Progress) -> None:
        self._pool.free_memory_if_short()
        self._listener(progress)

    def _on_vectors_done(self) -> None:
        """Promote a rebuilt generation: all vectors that can be computed are stored."""
        self._pool.shrink()
        # During an update nothing is promoted: its end wakes the vectorizer, which brings us here again.
        if self._generations.building is not None and self._updating.acquire(blocking=False):
            try:
                self._generations.promote_if_complete()
            finally:
                self._updating.release()
        self._publish_status()

    # Damage and changes of options

    def _start_repair(self, damaged: Generation) -> None:
        """Build the index again, in a thread of its own."""
        logger.error("The catalog of %s is damaged", damaged.recipe.name)
        if self._repair is None or not self._repair.is_alive():
            self._repair = threading.Thread(target=self._repair_damage, args=(damaged,), daemon=True)
            self._repair.start()

    def _repair_damage(self, damaged: Generation) -> None:
        try:
            with self._updating:
                if damaged not in self._generations.all or self._closed.is_set():
                    return
                self._rebuild()
            self.update(None)
        except FieldguideError as error:
            logger.warning("The index was not built again: %s", error)

    def _rebuild(self) -> None:
        """Remove what is stored and open an empty index in its place."""
        with self._vectorizer.hold(at_rest=True):
            self._generations.replace(self._backend(), remove=True)
            self._vectorizer.switch_to(self._generations.newest)

    def reconfigure(self, options: IndexOptions) -> None:
        """Continue with other options; after the current update, if there is one.

        Only another model makes anything again.
        """
        self._requested_options = options
        if options == self._options or not self._updating.acquire(blocking=False):
            return
        try:
            self._adopt_requested_options()
        finally:
            self._updating.release()

    def _adopt_requested_options(self) -> None:
        """Use the options that were requested last. To be called with the lock for updates."""
        if self._requested_options != self._options and not self._closed.is_set():
            self._adopt(self._requested_options)

    def _adopt(self, options: IndexOptions) -> None:
        with self._vectorizer.hold(at_rest=True):
            before, self._options = self._options, options
            self._pool.close()
            self._memory = Memory(options.memory_mib)
            self._pool = WorkerPool(self._folder, options, self._memory)
            self._vectorizer.set_nice(options.nice)
            threads = (options.threads, options.nice) != (before.threads, before.nice)
            same_store = options.store == before.store
            if threads or not same_store or options.embedding != before.embedding:
                self._change_embedder(same_store=same_store)

    def _change_embedder(self, *, same_store: bool) -> None:
        old, self._embedder = self._embedder, self._open_embedder()
        name = self._embedder.name if self._embedder else ""
        newest = self._generations.newest
        if same_store and name == newest.recipe.model and newest.embedder is not None:
            newest.embedder = self._embedder
        else:
            self._generations.replace(self._backend())
            self._vectorizer.switch_to(self._generations.newest)
        if old is not None:
            old.close()

    # Unsaved buffers and status

    def overlay(self, texts: Mapping[str, str | None], unsaved: UnsavedBuffers) -> list[SkippedFile]:
        """Put texts of unsaved buffers over their files (None removes one), and return those that cannot be indexed."""
        opened = {path: text for path, text in texts.items() if text is not None}
        closed = [path for path in texts if path not in opened]
        files = self._pool.prepare_texts(opened, self.queries.indexed(list(opened)))
        rejected = unsaved.replace(files, closed)
        # Not by an endpoint: text that is typed and deleted again should neither cost anything nor be sent anywhere.
        if self._running.is_set() and self._options.embedding.provider != "openai":
            self._background_embedder.start(lambda: self.queries.ask(unsaved.embed))
        return rejected

    def file_status(self, path: str) -> FileStatus:
        """Return what the index has of one file, and whether the file is still the same."""
        return self.queries.ask(
            lambda generation: file_status(self._folder, path, generation.catalog, self._options)
        )

    def files_in(self, state: str, reason: str, after: str, limit: int, source: str = "") -> list[FileStatus]:
        """Return a page of the files in a state."""
        page = FilePage(state, reason, after, limit, source)
        return self.queries.ask(
            lambda generation: files_in(self._folder, page, generation.catalog, self._options)
        )

    def status(self, source: str = "") -> IndexStatus:
        """Return what the index can do now; with a ``source``, what it has of that one."""
        try:
            return self.queries.ask(lambda generation: index_status(generation, self._state(), source))
        except DamagedIndexError as error:
            return IndexStatus(State.DEGRADED, reason=str(error))

    def _state(self) -> EngineState:
        problem = self._problem or self._generations.newest.problem
        notes = *self._note.splitlines(), *self._scan_notes, self._memory.note
        paused = not self._running.is_set()
        return EngineState(self._folder, self._busy, paused, problem, notes, self._pool.used_mib)

    def set_note(self, text: str) -> None:
        """Add sentences to the status, a line each, on what does not keep searches from working; "" removes them."""
        if text != self._note:
            self._note = text
            self._publish_status()

    # Life cycle

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Wait for the current update and for the vectors, and return the status after that."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._vectorizer.wait_idle(_left(deadline)) and (repair := self._repair) is not None:
            repair.join(_left(deadline))
            if repair is self._repair and not repair.is_alive():
                self._repair = None
        self._background_embedder.wait(_left(deadline))
        return self.status()

    def pause(self) -> IndexStatus:
        """Start no new work until ``resume``; searches continue."""
        self._running.clear()
        self._vectorizer.set_paused(paused=True)
        self._publish_status()
        return self.status()

    def resume(self) -> IndexStatus:
        """Continue the work after ``pause``."""
        self._running.set()
        self._vectorizer.set_paused(paused=False)
        self._publish_status()
        return self.status()

    @property
    def is_idle(self) -> bool:
        """Whether no work is left."""
        repair = self._repair
        is_repairing = repair is not None and repair.is_alive()
        return self._vectorizer.is_idle and not self._updating.locked() and not is_repairing

    def close(self) -> None:
        """Stop the work after the current batch and close the stores. What was stored stays."""
        self._closed.set()
        self._running.set()
        with self._updating:
            self._vectorizer.stop()
            self._background_embedder.close()
            self._pool.close()
            if self._embedder is not None:
                self._embedder.close()
            self._generations.close()


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
