"""The parsing of params: JSON values become typed ones, and an error is a sentence that names the field.

A parser takes a JSON value and returns it typed; it raises ``ValueError`` with the end of a sentence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

LONGEST_PATH = 4_096
LAST_LINE = 2**31 - 1

# JSON can hold half of a surrogate pair, which no file and no database can store.
_SURROGATES = re.compile("[\ud800-\udfff]")

Token = str | int
P = TypeVar("P")


def string(longest: int) -> Callable[[object], str]:
    """Return a parser of strings that are not blank and have at most so many characters."""

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a string")
        if not value.strip():
            raise ValueError("must not be empty")
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(value)}")
        if _SURROGATES.search(value):
            raise ValueError("must not contain lone surrogates")
        return value

    return parse


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a parser of strings that are one of the choices."""

    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return parse


def integer(low: int, high: int) -> Callable[[object], int]:
    """Return a parser of integers between two bounds, both included."""

    def parse(value: object) -> int:
        # True is an int to Python, but not in JSON.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be an integer between {low} and {high}")
        return value

    return parse


def boolean(value: object) -> bool:
    """Parse a boolean."""
    if not isinstance(value, bool):
        raise ValueError("must be a boolean")
    return value


def token(value: object) -> Token:
    """Parse the token of a stream."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a string or an integer")
    return value


def member(value: object, name: str, parse: Callable[[object], P]) -> P:
    """Parse one member of an object."""
    if not isinstance(value, Mapping) or value.get(name) is None:
        raise ValueError(f"must be an object with `{name}`")
    try:
        return parse(value[name])
    except ValueError as error:
        raise ValueError(f"has a `{name}` that {error}") from error


def document(value: object) -> types.TextDocumentIdentifier:
    """Parse the identifier of a document."""
    return types.TextDocumentIdentifier(member(value, "uri", string(LONGEST_PATH)))


def position(value: object) -> types.Position:
    """Parse an LSP position."""
    line, character = (member(value, name, integer(0, LAST_LINE)) for name in ("line", "character"))
    return types.Position(line, character)


def range_(value: object) -> types.Range:
    """Parse an LSP range."""
    start, end = (member(value, name, position) for name in ("start", "end"))
    if (end.line, end.character) < (start.line, start.character):
        raise ValueError("must not end before it starts")
    return types.Range(start, end)


def array(parse: Callable[[object], P], most: int) -> Callable[[object], tuple[P, ...]]:
    """Return a parser of arrays of at most so many elements."""

    def parse_all(value: object) -> tuple[P, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > most:
            raise ValueError(f"must be an array of at most {most} elements")
        try:
            return tuple(parse(each) for each in value)
        except ValueError as error:
            raise ValueError(f"has an element that {error}") from error

    return parse_all


def variable(value: object) -> str:
    """Parse the name of an environment variable."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value):
        raise ValueError("must be the name of an environment variable")
    return value


def by(parse: Callable[[object], object]) -> dict[str, Callable[[object], object]]:
    """Return the metadata of a dataclass field that ``parse`` parses."""
    return {"parse": parse}


def wire_name(name: str) -> str:
    """Return the name of a field in JSON: ``textDocument`` for ``text_document``."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def structure(raw: object, params: type[P]) -> P:
    """Parse params that a client sent; null counts as absent.

    Raises:
        JsonRpcInvalidParams: One sentence that names the field.
    """
    if raw is not None and not isinstance(raw, Mapping):
        raise JsonRpcInvalidParams("Invalid params: an object is required.")
    values: dict[str, Any] = {}
    for each in fields(params):  # type: ignore[arg-type]  # P is always a dataclass of protocol.py
        name = wire_name(each.name)
        value = (raw or {}).get(name)
        if value is None and each.default is MISSING:
            raise JsonRpcInvalidParams(f"Invalid params: `{name}` is missing.")
        if value is not None:
            values[each.name] = _parsed(name, value, each.metadata["parse"])
    return _made(params, values)


def _parsed(name: str, value: object, parse: Callable[[object], object]) -> object:
    try:
        return parse(value)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Invalid params: `{name}` {error}.") from error


def _made(params: type[P], values: Mapping[str, Any]) -> P:
    try:
        return params(**values)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Invalid params: {error}.") from error
