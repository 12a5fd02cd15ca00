"""Passages: lines of files as they are now, found again from what the index retrieved."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldguide_indexer import Hit
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Read

_COMMON_LINE = 50
# A chunk holds 512 tokens, each of a character at least: only of a longer line it may hold a part.
_MAY_BE_CUT = 512


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of a file as they are now. ``lines`` is the whole file, shared by its passages.

    ``parts`` are what was found of lines that are too long to be shown whole.
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
class Fresh:
    """Hits re-read, in their order.

    ``stale`` counts those that had changed, found again or not; ``changed`` names their files.
    """

    passages: tuple[Passage, ...] = ()
    stale: int = 0
    changed: tuple[str, ...] = ()


def refresh(hits: Iterable[Hit], read: Read) -> Fresh:
    """Find each hit's lines in its file as it is now, so that line numbers are right at this moment."""
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
    return Fresh(tuple(passages), len(stale), tuple(dict.fromkeys(stale)))


def _locate(hit: Hit, lines: Sequence[str]) -> tuple[Passage | None, bool]:
    """Return the hit's place now, and whether it has changed. Each of its lines votes for how far it was moved."""
    wanted = [line.strip() for line in split_lines(hit.text)]
    places: defaultdict[str, list[int]] = defaultdict(list)
    long = [number for number, line in enumerate(lines, start=1) if len(line) > _MAY_BE_CUT]
    for number, line in enumerate(lines, start=1):
        places[line.strip()].append(number)
    votes: Counter[int] = Counter()
    for number, line in enumerate(wanted, start=hit.start_line):
        found = places.get(line) or [at for at in long if line in lines[at - 1]]
        if line and len(found) <= _COMMON_LINE:
            votes.update(at - number for at in found)
    full = sum(1 for line in wanted if line)
    shift = max(votes, key=lambda moved: (votes[moved], -abs(moved)), default=0)
    if not full or votes[shift] * 2 < full:
        return (None, True) if full else (None, False)
    start, end = max(1, hit.start_line + shift), min(len(lines), hit.end_line + shift)
    parts = tuple(part for part in wanted if part and part not in places)
    passage = Passage(hit.path, start, end, lines, hit.symbol, hit.kind, parts)
    return passage, shift != 0 or not _says(passage.cited, wanted)


def _says(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether lines are the wanted ones. Of a very long line, a hit may hold a part."""
    return len(lines) == len(wanted) and all(
        part == line.strip() or (len(line) > _MAY_BE_CUT and part in line)
        for line, part in zip(lines, wanted, strict=True)
    )
