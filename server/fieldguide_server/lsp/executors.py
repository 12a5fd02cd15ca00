"""Execution of work: blocking calls in threads, background work in tasks of the event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, TypeVarTuple

R = TypeVar("R")
Args = TypeVarTuple("Args")

# Hover and search must not queue behind scans, nor either of them behind pygls' pool, which also reads stdin.
_REQUEST_THREADS = 8
# Each folder keeps one busy while it is scanned.
_SCAN_THREADS = 32
_STOP_SECONDS = 1.0


class Executors:
    """The server's thread pools and tasks. ``on_error`` gets the exception when a background task fails."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._requests = ThreadPoolExecutor(_REQUEST_THREADS, "request")
        self._scans = ThreadPoolExecutor(_SCAN_THREADS, "scan")
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, call: Callable[[*Args], R], *args: *Args) -> R:
        """Run a blocking call of a request in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._requests, call, *args)

    async def scan(self, call: Callable[[*Args], R], *args: *Args) -> R:
        """Run a call that blocks for long in a thread: opening and updating indexes."""
        return await asyncio.get_running_loop().run_in_executor(self._scans, call, *args)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start background work."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self._on_error(error)

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    async def stop(self) -> None:
        """Cancel the background work and wait a moment for its end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
