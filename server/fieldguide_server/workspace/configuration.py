"""What the editor says about settings: at ``initialize``, when asked, and when they change."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.lsp.json_rpc import answer_to
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import ChooseParams
from fieldguide_server.settings import Loaded, Sources, ignore_patterns, load
from fieldguide_server.workspace.folders import Folder

log = logging.getLogger(__name__)

SECTION = "fieldguide"
# What VS Code hides from its own file tree and search is left out of the index, too.
SECTIONS = (SECTION, "files.exclude", "search.exclude")


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
    for folder, (answer, *hidden) in zip(folders, answers, strict=True):
        editor = _merged(server.editor, section_of(answer))
        folder.hidden = ignore_patterns(*hidden)
        folder.loaded = await server.run(_load, folder, editor, {**server.choices, **folder.choices})
        problems |= dict.fromkeys(folder.loaded.problems)
    if problems:
        server.tell(f"Fieldguide settings: {'; '.join(problems)}.")


def choose(server: Server, folder: Folder, key: str, wanted: ChooseParams) -> Sequence[Folder]:
    """Let a setting have the value that the user chose, in one folder or in all; or give it back to the settings.

    Returns:
        The folders whose settings are to be read again.
    """
    if wanted.use is None and not wanted.reset:
        return ()
    folders = tuple(server.workspaces) if wanted.everywhere else (folder,)
    chosen = server.choices if wanted.everywhere else folder.choices
    for choices in (chosen, *(each.choices for each in folders)):
        choices.pop(key, None)
    if wanted.use is not None:
        chosen[key] = wanted.use
    return folders


def _load(folder: Folder, editor: Mapping[str, object], chosen: Mapping[str, object]) -> Loaded:
    return load(Sources(folder.path, editor, os.environ, chosen))


async def _asked(server: Server, folders: Sequence[Folder]) -> Sequence[Sequence[Any]]:
    """Return what the client says to each of our sections, folder by folder."""
    nothing = [[None] * len(SECTIONS)] * len(folders)
    workspace = server.client_capabilities.workspace
    if not folders or workspace is None or not workspace.configuration:
        return nothing
    items = [types.ConfigurationItem(folder.uri, section) for folder in folders for section in SECTIONS]
    asking = server.workspace_configuration_async(types.ConfigurationParams(items))
    try:
        answers = await answer_to(asking)
    except JsonRpcException as error:
        log.warning("the client does not tell its settings: %s", error)
        return nothing
    if len(answers) != len(items):
        return nothing
    return [answers[start : start + len(SECTIONS)] for start in range(0, len(items), len(SECTIONS))]


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(under, value)
        elif value is not None:
            merged[key] = value
    return merged
