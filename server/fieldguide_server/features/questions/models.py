"""``fieldguide/models`` and ``fieldguide/setKey``: which language models there are, which one is asked, with which key."""

from dataclasses import asdict
from typing import Any

from lsprotocol import types

from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import MODELS, SET_KEY, ModelsParams, SetKeyParams
from fieldguide_server.workspace.configuration import choose
from fieldguide_server.workspace.index_keeper import reconfigure

_SETTING = "model"


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(MODELS)(models)
    server.own(SET_KEY)(set_key)
    server.feature(types.PROGRESS)(heard)


async def models(server: Server, params: ModelsParams) -> dict[str, Any]:
    """List the profiles and switch to one. Servers on this machine are only looked for, and only when asked."""
    folder = server.workspaces.chosen(params.folder)
    await server.configured()
    await reconfigure(server, choose(server, folder, _SETTING, params))
    from fieldguide_server.assistant.models import list_models  # noqa: PLC0415 - heavy

    told = {"folder": folder.uri, **list_models(folder.loaded, server.environment)}
    if params.probe:
        told["local"] = [asdict(each) for each in await server.services.local_servers()]
    return told


async def set_key(server: Server, params: SetKeyParams) -> dict[str, Any]:
    """Take a key from the client's secret store. It stays in memory, and counts as the variable of that name."""
    if params.key is None:
        server.keys.pop(params.variable, None)
    else:
        server.keys[params.variable] = params.key
    return {"variable": params.variable, "has_key": bool(server.environment.get(params.variable))}


def heard(server: Server, params: types.ProgressParams) -> None:
    """A piece of an answer of the client's own model."""
    server.editor_models.heard(params)
