"""The index itself, inside the process that owns it: generations, updates, vectors in the background, states.

Everybody else reaches it through ``index.py`` and ``service.py``.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.embedding.on_demand import open_on_demand
from fieldguide_indexer.engine.queries import Asking
from fieldguide_indexer.engine.vectorizer import Hooks, Vectorizer
from fieldguide_indexer.errors import EmbeddingError, FieldguideError, StorageError
from fieldguide_indexer.generations.current import Generations
from fieldguide_indexer.generations.generation import Generation, VectorBackend
from fieldguide_indexer.generations.status import EngineState, tell
from fieldguide_indexer.generations.vector_borrower import VectorBorrower
from fieldguide_indexer.generations.vector_lender import lend
from fieldguide_indexer.memory import Memory
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.overlay.unsaved_buffers import BackgroundEmbedder, UnsavedBuffers, prepare
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.database import ClosedCatalogError, DamagedCatalogError
from fieldguide_indexer.types import (
    FileGroup,
    FileStatus,
    IndexEvent,
    IndexStatus,
    Progress,
    SkippedFile,
    State,
    UpdateReport,
)
from fieldguide_indexer.updating.file_status import FilePage, file_status, files_in
from fieldguide_indexer.updating.updater import COMPLETE, Updater, UpdateRequest
from fieldguide_indexer.updating.worker_pool import WorkerPool

logger = logging.getLogger(__name__)

T = TypeVar("T")
Listener = Callable[[IndexEvent], None]

_DAMAGED = "The index was damaged and is being built again."
# A paused update looks so often whether it is cancelled.
_CANCELLED_SECONDS = 0.5


class DamageFoundError(StorageError):
    """The index is being built again."""


class Engine(Asking):
    """One index, of a workspace folder or of several sources. Every method may be called from any thread.

    ``folder`` is what is indexed, ``home`` the folder of its index.
    """

    def __init__(self, folder: Root, home: Path, options: IndexOptions, listener: Listener) -> None:
        self._folder = folder
        self._home = home
        self._options = self._requested_options = options
        self._listener = listener
        # Two threads that look and tell at once would tell in the wrong order.
        self._telling = threading.RLock()
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
        self._generations = Generations(home, self._means())
        if not self._generations.serving.catalog.chunk_count():
            self._pool.warm()
        hooks = Hooks(self._on_vectors, self._on_vectors_done, self._start_repair)
        self._vectorizer = Vectorizer(self._generations.newest, options.nice, hooks)
        self._vectorizer.wake()

    def _open_embedder(self) -> Embedder | None:
        self._problem = ""
        try:
            return open_on_demand(self._options.embedding, self._options.threads)
        except EmbeddingError as error:
            logger.warning("No vectors: %s", error)
            self._problem = str(error)
            return None

    def _means(self) -> VectorBackend:
        return VectorBackend(self._embedder, self._options.store, VectorBorrower(self._folder, self._home))

    # Writing

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        *,
        anew: bool = False,
    ) -> UpdateReport:
        """Bring the words and symbols up to date with the folder, or with these paths; vectors follow.

        Once it is ``cancelled`` it ends after the batch at hand; the next update goes on with the rest, and its vectors.
        With ``anew`` every file is read again, whatever its time says.
        """
        order = UpdateRequest(paths, on_progress or self._listener, cancelled or threading.Event(), anew)
        try:
            with self._updating, self._vectorizer.held():
                self._adopt_requested_options()  # what could not be taken up while somebody else was at work
                report = self._update_or_rebuild(order)
                if report.interrupted:
                    self._vectorizer.rest()
                return report
        finally:
            self.reconfigure(self._requested_options)  # what somebody may have asked for meanwhile

    def _update_or_rebuild(self, order: UpdateRequest) -> UpdateReport:
        if self._closed.is_set():
            raise ClosedCatalogError("The index was closed.")
        if self._generations.serving.catalog.is_closed:
            self._generations.open(self._means())  # which has failed the last time
            self._vectorizer.turn_to(self._generations.newest)
        try:
            return self._update(order)
        except DamagedCatalogError:
            logger.exception("Building the index again")
            self._rebuild()
            return self._update(replace(order, paths=None))

    def _update(self, order: UpdateRequest) -> UpdateReport:
        with self._busy_with(
            State.UPDATING if self._generations.serving.catalog.chunk_count() else State.SCANNING
        ):
            may_go_on = partial(self._may_go_on, order.cancelled)
            report = self._updater(self._generations.serving).update(order, may_go_on)
            if order.paths is None:
                self._scan_notes = report.notes
            if self._generations.building is not None and not report.interrupted:
                # Until it holds everything once, what changed lately is not enough.
                complete = self._generations.building.catalog.facts().get(COMPLETE)
                some = order.paths if complete else None
                report = self._updater(self._generations.building).update(
                    replace(order, paths=some), may_go_on
                )
            return report

    def _updater(self, target: Generation) -> Updater:
        return Updater(self._folder, target.catalog, self._options, self._pool)

    def _may_go_on(self, cancelled: threading.Event) -> bool:
        """Wait while it is paused; False when the update is cancelled or the index being closed."""
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
            self._pool.relieve()
            self._publish_status()

    def _publish_status(self) -> None:
        try:
            with self._telling:
                self._listener(self.status())
        except FieldguideError as error:
            logger.warning("The state cannot be told: %s", error)

    def _on_vectors(self, progress: Progress) -> None:
        self._pool.relieve()
        self._listener(progress)

    def _on_vectors_done(self) -> None:
        """All is made that can be: lets a generation that was built answer from now on."""
        self._pool.rest()
        # An update at hand wakes the vectorizer when it is done, and so brings us here again.
        if self._generations.building is not None and self._updating.acquire(blocking=False):
            try:
                self._generations.promote_if_complete()
            finally:
                self._updating.release()
        self._publish_status()

    # Damage and change of options

    def _start_repair(self, damaged: Generation) -> None:
        """Build the index again, apart from whoever found it damaged."""
        logger.error("The catalog of %s is damaged", damaged.recipe.name)
        healing = self._repair
        if healing is None or not healing.is_alive():
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
            logger.warning("Not built again: %s", error)

    def _rebuild(self) -> None:
        """Remove what is stored and open an empty index in its place."""
        with self._vectorizer.held(at_rest=True):
            self._generations.replace(self._means(), remove=True)
            self._vectorizer.turn_to(self._generations.newest)

    def reconfigure(self, options: IndexOptions) -> None:
        """Go on with other options; after the update at hand, if there is one.

        Only another model has anything made anew.
        """
        self._requested_options = options
        if options == self._options or not self._updating.acquire(blocking=False):
            return
        try:
            self._adopt_requested_options()
        finally:
            self._updating.release()

    def _adopt_requested_options(self) -> None:
        """Take up the options that were asked for last. To be called by who updates."""
        if self._requested_options != self._options and not self._closed.is_set():
            self._adopt(self._requested_options)

    def _adopt(self, options: IndexOptions) -> None:
        with self._vectorizer.held(at_rest=True):
            before, self._options = self._options, options
            self._pool.close()
            self._memory = Memory(options.memory_mib)
            self._pool = WorkerPool(self._folder, options, self._memory)
            self._vectorizer.renice(options.nice)
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
            self._generations.replace(self._means())
            self._vectorizer.turn_to(self._generations.newest)
        if old is not None:
            old.close()

    # Reading

    def overlay(self, texts: Mapping[str, str | None], unsaved: UnsavedBuffers) -> list[SkippedFile]:
        """Lay the texts of unsaved buffers over their files; None takes one away. Gives back what cannot be laid."""
        given = {path: text for path, text in texts.items() if text is not None}
        files = prepare(given, self._listed(list(given)), self._pool)
        left = unsaved.lay(files, [path for path in texts if path not in given])
        # Not at an endpoint: what is typed and deleted again shall neither cost anything nor be told anybody.
        if self._running.is_set() and self._options.embedding.provider != "openai":
            self._background_embedder.start(lambda: self._ask(unsaved.embed))
        return left

    def _listed(self, paths: Sequence[str]) -> set[str]:
        """Return those of the paths of which the index holds a file."""
        try:
            rows = self._ask(lambda generation: generation.catalog.file_rows(paths))
        except DamageFoundError:
            return set()
        return {path for path, row in rows.items() if row.state == "indexed"}

    def _look_after_vectors(self) -> None:
        self._vectorizer.wake()  # to find out what it is, and whether it can be mended

    def file_status(self, path: str) -> FileStatus:
        """Return what is held of one file, and whether that is what it says now."""
        return self._ask(
            lambda generation: file_status(self._folder, path, generation.catalog, self._options)
        )

    def file_groups(self, source: str = "") -> list[FileGroup]:
        """Return what is not held, by reason."""
        return self._ask(lambda generation: generation.catalog.file_groups(source))

    def files_in(self, state: str, reason: str, after: str, limit: int, source: str = "") -> list[FileStatus]:
        """Return a page of the files in a state."""
        page = FilePage(state, reason, after, limit, source)
        return self._ask(lambda generation: files_in(self._folder, page, generation.catalog, self._options))

    def lend(self, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
        """Such of the vectors as are here, for a neighbour that makes them with the same: see ``lending.py``."""
        return self._ask(lambda generation: lend(generation, made_with, hashes))

    def status(self, source: str = "") -> IndexStatus:
        """Return what the index can do now; with a ``source``, what of that one."""
        try:
            return self._ask(lambda generation: self._status(generation, source))
        except DamageFoundError as error:
            return IndexStatus(State.DEGRADED, reason=str(error))

    def _ask(self, question: Callable[[Generation], T]) -> T:
        def ask(generation: Generation) -> T:
            try:
                return question(generation)
            except DamagedCatalogError as error:
                self._start_repair(generation)
                raise DamageFoundError(_DAMAGED) from error

        return self._generations.ask(ask)

    def _status(self, generation: Generation, source: str) -> IndexStatus:
        problem = self._problem or self._generations.newest.problem
        notes = *self._note.splitlines(), *self._scan_notes, self._memory.note
        paused = not self._running.is_set()
        now = EngineState(self._folder, self._busy, paused, problem, notes, self._pool.used_mib)
        return tell(generation, now, source)

    # Life

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Wait for an update under way and for the vectors; says how far they came."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._vectorizer.wait_idle(_left(deadline)) and (healing := self._repair) is not None:
            healing.join(_left(deadline))
            if healing is self._repair and not healing.is_alive():
                self._repair = None
        self._background_embedder.wait(_left(deadline))
        return self.status()

    def note(self, text: str) -> None:
        """Have the status say what does not keep the index from answering, such as how changes are found; "" for nothing."""
        if text != self._note:
            self._note = text
            self._publish_status()

    def pause(self) -> IndexStatus:
        """Begin no new work until ``resume``; what is stored is searched as ever."""
        self._running.clear()
        self._vectorizer.pause(paused=True)
        self._publish_status()
        return self.status()

    def resume(self) -> IndexStatus:
        """Go on where it was paused."""
        self._running.set()
        self._vectorizer.pause(paused=False)
        self._publish_status()
        return self.status()

    @property
    def is_idle(self) -> bool:
        """Whether no work is left."""
        healing = self._repair
        heals = healing is not None and healing.is_alive()
        return self._vectorizer.is_idle and not self._updating.locked() and not heals

    def close(self) -> None:
        """Stop the work after the batch at hand and close the stores. What was stored stays."""
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
