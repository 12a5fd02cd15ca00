"""Reading what a client sent as typed params: each value is checked, each refusal is a sentence that names the field.

A reader takes a value of JSON and gives it typed; it raises ``ValueError`` with the end of a sentence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

LONGEST_PATH = 4_096
LAST_LINE = 2**31 - 1

# JSON can spell half of a character that UTF-16 needs two units for; no file and no database takes that.
_HALVES = re.compile("[\ud800-\udfff]")

Token = str | int
P = TypeVar("P")


def text(longest: int) -> Callable[[object], str]:
    """Return a text that says something, of at most so many characters."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a text")
        if not value.strip():
            raise ValueError("must not be empty")
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(value)}")
        if _HALVES.search(value):
            raise ValueError("must hold whole characters")
        return value

    return read


def one_of(*choices: str) -> Callable[[object], str]:
    """Return one of these texts."""

    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a whole number between two bounds, both included."""

    def read(value: object) -> int:
        # True is an int to Python, and no number to whoever wrote the client.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return value

    return read


def truth(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def token(value: object) -> Token:
    """Return what a client names a stream by."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a text or a whole number")
    return value


def part(value: object, name: str, read: Callable[[object], P]) -> P:
    """Return one field of an object, itself read."""
    if not isinstance(value, Mapping) or value.get(name) is None:
        raise ValueError(f"must be an object with `{name}`")
    try:
        return read(value[name])
    except ValueError as error:
        raise ValueError(f"has a `{name}` that {error}") from error


def document(value: object) -> types.TextDocumentIdentifier:
    """Return a document, by its URI."""
    return types.TextDocumentIdentifier(part(value, "uri", text(LONGEST_PATH)))


def position(value: object) -> types.Position:
    """Return a place in a document, as LSP counts."""
    line, character = (part(value, name, whole(0, LAST_LINE)) for name in ("line", "character"))
    return types.Position(line, character)


def range_(value: object) -> types.Range:
    """Return two places, in their order."""
    start, end = (part(value, name, position) for name in ("start", "end"))
    if (end.line, end.character) < (start.line, start.character):
        raise ValueError("must not end before it starts")
    return types.Range(start, end)


def list_of(read: Callable[[object], P], most: int) -> Callable[[object], tuple[P, ...]]:
    """Return a list of so many at most, each element read."""

    def read_all(value: object) -> tuple[P, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > most:
            raise ValueError(f"must be a list of at most {most}")
        try:
            return tuple(read(each) for each in value)
        except ValueError as error:
            raise ValueError(f"has an element that {error}") from error

    return read_all


def variable(value: object) -> str:
    """Return the name of an environment variable."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value):
        raise ValueError("must be the name of an environment variable")
    return value


def by(read: Callable[[object], object]) -> dict[str, Callable[[object], object]]:
    """Return the metadata of a field whose values ``read`` checks; it raises ``ValueError`` with the end of a sentence."""
    return {"read": read}


def wire_name(name: str) -> str:
    """Return ``text_document`` as it is written on the wire: ``textDocument``."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def structure(raw: object, params: type[P]) -> P:
    """Return what a client sent, as typed params; null counts as absent.

    Raises:
        JsonRpcInvalidParams: with one sentence that names the field.
    """
    if raw is not None and not isinstance(raw, Mapping):
        raise JsonRpcInvalidParams("Bad parameters: an object is needed.")
    values: dict[str, Any] = {}
    for each in fields(params):  # type: ignore[arg-type]  # P is always one of the dataclasses above
        name = wire_name(each.name)
        value = (raw or {}).get(name)
        if value is None and each.default is MISSING:
            raise JsonRpcInvalidParams(f"Bad parameters: `{name}` is missing.")
        if value is not None:
            values[each.name] = _read(name, value, each.metadata["read"])
    return _made(params, values)


def _read(name: str, value: object, read: Callable[[object], object]) -> object:
    try:
        return read(value)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Bad parameters: `{name}` {error}.") from error


def _made(params: type[P], values: Mapping[str, Any]) -> P:
    try:
        return params(**values)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Bad parameters: {error}.") from error
