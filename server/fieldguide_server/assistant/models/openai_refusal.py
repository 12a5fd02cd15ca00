"""What a server says when it refuses a request: the status, its own sentence, and the parameters that it names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai

from fieldguide_indexer import redact
from fieldguide_server.assistant.models.openai_stream import ServerError
from fieldguide_server.assistant.text.sanitizer import one_line

_MAX_TEXT = 4_000
_MAX_REASON = 240
_MAX_DEPTH = 8
_HTML = re.compile(r"\s*(?:<!doctype\s+html|<html|<head|<body|<!--|<\?xml)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_TEXT_KEYS = ("message", "msg", "detail", "error", "errors", "error_description", "title", "reason")
# OpenRouter's and other gateways' sentence about an error of the server behind them, which they attach.
_GENERIC = re.compile(r"(?:provider|upstream) returned error", re.IGNORECASE)
_SECRET = re.compile(r"\b(?:Bearer\s+\S+|(?:sk|gsk|xai|pk|key|hf|ghp)[-_][\w*.-]{6,})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal of a server.

    Attributes:
        status: The HTTP status, or the one in the body of an error with status 200; 200 if there is none.
        reason: The server's own sentence, cut and without keys; "" if there is none.
        words: Everything that the server said, in which a cause may be looked for.
        parameters: The names in the fields ``param`` and ``loc``.
        is_html: Whether it is a web page, so that it is not the server of a model that speaks.
    """

    status: int
    reason: str = ""
    words: str = ""
    parameters: frozenset[str] = frozenset()
    is_html: bool = False


def refusal_of(error: openai.APIStatusError | ServerError, key: str) -> Refusal:
    """Return what a server said; ``key`` is removed from it."""
    if isinstance(error, ServerError):
        return _refusal(200, error.body, key)
    text = error.response.text
    try:
        return _refusal(error.status_code, json.loads(text), key)
    except (ValueError, RecursionError):
        return _refusal(error.status_code, text, key)


def _refusal(status: int, body: object, key: str) -> Refusal:
    if isinstance(body, str) and _HTML.match(body):
        title = _TITLE.search(body)
        return Refusal(status, _cleaned(title[1] if title else "", key), "", is_html=True)
    codes = (code for code in _values(body, "code") if str(code).isdecimal() and 400 <= int(str(code)) < 600)
    if status == 200:
        status = int(str(next(codes, 200)))
    # Without the names of fields: "message" and "input" mean something else in a sentence.
    words = "\n".join(_leaves(body))
    return Refusal(status, _cleaned(_sentence(body), key), words[:20_000], frozenset(_parameters(body)))


def _cleaned(text: str, key: str) -> str:
    """Return a server's text on one line, without keys and its last full stop, cut."""
    shown = text[:_MAX_TEXT].replace(key, "***") if key else text[:_MAX_TEXT]
    shown = one_line(_SECRET.sub("***", redact(shown)[0])).rstrip(" .")
    return shown if len(shown) <= _MAX_REASON else shown[: _MAX_REASON - 1].rstrip() + "…"


def _sentence(body: object, depth: int = 0) -> str:
    """Return the sentence for people in an error; "" if there is none."""
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(body, str):
        return _sentence(_parsed(body), depth + 1) or body
    if isinstance(body, list):
        return "; ".join(filter(None, (_sentence(item, depth + 1) for item in body[:3])))
    return _sentence_in(body, depth) if isinstance(body, dict) else ""


def _sentence_in(body: dict[str, Any], depth: int) -> str:
    texts = (_sentence(body[key], depth + 1) for key in _TEXT_KEYS if body.get(key))
    text = next(filter(None, texts), "")
    metadata, place = body.get("metadata"), body.get("loc")
    if _GENERIC.search(text) and isinstance(metadata, dict):
        return _sentence(metadata.get("raw"), depth + 1) or text
    return f"{place[-1]}: {text}" if text and isinstance(place, list) and place else text


def _parsed(text: str) -> Any | None:  # noqa: ANN401
    """Return the value of a text that is JSON itself: gateways wrap the errors of others in this way."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _parameters(body: object) -> Iterator[str]:
    for param in _values(body, "param"):
        if isinstance(param, str):
            yield param.removeprefix("body.")
    for place in _values(body, "loc"):
        if isinstance(place, list):
            yield from (item for item in place if isinstance(item, str))


def _leaves(body: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value, also of strings that hold JSON."""
    value = _parsed(body) if isinstance(body, str) else body
    if isinstance(value, dict | list) and depth <= _MAX_DEPTH:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item, depth + 1)
    elif isinstance(body, str | int | float):
        yield str(body)


def _values(body: object, name: str, depth: int = 0) -> Iterator[object]:
    """Yield every value of the key ``name`` in a JSON value, also in strings that hold JSON."""
    if isinstance(body, str):
        body = _parsed(body)
    if depth > _MAX_DEPTH:
        return
    if isinstance(body, dict):
        if body.get(name) is not None:
            yield body[name]
        for value in body.values():
            yield from _values(value, name, depth + 1)
    elif isinstance(body, list):
        for value in body:
            yield from _values(value, name, depth + 1)
