"""Text of comments and documentation strings, without their markers."""

import re

_MAX_CHARACTERS = 500
_OPENING = re.compile(
    r"""(?<!\s)\s*+(?: /\*+!? | \*+(?!/) | //[/!]* | \#+[!:']? | --+(?:\[\[)?\s?\|? | ;+ | %+ | !+ | \(\*+ | \{-\s?\|? | "(?!")
    | @doc\s+(?:~[a-zA-Z])? )\s?""",
    re.VERBOSE,
)
_SHEBANG = re.compile(r"^#!/.*")
_CLOSING = re.compile(r"(?<!\s)\s*+(?:(?<!\*)\*++[/)]|-\}|\]\])\s*+$")
_QUOTES = re.compile(r"""^\s*(?:@\w+\s+)?[rRbBuUfF~sS]*(?:\"\"\"|'''|"|')|(?:\"\"\"|'''|"|')\s*$""")
_TAGS = re.compile(r"</?(?:summary|para|remarks|p|br)\s*/?>")


def comment_text(source: str) -> str:
    """Return the first paragraph of a comment that stands before a definition, on one line, at most 500 characters."""
    if source.lstrip().startswith(('"""', '"', "@doc")):
        source = _QUOTES.sub("", source)
    source = _SHEBANG.sub("", source)
    rows = [_CLOSING.sub("", _OPENING.sub("", row, count=1)) for row in source.split("\n")]
    return _first_paragraph(rows)


def string_text(source: str) -> str:
    """Return the first paragraph of a documentation string, on one line, at most 500 characters."""
    return _first_paragraph(_QUOTES.sub("", source).split("\n"))


def _first_paragraph(rows: list[str]) -> str:
    paragraph: list[str] = []
    for row in rows:
        words = _TAGS.sub(" ", row).split()
        # A row of dashes or stars is decoration.
        if any(any(map(str.isalnum, word)) for word in words):
            paragraph += words
        elif paragraph:
            break
    return " ".join(paragraph)[:_MAX_CHARACTERS].rstrip()
