"""Arguments and links for the commands that hovers, lenses and code actions run in the client."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lsprotocol import types


def place_of(uri: str, position: types.Position) -> dict[str, Any]:
    """Return a place in a document as the argument of a command."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": position.line, "character": position.character},
    }


def command_uri(command: str, argument: Mapping[str, Any]) -> str:
    """Return the URI that runs a command with an argument, for a link in Markdown."""
    return f"command:{command}?{quote(json.dumps([argument], separators=(',', ':')), safe='')}"
