"""``fieldguide/models`` and ``fieldguide/setKey``: the language models, the chosen one, and their keys."""

from dataclasses import asdict
from functools import partial
from typing import Any

from lsprotocol import types

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import MODELS, SET_KEY, ModelsParams, SetKeyParams

_SETTING = "model"


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(MODELS, partial(models, context))
    server.custom_method(SET_KEY, partial(set_key, context))
    server.feature(types.PROGRESS)(partial(progress, context))


async def models(context: Context, params: ModelsParams) -> dict[str, Any]:
    """List the profiles and choose one. Servers on this machine are only looked for on request, and not used."""
    folder = context.session.folders.select(params.folder)
    await context.session.configuration.settled()
    await context.session.configuration.choose(folder, _SETTING, params)
    from fieldguide_server.assistant.models import list_models  # noqa: PLC0415 - heavy

    result = {"folder": folder.uri, **list_models(folder.loaded, context.session.environment)}
    if params.probe:
        result["local"] = [asdict(each) for each in await context.session.local_servers()]
    return result


async def set_key(context: Context, params: SetKeyParams) -> dict[str, Any]:
    """Take a key from the client's secret store. It stays in memory and counts as the environment variable."""
    if params.key is None:
        context.session.keys.pop(params.variable, None)
    else:
        context.session.keys[params.variable] = params.key
    return {"variable": params.variable, "has_key": bool(context.session.environment.get(params.variable))}


def progress(context: Context, params: types.ProgressParams) -> None:
    """Take a piece of an answer of the client's own model."""
    context.client.add_partial_result(params)
