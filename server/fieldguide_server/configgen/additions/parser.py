"""Parses the additions in a model's answer, which may contain other text around the JSON."""

import json
import re

from fieldguide_server.configgen.additions.types import KINDS, Addition, Refusal, RefusalKind
from fieldguide_server.configgen.reading.repository import join
from fieldguide_server.configgen.types import Key

MAX_ADDITIONS = 30
MAX_OBJECTS = 200
MAX_VALUE = 200
MAX_QUOTE = 1_000
MAX_NAME = 60
NO_OBJECT = "There is no JSON object with an array `additions`."


def parse_additions(text: str) -> tuple[tuple[Addition, ...], tuple[Refusal, ...]]:
    """Return the additions in a text, each once, and a refusal for each invalid entry."""
    entries = _entries(text)
    if entries is None:
        return (), (Refusal(RefusalKind.FORM, NO_OBJECT),)
    parsed = [_addition(entry, number) for number, entry in enumerate(entries[:MAX_ADDITIONS], start=1)]
    refused = [item for item in parsed if isinstance(item, Refusal)]
    if len(entries) > MAX_ADDITIONS:
        refused.append(Refusal(RefusalKind.UNSAFE, f"Only the first {MAX_ADDITIONS} additions were read."))
    return tuple(dict.fromkeys(item for item in parsed if isinstance(item, Addition))), tuple(refused)


def _entries(text: str) -> list[object] | None:
    """Return the array of the last object that has one: an earlier object may be a copy of the requested form."""
    decoder = json.JSONDecoder()
    for start in [match.start() for match in re.finditer(r"\{", text)][: -MAX_OBJECTS - 1 : -1]:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        entries = found.get("additions") if isinstance(found, dict) else None
        if isinstance(entries, list):
            return entries
    return None


def _addition(entry: object, number: int) -> Addition | Refusal:
    fields = entry if isinstance(entry, dict) else {}
    kind, value, line = fields.get("kind"), fields.get("value"), fields.get("line")
    texts = {name: fields.get(name, "") for name in ("file", "quote", "folder", "name")}
    if error := _error(kind, value, line, texts):
        return Refusal(RefusalKind.FORM, f"Addition {number}: {error}.")
    return Addition(
        Key(str(kind)),
        " ".join(str(value).split()),
        join("", str(texts["file"]).strip()),
        int(str(line)),
        str(texts["quote"]),
        join("", str(texts["folder"]).strip().strip("/")),
        str(texts["name"]).strip(),
    )


def _error(kind: object, value: object, line: object, texts: dict[str, object]) -> str:
    """Return what is invalid in an entry, "" if nothing is."""
    if kind not in {str(key) for key in KINDS}:
        return f"`kind` must be one of {', '.join(sorted(KINDS))}"
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        return "`value` must be a string"
    if len(str(value)) > MAX_VALUE or not str(value).isprintable():
        return f"`value` must be one line of at most {MAX_VALUE} characters"
    if isinstance(line, bool) or not isinstance(line, int) or line < 1:
        return "`line` must be a line number"
    for name, text in texts.items():
        longest = {"quote": MAX_QUOTE, "name": MAX_NAME}.get(name, MAX_VALUE)
        if not isinstance(text, str) or len(text) > longest or (name != "quote" and not text.isprintable()):
            return f"`{name}` must be a string of at most {longest} characters"
    return "" if texts["file"] and texts["quote"] else "`file` and `quote` must not be empty"
