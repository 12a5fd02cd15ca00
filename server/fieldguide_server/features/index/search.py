"""``fieldguide/search``: the passages that fit a query best, in one folder or in all of them."""

from dataclasses import asdict
from typing import Any

from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import SEARCH, SearchParams
from fieldguide_server.workspace import search as several


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(SEARCH)(search)


async def search(server: Server, params: SearchParams) -> dict[str, Any]:
    """Search the folder that is named, else every one."""
    first = server.workspaces.chosen(params.folder)
    everywhere = [*server.workspaces, *server.workspaces.docs]
    folders = [first] if params.folder is not None else everywhere
    found = await several.search(server, folders, params)
    return {
        "folder": first.uri if len(folders) == 1 else None,
        "hits": [{**asdict(hit), "folder": folder.uri} for folder, hit in found.hits],
        "notice": found.notice,
    }
