"""``fieldguide/status``: the state of an index, and of one file in it."""

from dataclasses import asdict
from functools import partial
from pathlib import PurePath
from typing import Any

from fieldguide_indexer import FieldguideError, IndexStatus, State
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import status_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import STATUS, StatusParams
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.folders import NO_FOLDER


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(STATUS, partial(status, context))


async def status(context: Context, params: StatusParams) -> dict[str, Any]:
    """Return the state of a folder at once, even while its index is being opened."""
    if not any(context.session.folders) and params.folder is None:
        return {**status_json("", IndexStatus(State.EMPTY, reason=NO_FOLDER)), "folder": None}
    folder = context.session.folders.select(params.folder, params.path)
    if folder.index is None:
        return _result(folder, folder.status_without_index())
    try:
        result = _result(folder, await context.executors.run(folder.index.status))
    except FieldguideError as error:  # this request reports errors as a state
        return _result(folder, IndexStatus(State.DEGRADED, reason=str(error)))
    if params.path is not None:
        path = folder.relative_name(params.path) or PurePath(params.path).as_posix()
        result["file"] = asdict(await context.executors.run(folder.index.file_status, path))
    return result


def _result(folder: Folder, status: IndexStatus) -> dict[str, Any]:
    model = folder.settings.model
    return {
        **status_json(folder.uri, status),
        "docs": folder.is_docs,
        "model": model.title or None,
        "model_address": model.address or None,
        "model_off": model.off or None,
    }
