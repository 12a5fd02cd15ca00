"""The passages that fit into a budget of tokens, and their text in a prompt."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.sanitizer import clean

# Lines above and below that make a passage easier to understand, when there is room.
_MARGIN = 6
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Packed:
    """What fits the budget, by file and line. ``text`` is what the model reads."""

    passages: tuple[Passage, ...]
    text: str
    tokens: int
    dropped: int


def choose(
    passages: Sequence[Passage], budget: int, count: Callable[[str], int], fence: str
) -> list[Passage]:
    """Return the passages that fit into ``budget`` tokens, the most useful first; of that one at least some lines."""
    chosen: list[Passage] = []
    left = budget
    for passage in passages:
        fitting = passage if chosen else _cut(passage, left, count, fence)
        cost = count(_render(fitting, fence)) if fitting else left + 1
        if fitting and cost <= left:
            chosen.append(fitting)
            left -= cost
    return chosen


def pack(
    passages: Sequence[Passage],
    budget: int,
    count: Callable[[str], int],
    fence: str,
    beside: Sequence[Passage] = (),
) -> Packed:
    """Choose what fits into ``budget`` tokens, the most useful first, and writes it down.

    Args:
        passages: The most useful first.
        budget: Tokens for all passages, their headings included.
        count: Counts the tokens of a text.
        fence: A word that no passage can know; it begins the lines around each passage.
        beside: Passages that were chosen before; they count, and come first.
    """
    new = [passage for passage in passages if not any(_holds(other, passage) for other in beside)]
    left = budget - sum(count(_render(passage, fence)) for passage in beside)
    found = choose(new, left, count, fence)
    chosen = [*beside, *found]
    left -= sum(count(_render(passage, fence)) for passage in found)
    grown = [_grow(passage) for passage in chosen]
    for index, (small, large) in enumerate(zip(chosen, grown, strict=True)):
        extra = count(_render(large, fence)) - count(_render(small, fence))
        if 0 < extra <= left:
            chosen[index] = large
            left -= extra
    merged = merge(chosen)
    text = "\n\n".join(_render(passage, fence) for passage in merged)
    return Packed(tuple(merged), text, count(text) if text else 0, len(new) - len(found))


def _holds(outer: Passage, inner: Passage) -> bool:
    return outer.path == inner.path and outer.start <= inner.start and inner.end <= outer.end


def merge(passages: Iterable[Passage]) -> list[Passage]:
    """Join passages of one file that touch or overlap; files stay in the order of their best passage."""
    by_file: dict[str, list[Passage]] = {}
    for passage in passages:
        by_file.setdefault(passage.path, []).append(passage)
    merged: list[Passage] = []
    for group in by_file.values():
        for passage in sorted(group, key=lambda one: (one.start, -one.end)):
            last = merged[-1] if merged else None
            if last and last.path == passage.path and passage.start <= last.end + 1:
                symbols = dict.fromkeys(name for name in (*last.symbol.split(", "), passage.symbol) if name)
                end = max(last.end, passage.end)
                parts = (*last.parts, *passage.parts)
                merged[-1] = replace(last, end=end, symbol=", ".join(symbols), parts=parts)
            else:
                merged.append(passage)
    return merged


def _cut(passage: Passage, budget: int, count: Callable[[str], int], fence: str) -> Passage | None:
    """Return the most useful passage is never left out while any of its lines fit."""
    while count(_render(passage, fence)) > budget:
        size = passage.end - passage.start + 1
        if size == 1:
            return None
        passage = replace(passage, end=passage.start + size // 2 - 1)
    return passage


def _grow(passage: Passage) -> Passage:
    start = max(1, passage.start - _MARGIN)
    return replace(passage, start=start, end=min(len(passage.lines), passage.end + _MARGIN))


def _render(passage: Passage, fence: str) -> str:
    heading = f"{passage.path} lines {passage.start}-{passage.end}"
    if passage.symbol:
        heading += f" ({passage.symbol})"
    numbered = [
        f"{number}| {_shorten(line, passage.parts)}"
        for number, line in enumerate(passage.cited, start=passage.start)
    ]
    return "\n".join([f"{fence} {_one_line(heading)}", *numbered, f"{fence} end"])


def _shorten(line: str, parts: Sequence[str]) -> str:
    line = clean(line)
    if len(line) <= _LONGEST_LINE:
        return line
    found = {line.find(part): part for part in map(clean, parts) if part in line}
    if not found:
        return line[:_LONGEST_LINE] + " …"
    return " … ".join(["", *(found[at] for at in sorted(found)), ""]).strip()


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text))
