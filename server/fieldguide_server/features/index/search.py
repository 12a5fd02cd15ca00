"""``fieldguide/search``: the best passages for a query, in one folder or in all of them."""

from dataclasses import asdict
from functools import partial
from typing import Any

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import SEARCH, SearchParams


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(SEARCH, partial(search, context))


async def search(context: Context, params: SearchParams) -> dict[str, Any]:
    """Search the requested folder, or all folders."""
    first = context.session.folders.select(params.folder)
    everywhere = [*context.session.folders, *context.session.folders.docs]
    folders = [first] if params.folder is not None else everywhere
    result = await context.search.search(folders, params)
    return {
        "folder": first.uri if len(folders) == 1 else None,
        "hits": [{**asdict(hit), "folder": folder.uri} for folder, hit in result.hits],
        "notice": result.notice,
    }
