"""Literals in a query: text that is meant as it is written, such as ``--dry-run``, ``502 503 504`` or "not found"."""

import re
from collections.abc import Iterator

_MAX_LITERALS = 4
# A longer query is a text about something, in which numbers and quotes only mention things.
_MAX_WORDS = 16
_QUOTED = re.compile(
    r"(?<!\w)(?:\"([^\"\n]{2,200})\"|'([^'\n]{2,200})'(?!\w)|`([^`\n]{2,200})`|“([^”\n]{2,200})”|«([^»\n]{2,200})»)"
)
_BARE = re.compile(
    r"""(?<![\w/.$@-])(?:
      --?[A-Za-z][\w-]+(?:=[\w./:-]+)?                                   # a flag
    | \$\{?[A-Za-z_]\w*\}?                                               # a variable of a shell
    | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)++                                     # an environment variable
    | (?:[a-z][a-z0-9+.-]{1,15}:/)?/[\w{}<>:*@%~-][\w{}<>:*@%~./?=&-]*   # a route or an address
    | (?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\ /\S*)               # a request
    | v?\d+(?:\.\d+)+(?:[-+][\w.]+)?                                   # a version
    | 0[xX][0-9a-fA-F]+
    | \d{2,}(?:(?:,\ ?|\ )\d{2,})*                                       # numbers
    | [A-Z]{1,5}-?\d{3,}                                                 # an error code
    )(?![\w])""",
    re.VERBOSE,
)
# A token that is held together by punctuation, as x-request-id and application/json.
_JOINED = re.compile(r"[\w@#.$-]*\w[-/:@=]\w[\w./:@=#-]*")


def find_literals(text: str) -> list[str]:
    """Return the literals of a short query, at most four: quoted ones, else those that look like no prose."""
    tokens = text.split()
    if "\n" in text or len(tokens) > _MAX_WORDS:
        return []
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]
    return list(dict.fromkeys(quoted or _bare(text, tokens)))[:_MAX_LITERALS]


def _bare(text: str, tokens: list[str]) -> Iterator[str]:
    for match in _BARE.finditer(text):
        yield match.group()
    if len(tokens) == 1 and _JOINED.fullmatch(text):
        yield text


def holds_literally(text: str, literal: str) -> bool:
    """Return whether a text holds a literal as it is written, in any case and not as a part of a longer word."""
    lowered, expected = text.lower(), literal.lower()
    at = lowered.find(expected)
    while at >= 0:
        before, after = (
            lowered[at - 1 : at] if at else "",
            lowered[at + len(expected) : at + len(expected) + 1],
        )
        if not (_is_word(before) and _is_word(expected[0])) and not (
            _is_word(after) and _is_word(expected[-1])
        ):
            return True
        at = lowered.find(expected, at + 1)
    return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
