"""The memory that all processes of an index take together, kept below a ceiling as far as that can be."""

import ctypes
import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_MIB = 1024 * 1024
# What the owner takes while files are read, and a worker at its largest.
_OWNER_MIB, _WORKER_MIB = 110, 130
# What the owner takes while it makes vectors.
_EMBEDDING_MIB = 260
# Above this share of the ceiling, what can be spared is given back.
_FULL = 0.85


class Memory:
    """Watches over a ceiling of ``ceiling_mib``; resident memory, what processes share counted in each.

    It is measured where work is done, between two batches; nothing runs for it at other times.
    """

    def __init__(self, ceiling_mib: int) -> None:
        self._ceiling = ceiling_mib
        self._highest = 0

    def workers(self, wanted: int) -> int:
        """Return how many of the wanted workers there is room for, one at least."""
        return max(1, min(wanted, (self._ceiling - _OWNER_MIB) // _WORKER_MIB))

    @property
    def keeps_a_worker(self) -> bool:
        """Whether there is room for an idle worker while vectors are made."""
        return self._ceiling >= _EMBEDDING_MIB + _WORKER_MIB

    def used_mib(self, workers: Iterable[int]) -> int:
        """Return what this process and its workers (by process id) take now."""
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
        """Return whether so much is taken that the next piece of work may reach the ceiling."""
        return self.used_mib(workers) > _FULL * self._ceiling

    @property
    def note(self) -> str:
        """A sentence when more than the ceiling was measured since this process began, "" otherwise."""
        if self._highest <= self._ceiling:
            return ""
        return (
            f"This index took up to {self._highest} MiB, more than the {self._ceiling} of index.memory_mib:"
            " it cannot do with less."
        )


def release_free_memory() -> None:
    """Have the C library return what was freed to the system; glibc keeps it otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Without Python's garbage collector: it would go through all that a large library brings, again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def freeze_garbage_collector() -> None:
    """Have Python's garbage collector pass over all that is here now: libraries, open stores, what they keep.

    It looked through that from time to time, a tenth of a second long and in the middle of whatever search came then.
    """
    gc.collect()
    gc.freeze()
