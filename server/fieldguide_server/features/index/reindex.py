"""``fieldguide/reindex``: read every file again, if an index is not to be trusted."""

from functools import partial
from typing import Any

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import REINDEX, ReindexParams
from fieldguide_server.workspace.folder import Folder


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(REINDEX, partial(reindex, context))


async def reindex(context: Context, params: ReindexParams) -> dict[str, Any]:
    """Reindex a folder, or all folders one after the other; cancelling keeps what was done."""
    folders = (
        [context.session.folders.select(params.folder)] if params.folder else tuple(context.session.folders)
    )
    return {"folders": [await _one(context, folder) for folder in folders]}


async def _one(context: Context, folder: Folder) -> dict[str, Any]:
    report = await context.indexes.reindex(folder)
    return {
        "folder": folder.uri,
        "chunks": report.chunks,
        "skipped": len(report.skipped),
        "failed": len(report.failed),
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 1),
    }
