"""The memory that all processes of an index take together, kept below a limit as far as possible."""

import ctypes
import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_MIB = 1024 * 1024
# What the owner takes while files are read, and a worker at its largest.
_OWNER_MIB, _WORKER_MIB = 110, 130
# The memory of the owner while it computes vectors.
_EMBEDDING_MIB = 260
# Above this share of the limit, memory that can be spared is returned to the system.
_SHORT = 0.85


class Memory:
    """Keeps the processes of an index below ``limit_mib`` of resident memory; shared pages count in each process.

    It is measured between two batches of work, and not at other times.
    """

    def __init__(self, limit_mib: int) -> None:
        self._limit = limit_mib
        self._highest = 0

    def workers(self, requested: int) -> int:
        """Return how many of the requested workers there is room for, at least one."""
        return max(1, min(requested, (self._limit - _OWNER_MIB) // _WORKER_MIB))

    @property
    def has_room_for_idle_worker(self) -> bool:
        """Whether an idle worker may be kept while vectors are computed."""
        return self._limit >= _EMBEDDING_MIB + _WORKER_MIB

    def used_mib(self, workers: Iterable[int]) -> int:
        """Return the memory in MiB that this process and its workers (process ids) take now."""
        import psutil  # noqa: PLC0415 - not needed before the first work

        total = psutil.Process().memory_info().rss
        for worker in workers:
            try:
                total += psutil.Process(worker).memory_info().rss
            except psutil.Error:
                continue  # it has just ended
        used = int(total // _MIB)
        self._highest = max(self._highest, used)
        return used

    def is_short(self, workers: Iterable[int]) -> bool:
        """Return whether the next piece of work may exceed the limit."""
        return self.used_mib(workers) > _SHORT * self._limit

    @property
    def note(self) -> str:
        """A sentence when more than the limit was measured since this process began, "" otherwise."""
        if self._highest <= self._limit:
            return ""
        return (
            f"This index took up to {self._highest} MiB, more than the {self._limit} MiB of index.memory_mib:"
            " it cannot work with less."
        )


def release_free_memory() -> None:
    """Have the C library return freed memory to the system; glibc keeps it otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Switch Python's garbage collector off meanwhile: importing a large library would make it run again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def freeze_garbage_collector() -> None:
    """Have Python's garbage collector skip everything that exists now: libraries, open stores, their caches.

    A full collection would take a tenth of a second, in the middle of some search.
    """
    gc.collect()
    gc.freeze()
