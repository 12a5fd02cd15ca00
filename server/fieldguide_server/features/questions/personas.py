"""``fieldguide/personas``: who can answer, and who does from now on."""

from typing import Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import PERSONAS, ChooseParams
from fieldguide_server.workspace.configuration import choose
from fieldguide_server.workspace.index_keeper import reconfigure

_SETTING = "answer.persona"


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(PERSONAS)(personas)


async def personas(server: Server, params: ChooseParams) -> dict[str, Any]:
    """List the personas and switch to one of them."""
    from fieldguide_server.assistant import list_personas  # noqa: PLC0415 - heavy

    folder = server.workspaces.chosen(params.folder)
    await server.configured()
    known = await server.run(list_personas, folder.settings, folder.path)
    if params.use is not None and params.use not in known:
        raise WorkspaceError(f"There is no such persona; there are {', '.join(known)}.")
    await reconfigure(server, choose(server, folder, _SETTING, params))
    listed = [{"name": name, "origin": origin} for name, origin in known.items()]
    return {"folder": folder.uri, "persona": folder.settings.answer.persona, "personas": listed}
