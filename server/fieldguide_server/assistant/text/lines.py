"""Lines as editors count them, and the lines that they stand under."""

import re
from collections.abc import Iterable, Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|@|\"\"\")")
_HEADING = re.compile(r"#{1,6} ")
_LONGEST_COMMENT = 30
_FARTHEST = 2_000
_CLOSING = (")", "]", "}")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends. Only LF, CRLF and CR end a line."""
    return _LINE_END.split(text)


def enclosing(lines: Sequence[str], number: int) -> list[int]:
    """Return the lines that line ``number`` stands under, 1-based.

    First the comment or the decorators right above it, then, nearest first, headers by their indentation and headings.
    """
    before = range(min(number, len(lines) + 1) - 1, 0, -1)
    indent = _depth(next((line for line in lines[number - 1 :] if line.strip()), ""))
    headers = []
    for at in before[:_FARTHEST]:
        line = lines[at - 1]
        if line.strip() and (_depth(line) < indent or _HEADING.match(line)):
            headers.append(at)
            indent = _depth(line)
        if not indent:
            break
    return _comment(lines, before[:_LONGEST_COMMENT]) + headers


def _comment(lines: Sequence[str], before: Iterable[int]) -> list[int]:
    """Return the comment, the decorators or the doc in triple quotes that end where these line numbers begin."""
    found, quoted = [], False
    for at in before:
        line = lines[at - 1]
        if line.count('"""') == 1:
            quoted = not quoted
        elif not quoted and not _COMMENT.match(line):
            break
        found.append(at)
    return found


def _depth(line: str) -> int:
    """Return how far a line is indented. One that only closes a bracket has its header further up, equally deep."""
    bare = line.lstrip()
    return len(line) - len(bare) + (bare[:1] in _CLOSING)
