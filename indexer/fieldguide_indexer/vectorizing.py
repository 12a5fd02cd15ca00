"""Making the vectors that are still missing, in the background, while words and symbols can be searched already."""

import logging
import threading
from collections.abc import Callable

from fieldguide_indexer.embedding import condense
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generation import Generation
from fieldguide_indexer.types import Progress

logger = logging.getLogger(__name__)

_BATCH = 64


class Vectorizer:
    """One thread that embeds the pending chunks of a generation whenever it is woken.

    Each batch is stored before the next is made: a killed process goes on where it was. A failure (a refused key, a
    full disk) stops the work with ``generation.problem`` set; the next wake tries again.
    """

    def __init__(
        self, generation: Generation, on_progress: Callable[[Progress], None], on_idle: Callable[[], None]
    ) -> None:
        self._generation = generation
        self._on_progress = on_progress
        self._on_idle = on_idle
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="vectorizer", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether all is done that can be done now."""
        return self._idle.is_set()

    def wake(self) -> None:
        """Tells that there may be new chunks."""
        self._idle.clear()
        self._wake.set()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Waits until the pending work is done or has failed; says whether it is."""
        return self._idle.wait(timeout)

    def stop(self) -> None:
        """Ends the thread after the batch at hand."""
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopped:
                return
            self._work()
            if not self._wake.is_set():
                self._on_idle()
                self._idle.set()

    def _work(self) -> None:
        try:
            self._generation.open_vectors()
            while not self._stopped and self._embed_batch():
                self._on_progress(self._progress())
            self._generation.problem = ""
        except FieldguideError as error:
            logger.warning("Vectors cannot be made: %s", error)
            self._generation.problem = str(error)
        except Exception:
            logger.exception("Vectors cannot be made")
            self._generation.problem = "Vectors cannot be made; the log has the details."

    def _embed_batch(self) -> bool:
        generation = self._generation
        if generation.embedder is None or generation.vectors is None:
            return False
        pending = generation.catalog.pending_chunks(_BATCH)
        if not pending:
            return False
        vectors = generation.embedder.embed_documents([condense(chunk) for _, _, chunk in pending])
        generation.vectors.upsert([slot for slot, _, _ in pending], vectors)
        generation.catalog.mark_stored((slot, digest) for slot, digest, _ in pending)
        return True

    def _progress(self) -> Progress:
        counts = self._generation.catalog.counts()
        return Progress("embedding", counts.embedded, counts.chunks)
