"""Checking one value: what a user wrote becomes a value of its setting, or a sentence about what it must be."""

import re
from pathlib import Path

from fieldguide_server.settings.schema import Spec

_TRUTH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_URL = re.compile(r"https?://[^\s/@]+(/[^\s@]*)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expected(spec: Spec) -> str:
    """Return what a value of this setting must be, as the end of a sentence with "must be"."""
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    if spec.kind in (int, float):
        name = "a whole number" if spec.kind is int else "a number"
        return f"{name} between {spec.minimum:.10g} and {spec.maximum:.10g}"
    if spec.kind is bool:
        return "true or false"
    if spec.kind is tuple:
        return "a list of texts"
    return {
        "url": "an http or https URL without a password",
        "file": "a file with its whole path",
        "name": "a name of letters, digits, '.', '_' and '-'",
        "folder": "a folder with its whole path",
        "profile": "the name of a profile (see: fieldguide models)",
        "variable": "the name of an environment variable, never the key itself",
    }.get(spec.form, "text")


def shown(spec: Spec, raw: object) -> str:
    """Return ``raw`` for a sentence: short, printable, and left out where it may hold a secret."""
    if spec.form in ("url", "variable"):
        return ""
    try:
        return f", not {shorten(repr(raw))}"
    except ValueError:  # Python refuses to write out a number of thousands of digits
        return ""


def shorten(text: str, limit: int = 60) -> str:
    """Return ``text`` on one line, printable, at most ``limit`` characters."""
    clean = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def parse_text(spec: Spec, text: str) -> object:
    """Return a value written in an environment variable or a flag. Raises ``ValueError`` when it is none."""
    text = text.strip()
    if spec.kind is bool:
        if text.lower() not in _TRUTH:
            raise ValueError(text)
        return _TRUTH[text.lower()]
    if spec.kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return parse(spec, spec.kind(text))


def parse(spec: Spec, raw: object) -> object:
    """Return a value read from TOML or JSON. Raises ``ValueError`` when it is of another type or out of bounds."""
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
    # True is an int to Python, and no number to whoever wrote it.
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(raw)
    if spec.kind is int and not isinstance(raw, int):
        raise ValueError(raw)
    assert spec.minimum is not None
    assert spec.maximum is not None
    if not spec.minimum <= raw <= spec.maximum:
        raise ValueError(raw)
    return float(raw) if spec.kind is float else raw


def _fits(spec: Spec, text: str) -> bool:
    if spec.choices:
        return text in spec.choices
    if spec.form == "variable":
        return text == "" or _VARIABLE.fullmatch(text) is not None
    if spec.form == "url":
        return text == "" or _URL.fullmatch(text) is not None
    if spec.form == "name":
        return text == "" or _NAME.fullmatch(text) is not None
    if spec.form in ("file", "folder"):
        # A relative path would be looked for in whatever folder the server was started in.
        return text == "" or text.startswith("~") or Path(text).is_absolute()
    return text.isprintable()
