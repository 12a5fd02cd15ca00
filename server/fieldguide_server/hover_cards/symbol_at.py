"""The name under a cursor, and whether it is code or a word of prose.

A few patterns replace a parser: a hover must be fast, and at worst it shows too little.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePosixPath

_LONGEST_LINE = 10_000
# In a longer text, only the line of the cursor is searched.
_LONGEST_TEXT = 300_000
_WORD = re.compile(r"[^\W\d][\w$]*")
_QUALIFIERS = re.compile(r"(?:[^\W\d][\w$]*(?:\.|::))+$")
_SELF = re.compile(r"^(?:self|Self|this|cls)(?:\.|::)")
_DISTINCT = re.compile(r"[_\d$]|[^\W_A-Z][A-Z]")
_MARKDOWN = frozenset({"md", "markdown", "mdx"})
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)

_TRIPLE = r'"""(?:\\.|[^\\])*?(?:"""|\Z)|' + r"'''(?:\\.|[^\\])*?(?:'''|\Z)"
_DOUBLE = r'"(?:\\.|[^"\\\n])*"?'
_SINGLE = r"'(?:\\.|[^'\\\n])*'?"
_CHARACTER = r"'(?:\\.[^'\n]*|[^'\\\n])'"
_TEMPLATE = r"`(?:\\.|[^`\\])*(?:`|\Z)"
_SLASHES = r"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*"
_HASH = r"#[^\n]*"


def _languages(suffixes: str, *literals: str) -> dict[str, re.Pattern[str]]:
    return dict.fromkeys(suffixes.split(), re.compile("|".join(literals), re.DOTALL))


# Comments and strings by the suffix of a file. Files with other suffixes, data and documents, are all prose.
_LITERALS = {
    **_languages("py pyi pyx jl", _TRIPLE, _DOUBLE, _SINGLE, _HASH),
    **_languages("rb sh bash zsh fish ex exs pl pm r cr nim tcl ps1", _DOUBLE, _SINGLE, _HASH),
    **_languages("js jsx mjs cjs ts tsx mts cts vue svelte dart php", _SLASHES, _TEMPLATE, _DOUBLE, _SINGLE),
    **_languages("c h cc cpp cxx hh hpp hxx m mm cu cs rs zig", _SLASHES, _DOUBLE, _CHARACTER),
    **_languages("go java", _SLASHES, _TEMPLATE, _DOUBLE, _CHARACTER),
    **_languages("kt kts scala sc groovy gradle swift", _SLASHES, _TRIPLE, _DOUBLE, _CHARACTER),
    **_languages("lua hs sql elm", r"--[^\n]*", _DOUBLE, _SINGLE),
}


class NameStyle(Enum):
    """The location of a name in a text."""

    CODE = auto()
    MARKED = auto()
    """In a comment, string or document, but as code: called, qualified, in backticks or braces."""
    PROSE = auto()


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text. ``text`` is the qualified name, as the index expects it: ``Session.open``."""

    text: str
    word: str
    style: NameStyle

    @property
    def is_distinct(self) -> bool:
        """Whether it is hardly a word of a human language: ``sign_cookie``, ``getUser``."""
        return _DISTINCT.search(self.word) is not None

    @property
    def is_capitalized(self) -> bool:
        """Whether it starts as names of types and sentences do."""
        return self.word[:1].isupper()


def name_at(text: str, start: int, line: str, column: int, path: str) -> Name | None:
    """Return the name under a cursor or just before it.

    Args:
        text: The full text.
        start: The offset of the cursor's line in the text, in characters.
        line: The line of the cursor.
        column: The column of the cursor, in characters from 0.
        path: The file, whose suffix determines the language.
    """
    if len(line) > _LONGEST_LINE:
        return None
    words = [match for match in _WORD.finditer(line) if match.start() <= column <= match.end()]
    if not words:
        return None
    # A cursor right after a word belongs to it, unless another word begins there.
    word = words[-1]
    qualifiers = _QUALIFIERS.search(line, 0, word.start())
    qualified = _SELF.sub("", (qualifiers[0] if qualifiers else "") + word[0])
    before = _literal_before(text, start, start + word.start(), path)
    if before is None:
        return Name(qualified, word[0], NameStyle.CODE)
    called = line.startswith("(", word.end())
    marked = called or qualified != word[0] or _opens_code(before, path)
    return Name(qualified, word[0], NameStyle.MARKED if marked else NameStyle.PROSE)


def _literal_before(text: str, start: int, at: int, path: str) -> str | None:
    """Return the part before ``at`` of the comment, string or document around it; None in code."""
    literals = _LITERALS.get(_suffix(path))
    if literals is None:
        return text[:at]
    for literal in literals.finditer(text, start if len(text) > _LONGEST_TEXT else 0):
        if literal.start() > at:
            return None
        if literal.end() > at:
            return text[literal.start() : at]
    return None


def _opens_code(before: str, path: str) -> bool:
    is_literal = _suffix(path) in _LITERALS
    # The quote that opens a literal is not a mark within it.
    line = before[is_literal:].rpartition("\n")[2]
    if line.count("`") % 2 == 1 or (is_literal and line.rfind("{") > line.rfind("}")):
        return True
    return _suffix(path) in _MARKDOWN and len(_FENCE.findall(before)) % 2 == 1


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix[1:].lower()
