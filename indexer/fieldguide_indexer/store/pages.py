"""Compressed texts of a file, a few kilobytes together: they are similar, and take half the space of separate texts.

A *page* contains parts: the texts of chunks, signatures and docs, each once. Rows of other tables refer to a part by
its page and its number in the page.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

# Larger pages save little more, and reading one chunk unpacks the complete page: some 50 microseconds.
_FULL = 32_000
_LEVEL = 6


class Pages:
    """The pages of one file, filled in the order of its lines; ids start at ``first``."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._closed: list[bytes] = []
        self._numbers: dict[str, int] = {}
        self._size = 0

    def add(self, *parts: str) -> tuple[int, ...]:
        """Add parts to a page; return the page's id and the number of each part."""
        if self._size >= _FULL:
            self._close()
        for part in parts:
            if part not in self._numbers:
                self._numbers[part] = len(self._numbers)
                self._size += len(part)
        return (self._first + len(self._closed), *(self._numbers[part] for part in parts))

    @property
    def count(self) -> int:
        """The number of pages."""
        return len(self._closed) + bool(self._numbers)

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """Return all pages with their ids. Nothing can be added afterwards."""
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
    """Return one part of a packed page. It is registered as an SQL function of this name."""
    return _parts(page)[number]


# Neighbouring chunks are often read in sequence.
@lru_cache(maxsize=32)
def _parts(page: bytes) -> tuple[str, ...]:
    lengths, _, text = zlib.decompress(page).decode("utf-8", "surrogatepass").partition("\n")
    parts, start = [], 0
    for length in map(int, lengths.split(",")):
        parts.append(text[start : start + length])
        start += length
    return tuple(parts)
