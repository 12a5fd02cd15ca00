"""Changes existing JSON files as text: members and items are added so that comments and layout stay as they are."""

import json
import re
from typing import Any

from fieldguide_server.configgen.reading.document import Parsed, Syntax, parse
from fieldguide_server.configgen.reading.yaml import Path


def add_member(text: str, path: Path, key: str, value: object) -> str:
    """Return the text with one more member after the last one of the object at ``path``."""
    return _add(text, path, f"{json.dumps(key)}: ", value)


def add_item(text: str, path: Path, value: object) -> str:
    """Return the text with one more item after the last one of the array at ``path``."""
    return _add(text, path, "", value)


def _add(text: str, path: Path, label: str, value: object) -> str:
    parsed = parse(text, Syntax.JSONC)
    holder: Any = parsed.value
    for step in path:
        holder = holder[step]
    last = (*path, list(holder)[-1] if isinstance(holder, dict) else len(holder) - 1) if holder else None
    span = parsed.places.values[path]
    end = _offset(text, span.end_line, span.end) - 1
    outer = re.match(r"[ \t]*", text.split("\n")[span.line - 1])
    margin = outer.group() if outer else ""
    unit = _indentation(text)
    written = label + json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{margin}{unit}")
    if last is None:
        return f"{text[:end].rstrip()}\n{margin}{unit}{written}\n{margin}{text[end:]}"
    after_last = _end(parsed, text, last)
    if isinstance(holder, list) and "\n" not in text[_offset(text, span.line, span.start) : end]:
        return f"{text[:after_last]}, {written}{text[after_last:]}"
    # A comment may stand between the last value and the bracket: it stays where it is.
    between = text[after_last:end].rstrip()
    return f"{text[:after_last]},{between}\n{margin}{unit}{written}\n{margin}{text[end:]}"


def _end(parsed: Parsed, text: str, path: Path) -> int:
    span = parsed.places.values[path]
    return _offset(text, span.end_line, span.end)


def _offset(text: str, line: int, column: int) -> int:
    """Return the offset of a position in the text."""
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column


def _indentation(text: str) -> str:
    """Return the indentation of one level."""
    found = re.search(r"^([ \t]+)\"", text, re.MULTILINE)
    return found.group(1) if found else "  "
