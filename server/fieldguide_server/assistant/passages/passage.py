"""Passages: lines of files as they are now, found again from what the index retrieved."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldguide_indexer import Hit
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Read

_MAX_REPEATS = 50
# A chunk holds at most 512 tokens of at least one character, so it may hold a part only of a longer line.
_MAY_BE_CUT = 512


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines ``start`` to ``end`` of a file as it is now, 1-based and inclusive.

    ``lines`` are all lines of the file, shared by its passages. ``parts`` are the parts of very long lines that were
    found.
    """

    path: str
    start: int
    end: int
    lines: Sequence[str]
    symbol: str = ""
    kind: str = "text"
    parts: tuple[str, ...] = ()

    @property
    def cited(self) -> Sequence[str]:
        """The passage's own lines."""
        return self.lines[self.start - 1 : self.end]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The passages of hits, in their order.

    ``stale`` counts the hits that have changed since they were indexed, found again or not; ``changed`` are their files.
    """

    passages: tuple[Passage, ...] = ()
    stale: int = 0
    changed: tuple[str, ...] = ()


def refresh(hits: Iterable[Hit], read: Read) -> Refreshed:
    """Find the lines of each hit in its file as it is now, so that their numbers are right."""
    texts: dict[str, list[str]] = {}
    passages: list[Passage] = []
    stale: list[str] = []
    for hit in hits:
        if hit.path not in texts:
            texts[hit.path] = split_lines(read(hit.path) or "")
        found, changed = _locate(hit, texts[hit.path])
        if changed:
            stale.append(hit.path)
        if found:
            passages.append(found)
    return Refreshed(tuple(passages), len(stale), tuple(dict.fromkeys(stale)))


def _locate(hit: Hit, lines: Sequence[str]) -> tuple[Passage | None, bool]:
    """Return the hit's passage, and whether it has changed. Each of its lines votes on how far the hit has moved."""
    expected = [line.strip() for line in split_lines(hit.text)]
    places: defaultdict[str, list[int]] = defaultdict(list)
    long = [number for number, line in enumerate(lines, start=1) if len(line) > _MAY_BE_CUT]
    for number, line in enumerate(lines, start=1):
        places[line.strip()].append(number)
    votes: Counter[int] = Counter()
    for number, line in enumerate(expected, start=hit.start_line):
        found = places.get(line) or [at for at in long if line in lines[at - 1]]
        if line and len(found) <= _MAX_REPEATS:
            votes.update(at - number for at in found)
    count = sum(1 for line in expected if line)
    shift = max(votes, key=lambda moved: (votes[moved], -abs(moved)), default=0)
    if not count or votes[shift] * 2 < count:
        return None, count > 0
    start, end = max(1, hit.start_line + shift), min(len(lines), hit.end_line + shift)
    parts = tuple(part for part in expected if part and part not in places)
    passage = Passage(hit.path, start, end, lines, hit.symbol, hit.kind, parts)
    return passage, shift != 0 or not _matches(passage.cited, expected)


def _matches(lines: Sequence[str], expected: Sequence[str]) -> bool:
    """Return whether lines are the expected ones; a hit may hold only a part of a very long line."""
    return len(lines) == len(expected) and all(
        part == line.strip() or (len(line) > _MAY_BE_CUT and part in line)
        for line, part in zip(lines, expected, strict=True)
    )
