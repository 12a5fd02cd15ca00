"""``fieldguide/pauseIndexing`` and ``fieldguide/resumeIndexing``, for when the machine is needed for other work."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fieldguide_indexer import IndexStatus
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import status_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import PAUSE, RESUME, PauseParams
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.index_handle import IndexHandle


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(PAUSE, partial(pause, context))
    server.custom_method(RESUME, partial(resume, context))


async def pause(context: Context, params: PauseParams) -> dict[str, Any]:
    """Pause indexing; searches continue."""
    return await _each(context, params, lambda index: index.pause())


async def resume(context: Context, params: PauseParams) -> dict[str, Any]:
    """Resume indexing where it was paused."""
    return await _each(context, params, lambda index: index.resume())


async def _each(
    context: Context, params: PauseParams, act: Callable[[IndexHandle], IndexStatus]
) -> dict[str, Any]:
    folders = (
        [context.session.folders.select(params.folder)] if params.folder else tuple(context.session.folders)
    )
    return {"folders": [await _one(context, folder, act) for folder in folders]}


async def _one(context: Context, folder: Folder, act: Callable[[IndexHandle], IndexStatus]) -> dict[str, Any]:
    index = await folder.opened_index()
    status = await context.executors.run(act, index)
    folder.set_status(status)
    return status_json(folder.uri, status)
