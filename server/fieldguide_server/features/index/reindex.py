"""``fieldguide/reindex``: every file is read again, for when an index is not to be trusted."""

from typing import Any

from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import REINDEX, ReindexParams
from fieldguide_server.workspace import index_keeper
from fieldguide_server.workspace.folders import Folder


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(REINDEX)(reindex)


async def reindex(server: Server, params: ReindexParams) -> dict[str, Any]:
    """Read the files of a folder again, or of all of them one after the other; cancelling keeps what was done."""
    chosen = [server.workspaces.chosen(params.folder)] if params.folder else tuple(server.workspaces)
    return {"folders": [await _one(server, folder) for folder in chosen]}


async def _one(server: Server, folder: Folder) -> dict[str, Any]:
    report = await index_keeper.reindex(server, folder)
    return {
        "folder": folder.uri,
        "chunks": report.chunks,
        "skipped": len(report.skipped),
        "failed": len(report.failed),
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 1),
    }
