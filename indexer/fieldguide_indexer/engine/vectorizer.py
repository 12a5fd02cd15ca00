"""Making the vectors that are still missing, in the background, while words and symbols can be searched already."""

import logging
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
from fieldguide_indexer.updating.worker import lower_priority

logger = logging.getLogger(__name__)

_BATCH = 128
_FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS = 15.0, 600.0

Pending = list[tuple[int, bytes, Chunk]]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Whom a vectorizer tells, from its own thread: of progress, of having done all it could, of a broken catalog."""

    on_progress: Callable[[Progress], None]
    on_done: Callable[[], None]
    on_damage: Callable[[Generation], None]


class Vectorizer:
    """One thread that embeds the pending chunks of a generation whenever it is woken.

    Each batch is stored before the next but one is made: a killed process goes on where it was. A failure (a refused
    key, a full disk) is told by ``generation.problem``; it is tried again at the next wake, or after a while.
    """

    def __init__(self, generation: Generation, nice: int, hooks: Hooks) -> None:
        self._generation = generation
        self._nice = nice
        self._hooks = hooks
        self._news = threading.Condition()
        self._woken = self._working = self._stopped = self._paused = self._resting = False
        self._holds = self._bars = 0
        self._retry_seconds: float | None = None
        self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="vectorizer", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether all is done that can be done now."""
        with self._news:
            return self._is_idle()

    def _is_idle(self) -> bool:
        return self._stopped or not (self._working or self._holds or self._woken)

    def wake(self) -> None:
        """Tell that there may be new chunks."""
        with self._news:
            self._woken = True
            self._news.notify_all()

    @contextmanager
    def held(self, *, at_rest: bool = False) -> Iterator[None]:
        """Begin no batch meanwhile and is woken afterwards; ``at_rest`` lets nothing at all be under way."""
        with self._news:
            self._holds += 1
            self._bars += at_rest
            if at_rest:
                self._news.wait_for(lambda: not self._working or self._stopped)
        try:
            yield
        finally:
            with self._news:
                self._holds -= 1
                self._bars -= at_rest
                self._woken, self._resting = not self._resting, False
                self._news.notify_all()

    def rest(self) -> None:
        """Is not woken when the hold ends, but by the next one. To be called while held."""
        self._resting = True

    def turn_to(self, generation: Generation) -> None:
        """Go on with another generation. To be called while held at rest."""
        self._generation = generation

    def renice(self, nice: int) -> None:
        """Go on at another priority. To be called while held at rest."""
        if nice != self._nice:
            # Priority that a thread gave up it cannot take back: another one takes its place.
            self.stop()
            self._nice, self._stopped = nice, False
            self._start()

    def pause(self, *, paused: bool) -> None:
        """Begin no batch until it is told that it is not paused any more; what is stored is opened as ever."""
        with self._news:
            self._paused = paused
            self._woken |= not paused
            self._news.notify_all()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until the pending work is done, cannot be done or is paused; says whether it is."""
        with self._news:
            return self._news.wait_for(self._is_idle, timeout)

    def stop(self) -> None:
        """End the thread after the batch at hand."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        self._thread.join()

    @property
    def _may_look(self) -> bool:
        return not (self._stopped or self._holds)

    @property
    def _may_make(self) -> bool:
        return self._may_look and not self._paused

    def _run(self) -> None:
        lower_priority(self._nice)
        while self._wait_for_work():
            self._work()
            if self._may_look and not self._woken:
                self._hooks.on_done()
            with self._news:
                self._working = False
                self._news.notify_all()

    def _wait_for_work(self) -> bool:
        """Wait until it is woken, or until a failed work is to be tried again; False at the end."""
        with self._news:
            while True:
                self._news.wait_for(
                    lambda: self._stopped or (self._woken and not self._bars), self._retry_seconds
                )
                if self._stopped or not self._bars:
                    self._woken, self._working = False, not self._stopped
                    return not self._stopped

    def _work(self) -> None:
        """Open what is stored, while files are still looked at and in a pause, too; then makes what is missing."""
        generation = self._generation
        try:
            generation.open_vectors()
            with self._news:
                # What came while it was opened is seen to below; during a hold it is not.
                self._woken &= not self._may_look
            if self._paused and self._may_look:
                generation.self_test()
            while self._may_make and (self._make_pending(generation) or generation.rebuild_vectors()):
                pass
            generation.problem = ""
            self._retry_seconds = None
        except FieldguideError as error:
            logger.warning("Vectors cannot be made: %s", error)
            self._fail(generation, str(error))
            if isinstance(error, DamagedCatalogError):
                self._hooks.on_damage(generation)
        except Exception:
            logger.exception("Vectors cannot be made")
            self._fail(generation, "Vectors cannot be made; the log has the details.")

    def _fail(self, generation: Generation, problem: str) -> None:
        generation.problem = problem
        self._retry_seconds = min(_LAST_RETRY_SECONDS, 2 * (self._retry_seconds or _FIRST_RETRY_SECONDS / 2))

    def _make_pending(self, generation: Generation) -> bool:
        """Go once through what is pending; says whether there was anything.

        A batch is stored while the next is in the making.
        """
        if generation.embedder is None or generation.vectors is None:
            return False
        counts = generation.catalog.counts()
        tell = self._teller(counts)
        made = 0
        storing: Future[None] | None = None
        lending = generation.neighbours(counts.chunks - counts.embedded)
        with ThreadPoolExecutor(1, "vector-storing") as thread, lending as lend:
            for batch in self._missing(generation, lend, tell):
                vectors = generation.embedder.embed_documents([condense(chunk) for _, _, chunk in batch])
                if storing is not None:
                    storing.result()
                places = [(slot, digest) for slot, digest, _ in batch]
                storing = thread.submit(generation.store_vectors, places, vectors)
                made += len(batch)
                tell(len(batch))
            if storing is not None:
                storing.result()
        if made:
            logger.info("%d vectors were made", made)
        return made > 0

    def _teller(self, counts: Counts) -> Callable[[int], None]:
        """Tell the listener of so many more vectors that are there."""
        pace = ProgressTracker("embedding", counts.chunks - counts.embedded)
        made = 0

        def tell(more: int) -> None:
            nonlocal made
            made += more
            self._hooks.on_progress(pace.progress(counts.embedded + made, counts.chunks, made))

        return tell

    def _missing(self, generation: Generation, lend: Lend, tell: Callable[[int], None]) -> Iterator[Pending]:
        """Yield what is pending, in batches, without what somebody else has made already."""
        waiting: Pending = []
        for batch in self._batches(generation):
            obtained = frozenset(
                generation.reuse_vectors([(slot, digest) for slot, digest, _ in batch], lend)
            )
            if obtained:
                tell(len(obtained))
            waiting.extend(each for each in batch if each[:2] not in obtained)
            while len(waiting) >= _BATCH:
                yield waiting[:_BATCH]
                del waiting[:_BATCH]
        if waiting:
            yield waiting

    def _batches(self, generation: Generation) -> Iterator[Pending]:
        slot = 0
        while self._may_make and (batch := generation.catalog.pending_chunks(_BATCH, after=slot)):
            yield batch
            slot = batch[-1][0]
