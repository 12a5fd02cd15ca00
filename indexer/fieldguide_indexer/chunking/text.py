"""Recursive token splitter: halves a range of lines, at the best break near the middle, until each part fits."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from fieldguide_indexer.chunking.lines import MAX_TOKENS, Lines
from fieldguide_indexer.tokens import fits

# Maximum distance of the break from the middle, in lines; more would make the halves unequal.
_REACH = 16
# No text of so many characters fits, unless it is nearly all spaces: it need not be counted.
_SURELY_TOO_LONG = MAX_TOKENS * 8

# Lines that close or continue what is above.
_CONTINUES = re.compile(r"(?:[)\]}]|(?:end|else|elif|elsif|except|rescue|catch|finally|then|fi|done|esac)\b)")
_SENTENCE_END = re.compile(r"[.!?;。！？][\"')\]]*\s+|[。！？]")
_SPACE = re.compile(r"\s+|,")


def split(lines: Lines, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Split a range of lines into ranges that fit, with their text, without blank lines between them.

    A line that is too long becomes several parts with the same line number.
    """
    waiting = [(start, end)]
    while waiting:
        start, end = lines.trim(*waiting.pop())
        if start == end:
            continue
        if lines.fits(start, end):
            yield start, end, lines.slice(start, end)
        elif end - start == 1:
            yield from ((start, end, part) for part in _cut(lines.rows[start]))
        else:
            middle = _best_break(lines, start, end)
            waiting += [(middle, end), (start, middle)]


def _best_break(lines: Lines, start: int, end: int) -> int:
    """Return the line before which to split: after a blank line if possible, else the least indented, near the middle."""
    middle = (lines.before[start] + lines.before[end]) // 2
    quarter = (lines.before[end] - lines.before[start]) // 4
    centre = bisect_left(lines.before, middle, start + 1, end - 1)
    first = max(bisect_left(lines.before, middle - quarter, start + 1, end - 1), centre - _REACH)
    last = min(bisect_left(lines.before, middle + quarter, start + 1, end - 1), centre + _REACH)

    def badness(line: int) -> tuple[bool, bool, int, int]:
        row = lines.rows[line]
        begins = row.lstrip()
        above = lines.rows[line - 1]
        after_blank = not above or above.isspace()
        continues = not begins or _CONTINUES.match(begins) is not None
        return continues, not after_blank, len(row) - len(begins), abs(lines.before[line] - middle)

    return min(range(first, last + 1), key=badness)


def _cut(line: str) -> Iterator[str]:
    """Split one line into parts that fit: after a sentence, after a space, else anywhere."""
    waiting = [line]
    while waiting:
        part = waiting.pop()
        if not part.strip():
            continue
        if len(part) < _SURELY_TOO_LONG and fits(part, MAX_TOKENS):
            yield part
        else:
            middle = _middle(part)
            waiting += [part[middle:], part[:middle]]


def _middle(text: str) -> int:
    centre = len(text) // 2
    reach = min(len(text) // 4, 500)
    for pattern in (_SENTENCE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, centre - reach, centre + reach)]
        if ends:
            return min(ends, key=lambda end: abs(end - centre))
    return centre
