"""From a text to additions. Around the JSON may stand anything: models think aloud."""

import json
import re

from fieldguide_server.configgen.additions.types import KINDS, Addition, Refusal, Why
from fieldguide_server.configgen.reading.repository import join
from fieldguide_server.configgen.types import Key

MAX_ADDITIONS = 30
MAX_TRIES = 200
LONGEST_VALUE = 200
LONGEST_QUOTE = 1_000
LONGEST_NAME = 60
NO_OBJECT = "There is no JSON object with a list `additions` in it."


def read_additions(text: str) -> tuple[tuple[Addition, ...], tuple[Refusal, ...]]:
    """Return the additions in a text, each once, and a refusal for each entry that is none."""
    entries = _entries(text)
    if entries is None:
        return (), (Refusal(Why.FORM, NO_OBJECT),)
    read = [_addition(entry, number) for number, entry in enumerate(entries[:MAX_ADDITIONS], start=1)]
    refused = [item for item in read if isinstance(item, Refusal)]
    if len(entries) > MAX_ADDITIONS:
        refused.append(Refusal(Why.UNSAFE, f"Only the first {MAX_ADDITIONS} additions were looked at."))
    found = dict.fromkeys(item for item in read if isinstance(item, Addition))
    return tuple(found), tuple(refused)


def _entries(text: str) -> list[object] | None:
    """Return the list in the last object that has one: what comes before may be the form that was asked for."""
    decoder = json.JSONDecoder()
    for at in [match.start() for match in re.finditer(r"\{", text)][: -MAX_TRIES - 1 : -1]:
        try:
            found, _ = decoder.raw_decode(text, at)
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
    if fault := _fault(kind, value, line, texts):
        return Refusal(Why.FORM, f"Addition {number}: {fault}.")
    return Addition(
        Key(str(kind)),
        " ".join(str(value).split()),
        join("", str(texts["file"]).strip()),
        int(str(line)),
        str(texts["quote"]),
        join("", str(texts["folder"]).strip().strip("/")),
        str(texts["name"]).strip(),
    )


def _fault(kind: object, value: object, line: object, texts: dict[str, object]) -> str:
    """Return what is wrong with an entry, "" when nothing is."""
    if kind not in {str(key) for key in KINDS}:
        return f"`kind` must be one of {', '.join(sorted(KINDS))}"
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        return "`value` must be a text"
    if len(str(value)) > LONGEST_VALUE or not str(value).isprintable():
        return f"`value` must be one line of at most {LONGEST_VALUE} characters"
    if isinstance(line, bool) or not isinstance(line, int) or line < 1:
        return "`line` must be a line number"
    for name, text in texts.items():
        longest = {"quote": LONGEST_QUOTE, "name": LONGEST_NAME}.get(name, LONGEST_VALUE)
        if not isinstance(text, str) or len(text) > longest or (name != "quote" and not text.isprintable()):
            return f"`{name}` must be a text of at most {longest} characters"
    return "" if texts["file"] and texts["quote"] else "`file` and `quote` must say where it stands"
