"""Commands of the client's own that our links, lenses and actions may name.

A client tells of them in ``capabilities.experimental.fieldguide.commands``. Each takes one argument: what the method
of ours with the same name takes, or for ``ask`` the place that the question is about.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lsprotocol import types

_NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class ClientCommands:
    """The client's commands by what they do; "" where it has none."""

    explain: str = ""
    ask: str = ""
    explain_problem: str = ""

    @classmethod
    def of(cls, client: types.ClientCapabilities) -> "ClientCommands":
        """Return what a client told of; anything but a plain name counts as nothing."""
        told: object = client.experimental
        for key in ("fieldguide", "commands"):
            told = told.get(key) if isinstance(told, Mapping) else None
        named = told if isinstance(told, Mapping) else {}
        return cls(*(_name(named.get(key)) for key in ("explain", "ask", "explainProblem")))


def shows_status(client: types.ClientCapabilities) -> bool:
    """Return whether the client always shows what ``fieldguide/indexStatus`` tells, so that no message need say it."""
    ours = client.experimental.get("fieldguide") if isinstance(client.experimental, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("showsStatus") is True


def _name(told: object) -> str:
    return told if isinstance(told, str) and _NAME.fullmatch(told) else ""


def place_of(uri: str, position: types.Position) -> dict[str, Any]:
    """Return a place in a document as an argument of a command."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": position.line, "character": position.character},
    }


def command_uri(command: str, argument: Mapping[str, Any]) -> str:
    """Return the address of a command with its argument, for a link in Markdown."""
    return f"command:{command}?{quote(json.dumps([argument], separators=(',', ':')), safe='')}"
