"""The memory that all processes of an index take together, kept below a ceiling as far as that can be."""

import ctypes
import sys
from collections.abc import Iterable

_MIB = 1024 * 1024
# What the owner takes while files are read, and a worker at its largest.
_OWNER_MIB, _WORKER_MIB = 110, 130


class Memory:
    """Watches over a ceiling of ``ceiling_mib``; resident memory, what processes share counted in each.

    It is measured where work is done, between two batches; nothing runs for it at other times.
    """

    def __init__(self, ceiling_mib: int) -> None:
        self._ceiling = ceiling_mib
        self._excess = 0

    def workers(self, wanted: int) -> int:
        """How many of the wanted workers there is room for, one at least."""
        return max(1, min(wanted, (self._ceiling - _OWNER_MIB) // _WORKER_MIB))

    def used_mib(self, workers: Iterable[int]) -> int:
        """What this process and its workers (by process id) take now."""
        import psutil  # noqa: PLC0415 - not needed before the first work

        total = psutil.Process().memory_info().rss
        for worker in workers:
            try:
                total += psutil.Process(worker).memory_info().rss
            except psutil.Error:
                continue  # it has just ended
        return int(total // _MIB)

    def is_short(self, workers: Iterable[int]) -> bool:
        """Whether more is taken now than shall be."""
        return self.used_mib(workers) > self._ceiling

    def settle(self, workers: Iterable[int]) -> None:
        """Gives back what can be, and notes whether that was enough. To be called when a piece of work is done."""
        if self.is_short(workers):
            give_back()
            used = self.used_mib(workers)
            self._excess = max(self._excess, used if used > self._ceiling else 0)

    @property
    def note(self) -> str:
        """A sentence when the ceiling could not be kept since this process began, "" otherwise."""
        if not self._excess:
            return ""
        return (
            f"This index took {self._excess} MiB, more than the {self._ceiling} of index.memory_mib:"
            " it cannot do with less."
        )


def give_back() -> None:
    """Has the C library return what was freed to the system; glibc keeps it otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
