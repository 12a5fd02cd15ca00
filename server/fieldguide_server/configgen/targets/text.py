"""YAML text as targets write it: plain where every reader agrees, blocks for several lines, a space between parts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

# Readers of YAML 1.1 take these words for booleans.
BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})


def one_line(text: str) -> str:
    """Text from a repository as part of a comment: printable, and never a second line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def comments(sentences: Iterable[str], sign: str = "#") -> str:
    """Return what is unknown stays out of the file, save as a comment."""
    lines = [f"{sign} Unknown: {one_line(sentence)}\n" for sentence in sentences]
    return "".join(lines) + ("\n" if lines else "")


def commented(values: Mapping[str, Any]) -> CommentedMap:
    """Return a mapping that can carry comments."""
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415 - heavy, and only needed to write

    return CommentedMap(values)


def scalar(text: str) -> str:
    """Return a string that every YAML reader takes for this string: blocks for lines, quotes for look-alikes."""
    from ruamel.yaml import scalarstring  # noqa: PLC0415 - as above

    shown: str = text
    if "\n" in text:
        shown = scalarstring.LiteralScalarString(text + "\n")
    elif text.lower() in BOOLEANS:
        shown = scalarstring.DoubleQuotedScalarString(text)
    return shown


def scalar_text(text: str) -> str:
    """Return a text in quotes, whatever it looks like: 3.10 without them is the number 3.1."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415 - as above

    shown: str = DoubleQuotedScalarString(text)
    return shown


def script(lines: Iterable[str]) -> str:
    """Command lines as one scalar."""
    return scalar("\n".join(lines))


def writer() -> YAML:
    """Return a writer that never folds a line."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - as above

    made = YAML()
    made.width = 4096
    made.indent(mapping=2, sequence=4, offset=2)
    # Two jobs may begin with the same step: Actions has long refused aliases, and nobody writes them by hand.
    made.representer.ignore_aliases = lambda _: True
    return made


def dump(sections: Mapping[str, object]) -> str:
    """Return a document with an empty line between its sections."""
    document = commented(sections)
    for key in list(document)[1:]:
        document.yaml_set_comment_before_after_key(key, before="\n")
    out = io.StringIO()
    if document:
        writer().dump(document, out)
    return out.getvalue()
