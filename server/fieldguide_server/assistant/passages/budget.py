"""Packs passages into a budget of tokens, as the text of a prompt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.sanitizer import clean, one_line

# Lines above and below a passage that are added when there is room.
_MARGIN = 6
_MAX_LINE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Packed:
    """The passages that fit into the budget, by file and line, and their text; ``dropped`` counts the others."""

    passages: tuple[Passage, ...]
    text: str
    tokens: int
    dropped: int


def choose(
    passages: Sequence[Passage], budget: int, count: Callable[[str], int], fence: str
) -> list[Passage]:
    """Return the passages that fit into ``budget`` tokens; the first one is shortened if it does not fit.

    See ``pack`` for the arguments.
    """
    chosen: list[Passage] = []
    remaining = budget
    for passage in passages:
        fitting = passage if chosen else _shortened(passage, remaining, count, fence)
        cost = count(_render(fitting, fence)) if fitting else remaining + 1
        if fitting and cost <= remaining:
            chosen.append(fitting)
            remaining -= cost
    return chosen


def pack(
    passages: Sequence[Passage],
    budget: int,
    count: Callable[[str], int],
    fence: str,
    chosen: Sequence[Passage] = (),
) -> Packed:
    """Choose the passages that fit into ``budget`` tokens, and render them.

    Args:
        passages: The most useful first.
        budget: The tokens for all passages with their headings.
        count: Counts the tokens of a text.
        fence: A random word that no passage can hold; it begins the lines around each passage.
        chosen: Passages that were chosen already; they count too, and come first.
    """
    new = [passage for passage in passages if not any(_encloses(other, passage) for other in chosen)]
    remaining = budget - sum(count(_render(passage, fence)) for passage in chosen)
    fitting = choose(new, remaining, count, fence)
    remaining -= sum(count(_render(passage, fence)) for passage in fitting)
    packed = [*chosen, *fitting]
    for index, small in enumerate(packed):
        large = _grow(small)
        extra = count(_render(large, fence)) - count(_render(small, fence))
        if 0 < extra <= remaining:
            packed[index] = large
            remaining -= extra
    merged = merge(packed)
    text = "\n\n".join(_render(passage, fence) for passage in merged)
    return Packed(tuple(merged), text, count(text) if text else 0, len(new) - len(fitting))


def _encloses(outer: Passage, inner: Passage) -> bool:
    return outer.path == inner.path and outer.start <= inner.start and inner.end <= outer.end


def merge(passages: Iterable[Passage]) -> list[Passage]:
    """Join the passages of a file that touch or overlap; files keep the order of their first passages."""
    by_file: dict[str, list[Passage]] = {}
    for passage in passages:
        by_file.setdefault(passage.path, []).append(passage)
    merged: list[Passage] = []
    for group in by_file.values():
        for passage in sorted(group, key=lambda each: (each.start, -each.end)):
            last = merged[-1] if merged else None
            if last and last.path == passage.path and passage.start <= last.end + 1:
                symbols = dict.fromkeys(name for name in (*last.symbol.split(", "), passage.symbol) if name)
                end = max(last.end, passage.end)
                parts = (*last.parts, *passage.parts)
                merged[-1] = replace(last, end=end, symbol=", ".join(symbols), parts=parts)
            else:
                merged.append(passage)
    return merged


def _shortened(passage: Passage, budget: int, count: Callable[[str], int], fence: str) -> Passage | None:
    """Return the passage, halved until it fits; None if not even its first line fits."""
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
    return "\n".join([f"{fence} {one_line(heading)}", *numbered, f"{fence} end"])


def _shorten(line: str, parts: Sequence[str]) -> str:
    line = clean(line)
    if len(line) <= _MAX_LINE_LENGTH:
        return line
    found = {line.find(part): part for part in map(clean, parts) if part in line}
    if not found:
        return line[:_MAX_LINE_LENGTH] + " …"
    return " … ".join(["", *(found[at] for at in sorted(found)), ""]).strip()
