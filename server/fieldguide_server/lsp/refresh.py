"""Code lenses that a client has are asked for again when they may have changed."""

from collections.abc import Sequence

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.lsp.json_rpc import answer_to
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folders import Folder


def refresh(server: Server, folders: Sequence[Folder]) -> None:
    """Have the client ask again for the lenses of these folders, if it shows any and can be told."""
    if _can_refresh(server.client_capabilities) and any(each.settings.code_lens.enabled for each in folders):
        server.spawn(_ask(server))


async def _ask(server: Server) -> None:
    try:
        await answer_to(server.workspace_code_lens_refresh_async(None))
    except JsonRpcException:
        return  # it will ask at the next change of the document


def _can_refresh(client: types.ClientCapabilities) -> bool:
    lenses = client.workspace.code_lens if client.workspace else None
    return bool(lenses and lenses.refresh_support)
