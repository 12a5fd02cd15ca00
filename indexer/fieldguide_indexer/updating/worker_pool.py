"""Preparing files in processes of their own: parsing keeps a core and its memory busy, and the owner must answer.

What such a process does: ``worker.py``.
"""

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from fieldguide_indexer.memory import Memory, release_free_memory
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.updating.worker import Task

logger = logging.getLogger(__name__)

_BATCH_FILES = 64
_BATCH_BYTES = 256 * 1024
# What is read makes a worker grow by about four times as much, for good: then another one takes its place.
_WORKER_BYTES = 12 * 1024 * 1024
# A worker takes half a second to start: fewer bytes than this each are read sooner by fewer of them.
_BYTES_WORTH_A_WORKER = 512 * 1024
_MOST_WORKERS = 2
_IDLE_SECONDS = 120.0


class WorkerPool:
    """Up to ``options.threads`` worker processes (0: one a core, at most two), started when there is work.

    After the work one is kept for what is saved next; it ends when nothing was for two minutes. One thread at a time
    may use a pool for an update; any others may have single files prepared meanwhile. ``memory`` says how many there
    is room for, and whether one has to end sooner.
    """

    def __init__(self, folder: Root, options: IndexOptions, memory: Memory) -> None:
        self._folder = folder
        self._options = options
        self._memory = memory
        self._most = memory.workers(options.threads or min(_MOST_WORKERS, os.cpu_count() or 1))
        self._alive: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False

    def warm(self) -> None:
        """Start a worker ahead of the work that is about to come."""
        self._keep(self._start())

    def prepare(self, tasks: Sequence[Task]) -> Iterator[list[PreparedFile]]:
        """Prepare files in batches, in order; a few are under way while one is taken.

        A file that takes its worker down with it comes back as failed.
        """
        size = sum(task.entry.size for task in tasks)
        workers = max(1, min(self._most, size // _BYTES_WORTH_A_WORKER))
        under_way: deque[Future[list[PreparedFile]]] = deque()
        threads = ThreadPoolExecutor(workers, "preparing")
        try:
            for batch in _batches(tasks):
                under_way.append(threads.submit(self._ask, batch))
                if len(under_way) > 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)
            self._end_idle(keep=int(self._memory.keeps_a_worker))

    def prepare_now(self, tasks: Sequence[Task]) -> list[PreparedFile]:
        """Prepare a few files, with a worker more than the update at hand has if need be."""
        return self._ask(tasks)

    def close(self) -> None:
        """End the workers."""
        self._closed = True
        self._end_idle(keep=0)

    def relieve(self) -> None:
        """End idle workers and give memory back when it is short."""
        if self._memory.is_short(self.pids):
            self._end_idle(keep=0)
            release_free_memory()

    def rest(self) -> None:
        """End an idle worker that has grown, and gives memory back: for a long while little will be to do."""
        if any(worker.is_warm for worker in tuple(self._idle)):
            self._end_idle(keep=0)
            release_free_memory()

    @property
    def used_mib(self) -> int:
        """The memory that this process and its workers take now."""
        return self._memory.used_mib(self.pids)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that live."""
        return [worker.pid for worker in tuple(self._alive)]

    def _start(self) -> "_Worker":
        worker = _Worker(self._folder, self._options)
        self._alive.add(worker)
        return worker

    def _end(self, worker: "_Worker") -> None:
        worker.end()
        self._alive.discard(worker)

    def _ask(self, batch: Sequence[Task]) -> list[PreparedFile]:
        """Return a batch's files. A worker may have been killed by anyone: only two in a row are the files' doing."""
        for _ in range(2):
            try:
                return self._ask_once(batch)
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                logger.warning("A worker ended at %s: %r", batch[0].entry.path, error)
        if len(batch) > 1:
            return [file for task in batch for file in self._ask([task])]
        return [_failed(batch[0])]

    def _ask_once(self, batch: Sequence[Task]) -> list[PreparedFile]:
        worker = self._take()
        try:
            files = worker.prepare(batch)
        except BaseException:
            self._end(worker)
            raise
        self._keep(worker)
        return files

    def _take(self) -> "_Worker":
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._idle:
                return self._idle.pop()
        return self._start()

    def _keep(self, worker: "_Worker") -> None:
        is_short = self._memory.is_short(self.pids)  # asked in any case, since it is to be told
        if self._closed or worker.is_spent or len(self._idle) >= self._most or (worker.is_warm and is_short):
            self._end(worker)
            return
        with self._lock:
            self._idle.append(worker)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_IDLE_SECONDS, self._end_idle, kwargs={"keep": 0})
            self._timer.daemon = True
            self._timer.start()

    def _end_idle(self, *, keep: int) -> None:
        with self._lock:
            ended, self._idle = self._idle[keep:], self._idle[:keep]
            if self._timer is not None and not keep:
                self._timer.cancel()
        for worker in ended:
            self._end(worker)


class _Worker:
    """One process, seen from the owner."""

    def __init__(self, folder: Root, options: IndexOptions) -> None:
        # -P: the folder we happen to be in must not be looked into for modules.
        command = [sys.executable, "-P", "-m", "fieldguide_indexer.updating.worker"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._bytes = 0
        # The key is none of its business.
        self._send((folder, replace(options, embedding=EmbeddingOptions())))

    @property
    def is_spent(self) -> bool:
        """Whether it has grown so much that a new one should do what comes next."""
        return self._bytes > _WORKER_BYTES

    @property
    def is_warm(self) -> bool:
        """Whether it has read enough to be worth its start."""
        return self._bytes > _BYTES_WORTH_A_WORKER

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def prepare(self, batch: Sequence[Task]) -> list[PreparedFile]:
        """Have files prepared.

        Raises:
            OSError, EOFError: the process is gone.
        """
        self._bytes += sum(task.entry.size for task in batch)
        self._send(batch)
        assert self._process.stdout is not None
        files: list[PreparedFile] = pickle.load(self._process.stdout)  # noqa: S301 - from our own process
        return files

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def end(self) -> None:
        """End the process, whatever it does, and waits for it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                logger.debug("Something was left to be sent to a worker")


def _failed(task: Task) -> PreparedFile:
    entry, reason = task.entry, "reading it ended the process"
    return PreparedFile(entry.path, entry.size, entry.mtime_ns, b"", state="failed", reason=reason)


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Run of tasks small enough that workers finish together and the first results come soon."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.entry.size
        if len(batch) == _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
