"""``fieldguide/status``: what the index can do now, and what it holds of a file."""

from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from fieldguide_indexer import FieldguideError, IndexStatus, State
from fieldguide_server.lsp.convert import path_of, status_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import STATUS, StatusParams
from fieldguide_server.workspace.folders import NO_FOLDER, Folder


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(STATUS)(status)


async def status(server: Server, params: StatusParams) -> dict[str, Any]:
    """Tell the state of a folder at once, even while its index is being opened."""
    if not any(server.workspaces) and params.folder is None:
        return {**status_json("", IndexStatus(State.EMPTY, reason=NO_FOLDER)), "folder": None}
    folder = server.workspaces.chosen(params.folder, params.path)
    if folder.index is None:
        return _told(folder, folder.without_index())
    try:
        told = _told(folder, await server.run(folder.index.status))
    except FieldguideError as error:  # of all requests this one is to say so, not to fail
        return _told(folder, IndexStatus(State.DEGRADED, reason=str(error)))
    if params.path is not None:
        told["file"] = asdict(await server.run(folder.index.file_status, _inside(folder, params.path)))
    return told


def _told(folder: Folder, state: IndexStatus) -> dict[str, Any]:
    told = {"docs": folder.is_docs, "model": folder.settings.model.title or None}
    return {**status_json(folder.uri, state), **told}


def _inside(folder: Folder, path: str) -> str:
    """Return the path as the index knows it, from a URI, a whole path or one that is relative already."""
    local = path_of(path) if "://" in path else Path(path)
    return (folder.relative(local) if local and local.is_absolute() else None) or PurePath(path).as_posix()
