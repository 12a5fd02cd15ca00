"""An existing ``automations.yaml``: its commands caught up, and entries where it has none at all."""

from collections.abc import Mapping
from typing import Any

from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object
from fieldguide_server.configgen.targets.base import Sessions, Updated
from fieldguide_server.configgen.targets.yaml_edits import caught_up, visited, with_member

KINDS = ("services", "tasks")


def merged(text: str, parts: Mapping[str, Any], own: Sessions, repo: Repository) -> Updated:
    """Return entries are the owner's choice where there are some: folders that none enters are named, no more."""
    text, notes = caught_up(text, own(_document(text)), repo)
    entries = [(kind, name, entry) for kind in KINDS for name, entry in parts.get(kind, {}).items()]
    if not any(_document(text).get(kind) for kind in KINDS):
        for kind, name, entry in entries:
            text = with_member(text, kind, name, entry)
            notes.append(f"Added {name} to {kind}.")
        return Updated(text, tuple(notes))
    folders, _ = visited(own(_document(text)))
    for _, name, entry in entries:
        entered, _ = visited(own({"tasks": {name: entry}, "services": {name: entry}}))
        notes += [f"No task or service enters {folder}." for folder in sorted(entered - folders - {""})]
    return Updated(text, tuple(dict.fromkeys(notes)))


def _document(text: str) -> dict[str, object]:
    return as_object(parse(text, Syntax.YAML).value)
