"""Names in an answer that stand nowhere in the workspace are marked, so that nobody goes looking for them.

Only what is written as code is judged, and only by a form that no plain word has: ``get_user``, ``readLines``,
``app/session.py``. What a sentence proposes, denies or calls general knowledge is left alone.
"""

import builtins
import re
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from fieldguide_server.assistant.citations.parser import code_blocks, sentence_starts
from fieldguide_server.assistant.text.terms import is_file_name

MARK = "*(not found here)*"
_MOST_NAMES = 60
_SPAN = re.compile(r"(?<!`)`([^`\n]{3,200})`(?!`)(?! \*\(not)")
_PATH = re.compile(r"(?:\./)?(?:[\w.@+-]+/)*[\w.@+-]+")
_NAME = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->|#)[A-Za-z_]\w*)*")
_SEPARATOR = re.compile(r"\.|::|->|#")
_PLACEHOLDER = re.compile(
    r"(?:your|my|some|example|foo|bar|baz|test)(?:_|$|(?=[A-Z]))|.*_(?:here|xxx)$", re.IGNORECASE
)
# Words of sentences that speak of what is not there, on purpose.
_ELSEWHERE = re.compile(
    r"\b(?:add|adding|browser|built-?in|call it|could|create|creating|e\.g|example|framework|general|generally|if you|"
    r"instead|library|libraries|might|missing|name it|neither|never|new|no|none|nor|nothing|not|nowhere|package|recommend\w*|"
    r"rename\w*|should|standard|suggest\w*|suppose|third[- ]party|typical|typically|usually|without|would|write)\b|n[’']t\b",
    re.IGNORECASE,
)
Judge: TypeAlias = Callable[[str], bool]
_GENERAL = frozenset(dir(builtins)) | sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class Named:
    """A text whose unknown names are marked, and these names."""

    text: str
    unknown: tuple[str, ...] = ()


def mark_unknown(text: str, is_known: Judge, is_ours: Judge, is_file: Judge) -> Named:
    """Mark names of code in backticks that exist nowhere, once a sentence.

    Args:
        text: An answer whose citations are settled.
        is_known: Whether a name stands anywhere in the workspace.
        is_ours: Whether the workspace defines a name, and all that belongs to it.
        is_file: Whether a path, perhaps cut short at its front, is a file of the workspace.
    """
    blocks, starts = code_blocks(text), sentence_starts(text)
    verdicts: dict[str, bool] = {}
    pieces, end = [], 0
    marked: dict[tuple[str, int], None] = {}
    for span in _SPAN.finditer(text):
        at = bisect_right(starts, span.start())
        first, last = starts[at - 1] if at else 0, starts[at] if at < len(starts) else len(text)
        name = span[1].strip()
        inside = any(start <= span.start() < stop for start, stop in blocks)
        if inside or (name, first) in marked or _ELSEWHERE.search(_without_code(text[first:last])):
            continue
        if name not in verdicts and len(verdicts) < _MOST_NAMES:
            verdicts[name] = not is_file(name) if _is_path(name) else _is_unknown(name, is_known, is_ours)
        if verdicts.get(name):
            marked[name, first] = None
            pieces += [text[end : span.end()], f" {MARK}"]
            end = span.end()
    return Named("".join([*pieces, text[end:]]), tuple(dict.fromkeys(name for name, _ in marked)))


def _without_code(sentence: str) -> str:
    return _SPAN.sub("", sentence)


def _is_path(name: str) -> bool:
    """Return whether this is a file's path. One without an ending may be a route, a branch or a package."""
    ending = "." in name.rpartition("/")[2].lstrip(".")
    return is_file_name(name) and ending and _PATH.fullmatch(name) is not None


def _is_unknown(name: str, is_known: Judge, is_ours: Judge) -> bool:
    bare = re.sub(r"\([^()]*\)$", "", name)
    if is_file_name(name) or not _NAME.fullmatch(bare):
        return False
    *owners, last = _SEPARATOR.split(bare)
    if {last, *owners} & _GENERAL or is_known(last):
        return False
    if not owners or owners[-1] in ("self", "this"):
        return _is_telling(last)
    # What belongs to a variable, or to something of another package, may well be theirs.
    return len(last) > 2 and is_ours(owners[-1])


def _is_telling(name: str) -> bool:
    """Return whether a name has the form of code, and none that examples have."""
    joined = "_" in name.strip("_") or re.search(r"[a-z0-9][A-Z]", name) is not None
    return joined and len(name) > 4 and not _PLACEHOLDER.match(name)
