"""Validation of one setting: from what a user wrote to a checked value, or a sentence about what it must be."""

import re
from pathlib import Path

from fieldguide_server.settings.endpoints import origin
from fieldguide_server.settings.schema import Spec

_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_URL = re.compile(r"https?://[^\s/@?#\\]+(/[^\s@\\]*)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expected(spec: Spec) -> str:
    """Return what a value of this setting must be, to complete a sentence with "must be"."""
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    if spec.kind in (int, float):
        name = "an integer" if spec.kind is int else "a number"
        return f"{name} between {spec.minimum:.10g} and {spec.maximum:.10g}"
    if spec.kind is bool:
        return "true or false"
    if spec.kind is tuple:
        return "an array of strings"
    return {
        "url": "an http or https URL without a password",
        "file": "the absolute path of a file",
        "name": "a name of letters, digits, '.', '_' and '-'",
        "folder": "the absolute path of a folder",
        "profile": "the name of a profile (see: fieldguide models)",
        "variable": "the name of an environment variable, never the key itself",
    }.get(spec.form, "a string")


def quoted(spec: Spec, raw: object) -> str:
    """Return ``raw`` for a sentence: short and printable, or "" where it may hold a secret."""
    if spec.form in ("url", "variable"):
        return ""
    try:
        return f", not {shorten(repr(raw))}"
    except ValueError:  # Python refuses to format integers of thousands of digits
        return ""


def shorten(text: str, limit: int = 60) -> str:
    """Return ``text`` on one line, printable, at most ``limit`` characters."""
    clean = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def parse_text(spec: Spec, text: str) -> object:
    """Return the value of a setting from an environment variable or a flag.

    Raises:
        ValueError: The text is not a valid value.
    """
    text = text.strip()
    if spec.kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if spec.kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return parse(spec, spec.kind(text))


def parse(spec: Spec, raw: object) -> object:
    """Return the value of a setting from TOML or JSON.

    Raises:
        ValueError: The value has another type or is out of bounds.
    """
    if spec.kind is tuple:
        if not isinstance(raw, list | tuple) or not all(isinstance(item, str) for item in raw):
            raise ValueError(raw)
        return tuple(raw)
    if spec.kind in (int, float):
        return _number(spec, raw)
    if not isinstance(raw, spec.kind):
        raise ValueError(raw)
    if isinstance(raw, str) and not _fits(spec, raw):
        raise ValueError(raw)
    return raw


def _number(spec: Spec, raw: object) -> int | float:
    # bool is a subclass of int in Python, but "true" is not a number in TOML or JSON.
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(raw)
    if spec.kind is int and not isinstance(raw, int):
        raise ValueError(raw)
    assert spec.minimum is not None
    assert spec.maximum is not None
    if not spec.minimum <= raw <= spec.maximum:
        raise ValueError(raw)
    return float(raw) if spec.kind is float else raw


def is_url(text: str) -> bool:
    """Return whether a text is an http or https URL with a host and without a password."""
    try:
        return _URL.fullmatch(text) is not None and text.isprintable() and bool(origin(text)[1])
    except ValueError:  # an invalid port, or brackets that do not match
        return False


def _fits(spec: Spec, text: str) -> bool:
    if spec.choices:
        return text in spec.choices
    if spec.form == "variable":
        return text == "" or _VARIABLE.fullmatch(text) is not None
    if spec.form == "url":
        return text == "" or is_url(text)
    if spec.form == "name":
        return text == "" or _NAME.fullmatch(text) is not None
    if spec.form in ("file", "folder"):
        # A relative path would depend on the folder in which the server was started.
        return text == "" or text.startswith("~") or Path(text).is_absolute()
    return text.isprintable()
