"""Work-done progress: shown only by clients that can, and always ended."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from fieldguide_indexer import Progress
from fieldguide_server.lsp.json_rpc import answer_to


@asynccontextmanager
async def work_done(
    server: LanguageServer, title: str, cancel: Callable[[], object]
) -> AsyncIterator[Callable[[Progress], None]]:
    """Show progress while the block runs; ``cancel`` is called, on the loop, when the user asks for the end.

    Yields:
        What shows how far the work is; may be called from any thread, as often as one likes.
    """
    token = await _token(server)
    if token is None:
        yield lambda _: None
        return
    progress = server.work_done_progress
    progress.tokens[token].add_done_callback(lambda future: cancel() if future.cancelled() else None)
    progress.begin(token, types.WorkDoneProgressBegin(title, cancellable=True, percentage=0))
    shower = _Shower(server, token)
    try:
        yield shower.heard
    finally:
        shower.token = None
        progress.end(token, types.WorkDoneProgressEnd())
        # pygls never forgets a token by itself.
        progress.tokens.pop(token, None)


async def _token(server: LanguageServer) -> str | None:
    window = server.client_capabilities.window
    if window is None or not window.work_done_progress:
        return None
    token = str(uuid.uuid4())
    try:
        await answer_to(server.work_done_progress.create_async(token))
    except JsonRpcException:
        return None
    return token


class _Shower:
    """Passes percentages on to the loop, each at most once."""

    def __init__(self, server: LanguageServer, token: str) -> None:
        self.token: str | None = token
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._latest = ("", 0)

    def heard(self, progress: Progress) -> None:
        percentage = 100 * progress.done // progress.total if progress.total else 0
        if (progress.phase, percentage) != self._latest:
            self._latest = (progress.phase, percentage)
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._show, progress, min(percentage, 100))

    def _show(self, progress: Progress, percentage: int) -> None:
        if self.token is not None:
            report = types.WorkDoneProgressReport(
                message=progress.text, percentage=percentage, cancellable=True
            )
            self._server.work_done_progress.report(self.token, report)
