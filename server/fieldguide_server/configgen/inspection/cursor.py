"""The position of a cursor in an incomplete config file: the path around it, and the text typed so far."""

import re
from dataclasses import dataclass

from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.yaml import Path

YAML_LINE = re.compile(
    r"^(?P<dashes>(?:\s*-\s+|\s*-$)*)(?P<space>\s*)(?:(?P<key>[\w$./-]+)\s*:(?P<rest>\s.*|$))?"
)
JSON_TOKEN = re.compile(r'"(?P<text>(?:[^"\\\n]|\\.)*)(?P<closed>"?)|(?P<sign>[{}\[\]:,])')


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor in a config file.

    Attributes:
        path: Leads to the object or array around it, or to the value that is being typed.
        typed: The text between ``start`` and the cursor.
        start: The column where that text begins.
        is_value: Whether a value is being typed.
        quoted: Whether the cursor is inside the quotes of a JSON string.
    """

    path: Path
    typed: str
    start: int
    is_value: bool = False
    quoted: bool = False


def cursor_at(text: str, line: int, column: int, syntax: Syntax) -> Cursor:
    """Return the cursor at a line (from 1) and a column (from 0)."""
    lines = text.split("\n")
    if syntax is Syntax.JSONC:
        before = "\n".join([*lines[: line - 1], lines[line - 1][:column]])
        return _in_json(without_comments(before), column)
    return _in_yaml(lines, line, column)


def _in_yaml(lines: list[str], line: int, column: int) -> Cursor:
    here = lines[line - 1][:column]
    found = YAML_LINE.match(here)
    dashes = found.group("dashes") if found else ""
    if found and found.group("key"):
        rest = found.group("rest")
        typed = rest.lstrip()
        path = (*_yaml_parents(lines, line, _indent(dashes, found.group("space"))), found.group("key"))
        return Cursor(path, typed, column - len(typed), is_value=True)
    typed = here[len(dashes) :].lstrip()
    start = column - len(typed)
    return Cursor(_yaml_parents(lines, line, start), typed, start)


def _indent(dashes: str, space: str) -> int:
    return len(dashes) + len(space)


def _yaml_parents(lines: list[str], line: int, indent: int) -> Path:
    """Return the keys and positions that contain a line of this indentation, found by going through the lines above."""
    path: list[str | int] = []
    current = indent
    in_list = _starts_item(lines[line - 1], indent)
    index = 0
    for above in reversed(lines[: line - 1]):
        found = YAML_LINE.match(above)
        if not above.strip() or above.lstrip().startswith("#") or found is None:
            continue
        dash, key = len(found.group("dashes")), found.group("key")
        own = _indent(found.group("dashes"), found.group("space"))
        if dash and own == current and not in_list:
            # The item of the cursor's object starts on this line.
            in_list = True
        elif dash and in_list and own == current:
            index += 1
        elif (key and not dash and own < current) or (key and dash and own < current):
            if in_list:
                path.insert(0, index)
            path.insert(0, key)
            current, in_list, index = own, bool(dash), 0
        if current == 0 and not in_list:
            break
    return tuple(path)


def _starts_item(text: str, indent: int) -> bool:
    return "-" in text[:indent]


def _in_json(before: str, column: int) -> Cursor:
    """Return the cursor after a text, found with a stack of open brackets and the key before each."""
    stack: list[tuple[str, str | int]] = []
    key, expects_value = "", False
    typed, quoted, start = "", False, column
    for token in JSON_TOKEN.finditer(before):
        sign, word, closed = token.group("sign"), token.group("text"), token.group("closed")
        typed, quoted = "", False
        if sign in {"{", "["}:
            stack.append((sign, key))
            key, expects_value = "", sign == "["
        elif sign in {"}", "]"} and stack:
            stack.pop()
            expects_value = False
        elif sign == ":":
            expects_value = True
        elif sign == ",":
            expects_value = bool(stack) and stack[-1][0] == "["
        elif word is not None and not closed:
            typed, quoted, start = word, True, column - len(word)
        elif word is not None and not expects_value:
            key = word
    names = tuple(name for _, name in stack[1:] if name)
    inside_list = bool(stack) and stack[-1][0] == "["
    path: Path = (*names, 0) if inside_list else (*names, key) if expects_value and key else names
    return Cursor(path, typed, start, expects_value, quoted)
