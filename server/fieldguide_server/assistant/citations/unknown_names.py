"""Marks the names in an answer that occur nowhere in the workspace.

Only names in backticks whose form no plain word has are looked up: ``get_user``, ``readLines``, ``app/session.py``.
Sentences that propose, deny or state general knowledge are skipped.
"""

import builtins
import re
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from fieldguide_server.assistant.citations.parser import code_blocks, sentence_starts
from fieldguide_server.assistant.text.terms import is_file_name, name_parts

MARK = "*(not found here)*"
_MAX_NAMES = 60
_SPAN = re.compile(r"(?<!`)`([^`\n]{3,200})`(?!`)(?! \*\(not)")
_PATH = re.compile(r"(?:\./)?(?:[\w.@+-]+/)*[\w.@+-]+")
_NAME = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->|#)[A-Za-z_]\w*)*")
_PLACEHOLDER = re.compile(
    r"(?:your|my|some|example|foo|bar|baz|test)(?:_|$|(?=[A-Z]))|.*_(?:here|xxx)$", re.IGNORECASE
)
# Words of sentences that name what is not in the workspace on purpose.
_NOT_A_STATEMENT = re.compile(
    r"\b(?:add|adding|browser|built-?in|call it|could|create|creating|e\.g|example|framework|general|generally|if you|"
    r"instead|library|libraries|might|missing|name it|neither|never|new|no|none|nor|nothing|not|nowhere|package|recommend\w*|"
    r"rename\w*|should|standard|suggest\w*|suppose|third[- ]party|typical|typically|usually|without|would|write)\b|n[’']t\b",
    re.IGNORECASE,
)
NameTest: TypeAlias = Callable[[str], bool]
_PYTHON_NAMES = frozenset(dir(builtins)) | sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text whose unknown names are marked, and the different names."""

    text: str
    unknown: tuple[str, ...] = ()


def mark_unknown(text: str, is_known: NameTest, is_defined: NameTest, is_file: NameTest) -> MarkedText:
    """Mark the names of code in backticks that occur nowhere, each once per sentence.

    Args:
        text: An answer whose citations have been checked.
        is_known: Whether a name occurs anywhere in the workspace.
        is_defined: Whether the workspace defines a name with all its members.
        is_file: Whether a path, perhaps without its first folders, is a file of the workspace.
    """
    blocks, starts = code_blocks(text), sentence_starts(text)
    unknown: dict[str, bool] = {}
    pieces, end = [], 0
    marked: dict[tuple[str, int], None] = {}
    for span in _SPAN.finditer(text):
        at = bisect_right(starts, span.start())
        first, last = starts[at - 1] if at else 0, starts[at] if at < len(starts) else len(text)
        name = span[1].strip()
        inside = any(start <= span.start() < stop for start, stop in blocks)
        if inside or (name, first) in marked or _NOT_A_STATEMENT.search(_without_code(text[first:last])):
            continue
        if name not in unknown and len(unknown) < _MAX_NAMES:
            unknown[name] = not is_file(name) if _is_path(name) else _is_unknown(name, is_known, is_defined)
        if unknown.get(name):
            marked[name, first] = None
            pieces += [text[end : span.end()], f" {MARK}"]
            end = span.end()
    return MarkedText("".join([*pieces, text[end:]]), tuple(dict.fromkeys(name for name, _ in marked)))


def _without_code(sentence: str) -> str:
    return _SPAN.sub("", sentence)


def _is_path(name: str) -> bool:
    """Return whether this is the path of a file. One without a suffix may be a route, a branch or a package."""
    has_suffix = "." in name.rpartition("/")[2].lstrip(".")
    return is_file_name(name) and has_suffix and _PATH.fullmatch(name) is not None


def _is_unknown(name: str, is_known: NameTest, is_defined: NameTest) -> bool:
    bare = re.sub(r"\([^()]*\)$", "", name)
    if is_file_name(name) or not _NAME.fullmatch(bare):
        return False
    *owners, last = name_parts(bare)
    if {last, *owners} & _PYTHON_NAMES or is_known(last):
        return False
    if not owners or owners[-1] in ("self", "this"):
        return _looks_like_code(last)
    # A member of a variable, or of another package, may be defined elsewhere.
    return len(last) > 2 and is_defined(owners[-1])


def _looks_like_code(name: str) -> bool:
    """Return whether a name has the form of code, and not that of a placeholder."""
    joined = "_" in name.strip("_") or re.search(r"[a-z0-9][A-Z]", name) is not None
    return joined and len(name) > 4 and not _PLACEHOLDER.match(name)
