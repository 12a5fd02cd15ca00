"""Worker processes that prepare files: parsing keeps a core and its memory busy, and the owner must answer."""

import logging
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor

from fieldguide_indexer.memory import Memory, release_free_memory
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.updating.worker import (
    BYTES_WORTH_A_WORKER,
    EndedWorkerError,
    SlowFileError,
    Task,
    Worker,
)

logger = logging.getLogger(__name__)

_BATCH_FILES = 64
_BATCH_BYTES = 256 * 1024
_MOST_WORKERS = 2
_IDLE_SECONDS = 120.0
# A file takes a second at most, unless something in it or on its disk is odd, or the machine is very busy.
_FILE_SECONDS = 30.0


class WorkerPool:
    """Up to ``options.threads`` worker processes (0: one a core, at most two), started when there is work.

    One is kept after the work, for the next saved file; it ends when it was idle for two minutes. One thread at a time
    may use a pool for an update; any others may have single files prepared meanwhile. ``memory`` limits how many
    workers there are, and how long they live. A file that takes longer than ``file_seconds`` comes back as failed.
    """

    def __init__(
        self, folder: Root, options: IndexOptions, memory: Memory, file_seconds: float = _FILE_SECONDS
    ) -> None:
        self._folder = folder
        self._options = options
        self._memory = memory
        self._file_seconds = file_seconds
        self._most = memory.workers(options.threads or min(_MOST_WORKERS, os.cpu_count() or 1))
        self._alive: set[Worker] = set()
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False

    def warm(self) -> None:
        """Start a worker ahead of work that is about to come."""
        self._release(self._start())

    def prepare(self, tasks: Sequence[Task]) -> Iterator[list[PreparedFile]]:
        """Yield the prepared files in batches, in order; the next batches are under way meanwhile.

        A file that ends its worker, or takes too long, comes back as failed.
        """
        size = sum(task.entry.size for task in tasks)
        workers = max(1, min(self._most, size // BYTES_WORTH_A_WORKER))
        under_way: deque[Future[list[PreparedFile]]] = deque()
        threads = ThreadPoolExecutor(workers, "preparing")
        try:
            for batch in _batches(tasks):
                under_way.append(threads.submit(self._prepare_batch, batch))
                if len(under_way) > 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)
            self._end_idle(keep=int(self._memory.has_room_for_idle_worker))

    def prepare_texts(self, texts: Mapping[str, str], indexed: Set[str]) -> list[PreparedFile]:
        """Return the texts of unsaved buffers, by path, prepared as files are; some come back as skipped.

        ``indexed`` are paths that are known to be in the index; whether the others may be is found out.
        """
        tasks = [
            Task(FileEntry(path, len(text), 0), text=text, is_listed=path in indexed)
            for path, text in texts.items()
        ]
        return self._prepare_batch(tasks) if tasks else []

    def _prepare_batch(self, batch: Sequence[Task]) -> list[PreparedFile]:
        """Return the files of one batch, prepared by an idle worker or by one more.

        Anybody may have killed a worker, so only the second end at the same file is blamed on that file.
        """
        files: list[PreparedFile] = []
        ended_at = -1
        while len(files) < len(batch):
            try:
                self._prepare_rest(batch, files)
            except SlowFileError:
                logger.warning("%s takes too long", batch[len(files)].entry.path)
                files.append(_failed(batch[len(files)], "took too long"))
            except (EndedWorkerError, OSError) as error:
                at = len(files)
                logger.warning("A worker ended at %s: %s", batch[at].entry.path, error)
                if ended_at == at:
                    files.append(_failed(batch[at], "reading it ended the process"))
                ended_at = at
        return files

    def close(self) -> None:
        """End the workers."""
        self._closed = True
        self._end_idle(keep=0)

    def free_memory_if_short(self) -> None:
        """End idle workers and return free memory to the system when the limit is near."""
        if self._memory.is_short(self.pids):
            self._end_idle(keep=0)
            release_free_memory()

    def shrink(self) -> None:
        """End an idle worker that has grown, and return free memory: little work is expected for a while."""
        if any(worker.is_warm for worker in tuple(self._idle)):
            self._end_idle(keep=0)
            release_free_memory()

    @property
    def used_mib(self) -> int:
        """The memory that this process and its workers take now."""
        return self._memory.used_mib(self.pids)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run."""
        return [worker.pid for worker in tuple(self._alive)]

    def _start(self) -> Worker:
        worker = Worker(self._folder, self._options, self._file_seconds)
        self._alive.add(worker)
        return worker

    def _end(self, worker: Worker) -> None:
        worker.stop()
        self._alive.discard(worker)

    def _prepare_rest(self, batch: Sequence[Task], files: list[PreparedFile]) -> None:
        """Append the files of a batch that are still missing."""
        worker = self._acquire()
        try:
            for file in worker.prepare(batch[len(files) :]):
                files.append(file)  # noqa: PERF402 - those before an error are kept
        except BaseException:
            self._end(worker)
            raise
        self._release(worker)

    def _acquire(self) -> Worker:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._idle:
                return self._idle.pop()
        return self._start()

    def _release(self, worker: Worker) -> None:
        """Keep a worker that has done its work for what comes next, if there is room for it."""
        is_short = self._memory.is_short(self.pids)  # in any case: measuring also records the maximum
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


def _failed(task: Task, reason: str) -> PreparedFile:
    entry = task.entry
    return PreparedFile(entry.path, entry.size, entry.mtime_ns, b"", state="failed", reason=reason)


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Yield batches small enough that workers finish together and the first results come soon."""
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
