"""The texts of a file, packed some kilobytes together: they resemble each other, and take half the room of each alone.

A *page* holds parts: the texts of chunks, and signatures and docs, each once. A row of another table names a part by
its page and its number there.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

# Larger ones save little more, and reading one chunk unpacks the whole page: some 50 microseconds.
_FULL = 32_000
_LEVEL = 6


class Pages:
    """The pages of one file, to be filled in the order of its lines; ids count from ``first``."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._closed: list[bytes] = []
        self._numbers: dict[str, int] = {}
        self._size = 0

    def add(self, *parts: str) -> tuple[int, ...]:
        """Put parts on one page; gives the page's id and the number of each."""
        if self._size >= _FULL:
            self._close()
        for part in parts:
            if part not in self._numbers:
                self._numbers[part] = len(self._numbers)
                self._size += len(part)
        return (self._first + len(self._closed), *(self._numbers[part] for part in parts))

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._closed) + bool(self._numbers)

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """Return every page with its id. Nothing can be added afterwards."""
        if self._numbers:
            self._close()
        return enumerate(self._closed, self._first)

    def _close(self) -> None:
        self._closed.append(_pack(list(self._numbers)))
        self._numbers = {}
        self._size = 0


def _pack(parts: Sequence[str]) -> bytes:
    lengths = ",".join(str(len(part)) for part in parts)
    return zlib.compress(f"{lengths}\n{''.join(parts)}".encode("utf-8", "surrogatepass"), _LEVEL)


def part(page: bytes, number: int) -> str:
    """Return one part of a packed page. In a query it is a function of this name."""
    return _parts(page)[number]


# Neighbouring chunks are read one after the other.
@lru_cache(maxsize=32)
def _parts(page: bytes) -> tuple[str, ...]:
    lengths, _, text = zlib.decompress(page).decode("utf-8", "surrogatepass").partition("\n")
    parts, start = [], 0
    for length in map(int, lengths.split(",")):
        parts.append(text[start : start + length])
        start += length
    return tuple(parts)
