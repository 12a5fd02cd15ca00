"""YAML as targets write it: plain where all parsers agree, blocks for several lines, an empty line between sections."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

# Parsers of YAML 1.1 read these words as booleans or null.
RESERVED_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})


def one_line(text: str) -> str:
    """Return text from a repository as part of a comment: printable, and never a second line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def unknown_comments(sentences: Iterable[str], sign: str = "#") -> str:
    """Return a comment for each thing that is unknown, with an empty line after them."""
    lines = [f"{sign} Unknown: {one_line(sentence)}\n" for sentence in sentences]
    return "".join(lines) + ("\n" if lines else "")


def commented(values: Mapping[str, Any]) -> CommentedMap:
    """Return a mapping that can have comments."""
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415 - slow to load, and only needed to write

    return CommentedMap(values)


def scalar(text: str) -> str:
    """Return a string that every YAML parser reads as this string: a block or quotes where they are needed."""
    from ruamel.yaml import scalarstring  # noqa: PLC0415 - as above

    written: str = text
    if "\n" in text:
        written = scalarstring.LiteralScalarString(text + "\n")
    elif text.lower() in RESERVED_WORDS:
        written = scalarstring.DoubleQuotedScalarString(text)
    return written


def quoted_scalar(text: str) -> str:
    """Return a string in quotes whatever it looks like: 3.10 without them is the number 3.1."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415 - as above

    written: str = DoubleQuotedScalarString(text)
    return written


def script(lines: Iterable[str]) -> str:
    """Return command lines as one scalar."""
    return scalar("\n".join(lines))


def writer() -> YAML:
    """Return a writer that never folds a line."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - as above

    made = YAML()
    made.width = 4096
    made.indent(mapping=2, sequence=4, offset=2)
    # Two jobs may begin with the same step: GitHub Actions long refused aliases, and they are hard to read.
    made.representer.ignore_aliases = lambda _: True
    return made


def dump(sections: Mapping[str, object]) -> str:
    """Return a YAML document with an empty line between its sections."""
    document = commented(sections)
    for key in list(document)[1:]:
        document.yaml_set_comment_before_after_key(key, before="\n")
    out = io.StringIO()
    if document:
        writer().dump(document, out)
    return out.getvalue()
