"""``fieldguide/search``: the passages that fit a query best."""

from dataclasses import asdict
from typing import Any

from fieldguide_server.protocol import SEARCH, SearchParams
from fieldguide_server.server import Server
from fieldguide_server.workspaces import FIRST_SEARCH_SECONDS


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(SEARCH)(search)


async def search(server: Server, params: SearchParams) -> dict[str, Any]:
    """Search a folder's index."""
    folder = server.workspaces.chosen(params.folder)
    index = await folder.ready(FIRST_SEARCH_SECONDS)
    unread = folder.unread()
    hits = await server.run(index.search, params.query, params.limit, params.within)
    return {"folder": folder.uri, "hits": [asdict(hit) for hit in hits], "notice": unread}
