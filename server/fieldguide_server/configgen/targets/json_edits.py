"""An existing ``devcontainer.json``: what it lacks is put in as text, so that comments and layout stay."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fieldguide_server.configgen.reading.document import Parsed, Syntax, parse
from fieldguide_server.configgen.reading.repository import as_object
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.base import Updated
from fieldguide_server.configgen.targets.yaml_edits import is_listed

# Any of these means that people have decided how the container is set up.
SET_UP = ("onCreateCommand", "updateContentCommand", "postCreateCommand")


def merged(text: str, parts: Mapping[str, Any]) -> Updated:
    """Return the file with a set-up command, ports and their attributes where it has none."""
    if not isinstance(parse(text, Syntax.JSONC).value, dict):
        return Updated(text, ("The file is no object, so nothing was changed.",))
    notes: list[str] = []
    body = as_object(parse(text, Syntax.JSONC).value)
    if not any(name in body for name in SET_UP) and "postCreateCommand" in parts:
        text = put_member(text, (), "postCreateCommand", parts["postCreateCommand"])
        notes.append("Added postCreateCommand.")
    for number in parts.get("forwardPorts", []):
        if not is_listed(number, _listed(body)):
            text = _forward(text, number, parts["portsAttributes"][str(number)])
            notes.append(f"Added port {number}.")
    return Updated(text, tuple(notes))


def _listed(body: Mapping[str, Any]) -> list[object]:
    forwarded, published = body.get("forwardPorts"), body.get("appPort")
    ports = forwarded if isinstance(forwarded, list) else []
    published = published if isinstance(published, list) else [published] if published else []
    # db:5432 is a port of another container: the number is what counts.
    return [str(port).rpartition(":")[2] for port in [*ports, *published]]


def _forward(text: str, number: int, attributes: Mapping[str, Any]) -> str:
    body = as_object(parse(text, Syntax.JSONC).value)
    if isinstance(body.get("forwardPorts"), list):
        text = put_item(text, ("forwardPorts",), number)
    else:
        text = put_member(text, (), "forwardPorts", [number])
    if isinstance(body.get("portsAttributes"), dict):
        return put_member(text, ("portsAttributes",), str(number), attributes)
    return put_member(text, (), "portsAttributes", {str(number): attributes})


def put_member(text: str, path: Path, key: str, value: object) -> str:
    """Return the text with a member more, behind the last one of the object at ``path``."""
    return _put(text, path, f"{json.dumps(key)}: ", value)


def put_item(text: str, path: Path, value: object) -> str:
    """Return the text with an item more, behind the last one of the list at ``path``."""
    return _put(text, path, "", value)


def _put(text: str, path: Path, label: str, value: object) -> str:
    parsed = parse(text, Syntax.JSONC)
    holder: Any = parsed.value
    for step in path:
        holder = holder[step]
    last = (*path, list(holder)[-1] if isinstance(holder, dict) else len(holder) - 1) if holder else None
    span = parsed.places.values[path]
    end = _offset(text, span.end_line, span.end) - 1
    outer = re.match(r"[ \t]*", text.split("\n")[span.line - 1])
    margin = outer.group() if outer else ""
    unit = _unit(text)
    shown = label + json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{margin}{unit}")
    if last is None:
        return f"{text[:end].rstrip()}\n{margin}{unit}{shown}\n{margin}{text[end:]}"
    behind = _end(parsed, text, last)
    if isinstance(holder, list) and "\n" not in text[_offset(text, span.line, span.start) : end]:
        return f"{text[:behind]}, {shown}{text[behind:]}"
    # A comment may stand between the last value and the bracket: it keeps its place.
    between = text[behind:end].rstrip()
    return f"{text[:behind]},{between}\n{margin}{unit}{shown}\n{margin}{text[end:]}"


def _end(parsed: Parsed, text: str, path: Path) -> int:
    span = parsed.places.values[path]
    return _offset(text, span.end_line, span.end)


def _offset(text: str, line: int, column: int) -> int:
    """Return where a position lies in the text."""
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column


def _unit(text: str) -> str:
    """Return how far the file indents its members."""
    found = re.search(r"^([ \t]+)\"", text, re.MULTILINE)
    return found.group(1) if found else "  "
