"""Work-done progress, which always ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from lsprotocol import types
from pygls.progress import Progress as ProgressBars

from fieldguide_indexer import Progress


@asynccontextmanager
async def work_done(
    bars: ProgressBars, token: str, title: str, cancel: Callable[[], object]
) -> AsyncIterator[Callable[[Progress], None]]:
    """Show a progress bar while the block runs.

    Args:
        bars: pygls' progress bars.
        token: The token of a bar that the client has created.
        title: What the user reads.
        cancel: Called on the event loop when the user cancels.

    Yields:
        A callback for the progress made; it may be called from any thread, as often as one likes.
    """
    bars.tokens[token].add_done_callback(lambda future: cancel() if future.cancelled() else None)
    bars.begin(token, types.WorkDoneProgressBegin(title, cancellable=True, percentage=0))
    reporter = _Reporter(bars, token)
    try:
        yield reporter.update
    finally:
        reporter.has_ended = True
        bars.end(token, types.WorkDoneProgressEnd())
        # pygls never forgets a token by itself.
        bars.tokens.pop(token, None)


class _Reporter:
    """Passes percentages on to the event loop, each at most once."""

    def __init__(self, bars: ProgressBars, token: str) -> None:
        self.has_ended = False
        self._bars = bars
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._latest = ("", 0)

    def update(self, progress: Progress) -> None:
        percentage = 100 * progress.done // progress.total if progress.total else 0
        if (progress.phase, percentage) != self._latest:
            self._latest = (progress.phase, percentage)
            with suppress(RuntimeError):  # the loop may be closed before the last thread has ended
                self._loop.call_soon_threadsafe(self._report, progress, min(percentage, 100))

    def _report(self, progress: Progress, percentage: int) -> None:
        if not self.has_ended:
            value = types.WorkDoneProgressReport(
                message=progress.text, percentage=percentage, cancellable=True
            )
            self._bars.report(self._token, value)
