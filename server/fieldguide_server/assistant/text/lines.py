"""Lines as editors count them, and the headers above a line."""

import re
from collections.abc import Iterable, Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|@|\"\"\")")
_HEADING = re.compile(r"#{1,6} ")
_MAX_COMMENT_LINES = 30
_MAX_DISTANCE = 2_000
_CLOSING = (")", "]", "}")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends. Only LF, CRLF and CR end a line."""
    return _LINE_END.split(text)


def enclosing(lines: Sequence[str], number: int) -> list[int]:
    """Return the numbers of the lines that say what line ``number`` belongs to; all are 1-based.

    First the comment or the decorators directly above it, then, nearest first, the less indented lines that open a
    block, and Markdown headings.
    """
    before = range(min(number, len(lines) + 1) - 1, 0, -1)
    indent = _depth(next((line for line in lines[number - 1 :] if line.strip()), ""))
    headers = []
    for at in before[:_MAX_DISTANCE]:
        line = lines[at - 1]
        if line.strip() and (_depth(line) < indent or _HEADING.match(line)):
            headers.append(at)
            indent = _depth(line)
        if not indent:
            break
    return _comment(lines, before[:_MAX_COMMENT_LINES]) + headers


def _comment(lines: Sequence[str], before: Iterable[int]) -> list[int]:
    """Return the line numbers of the comment, decorators or docstring directly above a line.

    ``before`` are the numbers of the lines above it, nearest first.
    """
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
    """Return the indentation of a line; a closing bracket counts as deeper, since its header is indented equally."""
    bare = line.lstrip()
    return len(line) - len(bare) + (bare[:1] in _CLOSING)
