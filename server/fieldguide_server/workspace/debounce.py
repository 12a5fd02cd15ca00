"""Work that waits for a quiet moment."""

import asyncio
from collections.abc import Awaitable, Callable

from fieldguide_server.lsp.executors import Executors


class Debouncer:
    """Runs ``work`` when nothing has triggered it for ``quiet`` seconds, never twice at the same time.

    Where triggers come without pause, it runs ``longest`` seconds after the first of them, if that is given.
    """

    def __init__(
        self,
        executors: Executors,
        work: Callable[[], Awaitable[None]],
        quiet: float,
        longest: float = float("inf"),
    ) -> None:
        self._executors = executors
        self._work = work
        self._quiet = quiet
        self._longest = longest
        self._is_pending = False
        self._due = 0.0
        self._latest = 0.0
        self._task: asyncio.Task[None] | None = None

    def trigger(self) -> None:
        """Run the work soon. This is cheap, since it is called at each key."""
        now = asyncio.get_running_loop().time()
        if not self._is_pending:
            self._is_pending = True
            self._latest = now + self._longest
        self._due = min(now + self._quiet, self._latest)
        if self._task is None or self._task.done():
            self._task = self._executors.spawn(self._run())

    def cancel(self) -> None:
        """Drop the work that is pending or running."""
        self._is_pending = False
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._is_pending:
            rest = self._due - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
            else:
                self._is_pending = False
                await self._run_once()

    async def _run_once(self) -> None:
        try:
            await self._work()
        except Exception:
            if self._is_pending:  # triggered again meanwhile
                self._task = self._executors.spawn(self._run())
            raise
