"""Where a text cites: ``[path:12-20 "quoted words"]``, and ``path:12-20`` in backticks, in plain text and in code blocks.

Several places may share the brackets. Nothing is checked here; what only looks like a citation is found too.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fieldguide_server.assistant.text.terms import names_in
from fieldguide_server.assistant.types import Citation

_BRACKET_PATH = r"((?:[A-Za-z]:[/\\])?(?:[^\[\]`\"“<>|:,;#\n]|\[[^\[\]\s:]*\]){1,260})[:#]"
_PLAIN_PATH = r"((?:[\w.@+~-]+/)*[\w.@+-]*\.[A-Za-z]\w*|(?:[\w.@+-]+/)*[A-Z][a-z]+file):"
_LINES = r"L?(\d{1,30})(?:\s*[-–—]\s*L?(\d{1,30}))?(?!\w|\.\d)"
_REFERENCE = re.compile(rf"\s*{_BRACKET_PATH}{_LINES}")
_MORE_LINES = re.compile(rf"\s*(){_LINES}")
_MARK = re.compile(
    rf"(?<![\w\]\)])\[|`{_PLAIN_PATH}{_LINES}`|(?<![\w./:`@-])(?<!\w\[){_PLAIN_PATH}{_LINES}(?!:\d)"
)
_QUOTE_START = re.compile(r",?\s*([\"“'`])")
_CLOSING = {'"': '"', "“": "”", "'": "'", "`": "`"}
_NEXT_REFERENCE = re.compile(rf"[\[\"”'`]\s*[,;]?\s*{_BRACKET_PATH}L?\d|\n\s*\n")
_AFTER_QUOTE = re.compile(rf"\s*\]|\s*[,;]\s*(?:{_BRACKET_PATH})?L?\d")
_LONGEST_QUOTE = 600
_LONGEST_CLAIM = 500
_GROUP_END = re.compile(r"\s*\]")
_SEPARATOR = re.compile(r"\s*[,;]")
_FENCE = re.compile(r"^ *(?:[-*+] +|\d+[.)] +)?(?:`{3,}[^`\n]*|~{3,}[^\n]*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s+|$)|\n[ \t]*(?=\n|[-*+>#|]|\d+[.)]\s|$)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that cites.

    ``plain`` ones are words of their sentence; bracketed ones stand beside it. One in a code block has ``code``: the
    block's lines that it stands for.
    """

    start: int
    end: int
    references: tuple[Citation, ...]
    plain: bool = False
    code: tuple[str, ...] | None = None


def find_marks(text: str) -> list[Mark]:
    """Return all that looks like a citation, in order."""
    blocks = code_blocks(text)
    marks = list(_marks(text))
    return [
        Mark(mark.start, mark.end, mark.references, mark.plain, _code_of(text, marks, number, blocks))
        for number, mark in enumerate(marks)
    ]


def code_blocks(text: str) -> list[tuple[int, int]]:
    """Return where fenced code begins and ends, its fences included; the last may be open."""
    edges = [(match.start(), match.end()) for match in _FENCE.finditer(text)]
    ends = [end for _, end in edges[1::2]]
    return list(zip([start for start, _ in edges[::2]], [*ends, len(text)], strict=False))


def sentence_starts(text: str) -> list[int]:
    """Return where the sentences of a text begin."""
    edges = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [start for start, end in pairwise(edges) if text[start:end].strip()]


def claims(text: str, marks: Sequence[Mark]) -> Iterator[str]:
    """Yield what each citation is cited for: the words since the last citation if they name code, else its sentence.

    All citations are blanked out before, so that no claim is proven by the words of its own place.
    """
    masked = _mask(text, marks)
    starts = sentence_starts(masked)
    last_end = 0
    for mark in marks:
        # A citation after a full stop belongs to the sentence before it.
        at = bisect_left(starts, mark.end)
        start = starts[at - 1] if at else mark.end
        end = starts[at] if at < len(starts) else len(masked)
        clause = masked[max(start, last_end, mark.start - _LONGEST_CLAIM) : mark.start]
        sentence = masked[max(start, mark.start - _LONGEST_CLAIM) : min(end, mark.end + _LONGEST_CLAIM)]
        yield clause if names_in(clause) else sentence
        last_end = mark.end


def _marks(text: str) -> Iterator[Mark]:
    end = 0
    for match in _MARK.finditer(text):
        if match.start() < end:
            continue
        mark = _bracketed(text, match.start()) if match.group() == "[" else _plain(match)
        if mark is not None:
            end = mark.end
            yield mark


def _code_of(
    text: str, marks: Sequence[Mark], number: int, blocks: Sequence[tuple[int, int]]
) -> tuple[str, ...] | None:
    """Return the code from a mark to the next one, or that before it when none follows; None outside of code blocks."""
    mark = marks[number]
    at = bisect_right(blocks, (mark.start, len(text))) - 1
    if at < 0 or not blocks[at][0] <= mark.start < blocks[at][1]:
        return None
    start, end = blocks[at]
    after = min(marks[number + 1].start, end) if number + 1 < len(marks) else end
    before = max(marks[number - 1].end, start) if number else start
    return _lines(text[mark.end : after].lstrip(":")) or _lines(text[before : mark.start])


def _lines(code: str) -> tuple[str, ...]:
    """Return the lines that say something; fences and the empty comment around a citation do not."""
    lines = (line for line in code.split("\n") if not _FENCE.match(line))
    return tuple(line for line in lines if sum(map(str.isalnum, line)) >= 4)


def _plain(match: re.Match[str]) -> Mark:
    path, first, last = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    return Mark(match.start(), match.end(), (_citation(path, first, last),), plain=True)


def _bracketed(text: str, at: int) -> Mark | None:
    references: list[Citation] = []
    position, path = at + 1, ""
    while match := _REFERENCE.match(text, position) or (path and _MORE_LINES.match(text, position)):
        path = match[1].strip() or path
        quote, position = _quote(text, match.end())
        references.append(_citation(path, match[2], match[3], quote))
        if ending := _GROUP_END.match(text, position):
            return Mark(at, ending.end(), tuple(references))
        if not (separator := _SEPARATOR.match(text, position)):
            break
        position = separator.end()
    return None


def _quote(text: str, at: int) -> tuple[str, int]:
    """Return a quote at this position and where it ends; ("", at) when there is none."""
    opening = _QUOTE_START.match(text, at)
    if not opening:
        return "", at
    start, closing = opening.end(), _CLOSING[opening[1]]
    further = _NEXT_REFERENCE.search(text, start, start + _LONGEST_QUOTE)
    limit = further.start() + 1 if further else start + _LONGEST_QUOTE
    # From the right, for a quote may hold quotes and brackets itself: it ends where the citation ends.
    end = text.rfind(closing, start, limit)
    while end > start and not _AFTER_QUOTE.match(text, end + 1):
        end = text.rfind(closing, start, end)
    return (text[start:end], end + 1) if end > start else ("", at)


def _citation(path: str, first: str, last: str | None, quote: str = "") -> Citation:
    return Citation(path, int(first), int(last or first), verified=False, quote=quote.strip())


def _mask(text: str, marks: Sequence[Mark]) -> str:
    masked, end = [], 0
    for mark in marks:
        masked += [text[end : mark.start], " " * (mark.end - mark.start)]
        end = mark.end
    return "".join([*masked, text[end:]])
