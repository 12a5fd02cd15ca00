"""What the editor says about settings: at ``initialize``, when asked, and when they change."""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.server import Server
from fieldguide_server.settings import Loaded, Sources, load
from fieldguide_server.workspaces import Folder

log = logging.getLogger(__name__)

SECTION = "fieldguide"
_PATIENCE_SECONDS = 5.0


def section_of(sent: object) -> Mapping[str, object]:
    """Our settings in what a client sent: below our name, or plainly; nothing if it is no object."""
    if not isinstance(sent, Mapping):
        return {}
    ours = sent.get(SECTION, sent)
    return ours if isinstance(ours, Mapping) else {}


async def configure(server: Server, folders: Sequence[Folder]) -> None:
    """Read the settings of folders, asking the client where it can be asked; tell problems once."""
    answers = await _asked(server, folders)
    problems: dict[str, None] = {}
    for folder, answer in zip(folders, answers, strict=True):
        editor = _merged(server.editor, section_of(answer))
        folder.loaded = await server.run(_load, folder, editor)
        problems |= dict.fromkeys(folder.loaded.problems)
    if problems:
        server.tell(f"Fieldguide settings: {'; '.join(problems)}.")


def _load(folder: Folder, editor: Mapping[str, object]) -> Loaded:
    return load(Sources(folder.path, editor, os.environ))


async def _asked(server: Server, folders: Sequence[Folder]) -> Sequence[Any]:
    nothing: list[Any] = [None] * len(folders)
    workspace = server.client_capabilities.workspace
    if not folders or workspace is None or not workspace.configuration:
        return nothing
    items = [types.ConfigurationItem(folder.uri, SECTION) for folder in folders]
    asking = server.workspace_configuration_async(types.ConfigurationParams(items))
    try:
        answers = await asyncio.wait_for(asking, _PATIENCE_SECONDS)
    except (TimeoutError, JsonRpcException) as error:
        log.warning("the client does not tell its settings: %s", error)
        return nothing
    return answers if len(answers) == len(folders) else nothing


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(under, value)
        elif value is not None:
            merged[key] = value
    return merged
