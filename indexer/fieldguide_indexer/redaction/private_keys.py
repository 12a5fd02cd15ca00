"""Private keys in PEM armour: every line of data is replaced, also inside strings and when the end is missing."""

import re

from fieldguide_indexer.redaction.values import PLACEHOLDER

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINE = re.compile(
    r"""(?x) [\s"'`#*+,;>|()\\-]{0,40}+ (?:\\[nr])? (?P<data>[A-Za-z0-9+/=]{0,100}+) (?:\\[nr]|[\s"'`+,;()\\])*+ $
    | \s{0,40}+[A-Z][\w-]{1,20}:\ """  # such as Proc-Type: 4,ENCRYPTED
)
_KEY_DATA = re.compile(r"(?:\\[nr]|[A-Za-z0-9+/=]){16,}+|(?<![\w\\])[A-Za-z0-9+/=]{4,}+")
_KEY_MAX_LINES = 200
_KEY_MIN_CHARACTERS = 64
_KEY_MIN_RUN = 24  # shorter text may be a word, unless the end of the key follows


def without_private_keys(text: str) -> tuple[str, int]:
    """Return a text without the data of private keys, and the number of keys."""
    lines = text.split("\n")
    withheld = at = 0
    while at < len(lines):
        begin = _KEY_BEGIN.search(lines[at])
        after = at + 1
        if begin:
            after = _end_of_key(lines, at, begin.end())
            block = [lines[at][begin.end() :], *lines[at + 1 : after]]
            hidden = [_hide_key_data(line) for line in block]
            if sum(map(len, block)) - sum(map(len, hidden)) > _KEY_MIN_CHARACTERS:
                lines[at] = lines[at][: begin.end()] + hidden[0]
                lines[at + 1 : after] = hidden[1:]
                withheld += 1
        at = after
    return "\n".join(lines), withheld


def _hide_key_data(line: str) -> str:
    end = _KEY_END.search(line)
    data, rest = (line[: end.start()], line[end.start() :]) if end else (line, "")
    return _KEY_DATA.sub(PLACEHOLDER, data) + rest


def _end_of_key(lines: list[str], at: int, column: int) -> int:
    """Return the index after a key's last line: its end marker, or the last line with enough data."""
    if _KEY_END.search(lines[at], column):
        return at + 1
    last = min(at + _KEY_MAX_LINES, len(lines))
    first_word = last
    for index in range(at + 1, last):
        if _KEY_END.search(lines[index]):
            return index + 1
        match = _KEY_LINE.match(lines[index])
        if not match:
            return min(index, first_word)
        if 0 < len(match["data"] or "") < _KEY_MIN_RUN:
            first_word = min(index, first_word)
    return first_word
