"""A thread for the vectors of unsaved buffers, so that neither they nor other work wait for each other."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

logger = logging.getLogger(__name__)


class BackgroundEmbedder:
    """Runs one piece of work after the other, in a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "unsaved-vectors")
        self._latest: Future[None] | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Have ``work`` done after everything before it."""
        self._latest = self._thread.submit(self._do, work)

    @staticmethod
    def _do(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # no caller waits for the result, so the error would go unnoticed
            logger.exception("Unsaved buffers have no vectors")

    def wait(self, timeout: float | None) -> None:
        """Wait until all work is done, at most ``timeout`` seconds."""
        if self._latest is not None:
            wait([self._latest], timeout)

    def close(self) -> None:
        """End the thread after the current work."""
        self._thread.shutdown(cancel_futures=True)
