"""``fieldguide/pauseIndexing`` and ``fieldguide/resumeIndexing``: the machine is needed for something else just now."""

from collections.abc import Callable
from typing import Any

from fieldguide_indexer import IndexStatus
from fieldguide_server.lsp.convert import status_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import PAUSE, RESUME, PauseParams
from fieldguide_server.workspace import index_keeper
from fieldguide_server.workspace.folders import Folder, IndexHandle


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(PAUSE)(pause)
    server.own(RESUME)(resume)


async def pause(server: Server, params: PauseParams) -> dict[str, Any]:
    """Have indexing rest; searches go on."""
    return await _each(server, params, lambda index: index.pause())


async def resume(server: Server, params: PauseParams) -> dict[str, Any]:
    """Have indexing go on where it was paused."""
    return await _each(server, params, lambda index: index.resume())


async def _each(
    server: Server, params: PauseParams, act: Callable[[IndexHandle], IndexStatus]
) -> dict[str, Any]:
    chosen = [server.workspaces.chosen(params.folder)] if params.folder else tuple(server.workspaces)
    return {"folders": [await _one(server, folder, act) for folder in chosen]}


async def _one(server: Server, folder: Folder, act: Callable[[IndexHandle], IndexStatus]) -> dict[str, Any]:
    index = await folder.opened_index()
    status = await server.run(act, index)
    index_keeper.announce(server, folder, status)
    return status_json(folder.uri, status)
