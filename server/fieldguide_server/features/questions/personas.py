"""``fieldguide/personas``: the personas, and the chosen one."""

from functools import partial
from typing import Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import PERSONAS, ChooseParams

_SETTING = "answer.persona"


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(PERSONAS, partial(personas, context))


async def personas(context: Context, params: ChooseParams) -> dict[str, Any]:
    """List the personas and choose one."""
    from fieldguide_server.assistant import list_personas  # noqa: PLC0415 - heavy

    folder = context.session.folders.select(params.folder)
    await context.session.configuration.settled()
    origins = await context.executors.run(list_personas, folder.settings, folder.path)
    if params.use is not None and params.use not in origins:
        raise WorkspaceError(f"There is no persona {params.use}; there are {', '.join(origins)}.")
    await context.session.configuration.choose(folder, _SETTING, params)
    listed = [{"name": name, "origin": origin} for name, origin in origins.items()]
    return {"folder": folder.uri, "persona": folder.settings.answer.persona, "personas": listed}
