"""Making missing vectors in the background, while words and symbols can be searched already."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from fieldguide_indexer.embedding import condense
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.generations.vector_borrower import Lend
from fieldguide_indexer.store.catalog import Counts
from fieldguide_indexer.store.database import DamagedCatalogError
from fieldguide_indexer.types import Chunk, Progress
from fieldguide_indexer.updating.progress import ProgressTracker

logger = logging.getLogger(__name__)

_BATCH = 128

Pending = list[tuple[int, bytes, Chunk]]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Callbacks of a vectorizer, called from its own thread: on progress, when it has done all it can, on a damaged catalog."""

    on_progress: Callable[[Progress], None]
    on_done: Callable[[], None]
    on_damage: Callable[[Generation], None]


@dataclass(frozen=True, slots=True)
class RetryDelays:
    """After how many seconds work that did not succeed is tried again; the delay doubles each time."""

    first: float = 15.0
    last: float = 600.0


class Vectorizer:
    """One thread that embeds the pending chunks of a generation whenever it is woken.

    Each batch is stored before the next but one is made, so a process that was killed continues where it was. Why
    vectors cannot be made (a refused key, a full disk) is in ``generation.problem``; it is tried again when it is woken,
    or after a delay.
    """

    def __init__(
        self, generation: Generation, nice: int, hooks: Hooks, delays: RetryDelays | None = None
    ) -> None:
        self._generation = generation
        self._nice = nice
        self._hooks = hooks
        self._delays = delays or RetryDelays()
        self._changed = threading.Condition()
        self._woken = self._working = self._stopped = self._paused = self._skip_wake = False
        self._retiring = False
        self._holds = self._rest_holds = 0
        self._retry_seconds: float | None = None
        self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="vectorizer", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether everything is done that can be done now."""
        with self._changed:
            return self._is_idle()

    def _is_idle(self) -> bool:
        return self._stopped or not (self._working or self._holds or self._woken)

    def wake(self) -> None:
        """Look for pending chunks."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    @contextmanager
    def hold(self, *, at_rest: bool = False) -> Iterator[None]:
        """Start no batch in this context, and wake up after it; with ``at_rest`` the current work has ended, too."""
        with self._changed:
            was_busy = self._woken or self._working
        was_busy = was_busy and self._has_pending()
        with self._changed:
            self._holds += 1
            self._rest_holds += at_rest
            if at_rest:
                self._changed.wait_for(lambda: not self._working or self._stopped)
        try:
            yield
        finally:
            with self._changed:
                self._holds -= 1
                self._rest_holds -= at_rest
                # Somebody may wait for what was under way before.
                self._woken |= was_busy or not self._skip_wake
                self._skip_wake = False
                self._changed.notify_all()

    def _has_pending(self) -> bool:
        try:
            return bool(self._generation.catalog.pending_chunks(1))
        except FieldguideError:
            return False  # the update reports what is wrong with the catalog

    def skip_wake(self) -> None:
        """Do not wake up after the current hold, but after the next one. To be called in a hold."""
        self._skip_wake = True

    def switch_to(self, generation: Generation) -> None:
        """Continue with another generation. To be called in a hold at rest."""
        self._generation = generation

    def set_nice(self, nice: int) -> None:
        """Continue at another priority. To be called in a hold at rest."""
        if nice != self._nice:
            # A thread cannot raise its priority again, so another one takes its place. It is not "stopped" meanwhile:
            # clients that wait for vectors would take that for the end of the work.
            with self._changed:
                self._retiring = True
                self._changed.notify_all()
            self._thread.join()
            self._nice, self._retiring = nice, False
            self._start()

    def set_paused(self, *, paused: bool) -> None:
        """Start no batch while paused; stored vectors are still opened."""
        with self._changed:
            self._paused = paused
            self._woken |= not paused
            self._changed.notify_all()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until the pending work is done, cannot be done or is paused. Return whether it is."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout)

    def stop(self) -> None:
        """End the thread after the current batch."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    @property
    def _may_work(self) -> bool:
        return not (self._stopped or self._holds)

    @property
    def _may_embed(self) -> bool:
        return self._may_work and not self._paused

    def _run(self) -> None:
        _lower_priority(self._nice)
        while self._wait_for_work():
            self._work()
            if self._may_work and not self._woken:
                self._hooks.on_done()
            with self._changed:
                self._working = False
                self._changed.notify_all()

    def _wait_for_work(self) -> bool:
        """Wait until it is woken or a retry is due; False when it is stopped."""
        with self._changed:
            while True:
                self._changed.wait_for(
                    lambda: self._stopped or self._retiring or (self._woken and not self._rest_holds),
                    self._retry_seconds,
                )
                if self._retiring:
                    return False
                if self._stopped or not self._rest_holds:
                    self._woken, self._working = False, not self._stopped
                    return not self._stopped

    def _work(self) -> None:
        """Open the stored vectors, also during an update and in a pause; then make those that are missing."""
        generation = self._generation
        try:
            generation.open_vectors()
            with self._changed:
                # Chunks that came meanwhile are embedded below, but not during a hold.
                self._woken &= not self._may_work
            if self._paused and self._may_work:
                generation.self_test()
            while self._may_embed and (self._embed_pending(generation) or generation.rebuild_vectors()):
                pass
            generation.problem = ""
            self._retry_seconds = None
        except FieldguideError as error:
            logger.warning("Vectors cannot be made: %s", error)
            self._set_problem(generation, str(error))
            if isinstance(error, DamagedCatalogError):
                self._hooks.on_damage(generation)
        except Exception:
            logger.exception("Vectors cannot be made")
            self._set_problem(generation, "Vectors cannot be made; the log has the details.")

    def _set_problem(self, generation: Generation, problem: str) -> None:
        generation.problem = problem
        delays = self._delays
        self._retry_seconds = min(delays.last, 2 * (self._retry_seconds or delays.first / 2))

    def _embed_pending(self, generation: Generation) -> bool:
        """Make the vectors that are pending. Return whether there were any.

        A batch is stored while the next one is embedded.
        """
        if generation.embedder is None or generation.vectors is None:
            return False
        counts = generation.catalog.counts()
        report = self._reporter(counts)
        made = 0
        storing: Future[None] | None = None
        borrowing = generation.borrowing(counts.chunks - counts.embedded)
        with ThreadPoolExecutor(1, "vector-storing") as thread, borrowing as lend:
            for batch in self._missing(generation, lend, report):
                vectors = generation.embedder.embed_documents([condense(chunk) for _, _, chunk in batch])
                if storing is not None:
                    storing.result()
                places = [(slot, digest) for slot, digest, _ in batch]
                storing = thread.submit(generation.store_vectors, places, vectors)
                made += len(batch)
                report(len(batch))
            if storing is not None:
                storing.result()
        if made:
            logger.info("%d vectors were made", made)
        return made > 0

    def _reporter(self, counts: Counts) -> Callable[[int], None]:
        """Return a function that reports the progress after so many more vectors."""
        tracker = ProgressTracker("embedding", counts.chunks - counts.embedded)
        made = 0

        def report(more: int) -> None:
            nonlocal made
            made += more
            self._hooks.on_progress(tracker.progress(counts.embedded + made, counts.chunks, made))

        return report

    def _missing(
        self, generation: Generation, lend: Lend, report: Callable[[int], None]
    ) -> Iterator[Pending]:
        """Yield the pending chunks in batches, without those whose vectors exist elsewhere."""
        missing: Pending = []
        for batch in self._batches(generation):
            places = [(slot, digest) for slot, digest, _ in batch]
            reused = frozenset(generation.reuse_vectors(places, lend))
            if reused:
                report(len(reused))
            missing.extend(each for each in batch if each[:2] not in reused)
            while len(missing) >= _BATCH:
                yield missing[:_BATCH]
                del missing[:_BATCH]
        if missing:
            yield missing

    def _batches(self, generation: Generation) -> Iterator[Pending]:
        slot = 0
        while self._may_embed and (batch := generation.catalog.pending_chunks(_BATCH, after=slot)):
            yield batch
            slot = batch[-1][0]


def _lower_priority(nice: int) -> None:
    """Lower the priority of this thread and those that it starts on Linux, of the process elsewhere."""
    if nice <= 0:
        return
    if sys.platform == "win32":
        import psutil  # noqa: PLC0415 - the standard library cannot do it there

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(nice)
