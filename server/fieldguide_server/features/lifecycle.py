"""From ``initialize`` to ``shutdown``: folders, settings, what the client shall tell us, and the parent's life."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.config_files import diagnostics
from fieldguide_server.docs import sources
from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.documents import Buffers
from fieldguide_server.lsp.json_rpc import answer_to
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace import index_keeper
from fieldguide_server.workspace.configuration import SECTIONS, configure, section_of
from fieldguide_server.workspace.folders import Folder

log = logging.getLogger(__name__)

_PARENT_SECONDS = 3.0


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.feature(types.INITIALIZE)(initialize)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(folders_changed)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(settings_changed)
    server.feature(types.SHUTDOWN)(shutdown)


def initialize(server: Server, params: types.InitializeParams) -> None:
    """Note the folders and settings; all that takes time comes after ``initialized``."""
    server.protocol.use(Buffers.like(server.workspace, params.workspace_folders))
    server.editor = section_of(params.initialization_options)
    server.register_selective(told=False)
    for uri in _folder_uris(params):
        server.workspaces.add(uri)


async def initialized(server: Server, params: types.InitializedParams) -> None:  # noqa: ARG001 - LSP's signature
    """Read the settings, then open the indexes."""
    if server.process_id:
        server.spawn(_leave_with(server, server.process_id))
    await _start(server, tuple(server.workspaces))
    await _register(server)


async def folders_changed(server: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Close the indexes of removed folders, open those of new ones."""
    removed = [server.workspaces.remove(folder.uri) for folder in params.event.removed]
    added = [server.workspaces.add(folder.uri) for folder in params.event.added]
    for gone in filter(None, removed):
        await index_keeper.forget(gone)
        diagnostics.refresh(server, gone)
    await _start(server, list(filter(None, added)))


async def settings_changed(server: Server, params: types.DidChangeConfigurationParams) -> None:
    """Read the settings again. A client that we can ask for them sends nothing here, or null."""
    if isinstance(params.settings, dict) and params.settings:
        server.editor = section_of(params.settings)
    await index_keeper.reconfigure(server, (*server.workspaces, *server.workspaces.docs))
    await sources.follow(server)


async def shutdown(server: Server, params: None) -> None:  # noqa: ARG001 - LSP's signature
    """Close everything; the answer comes when that is done."""
    await server.stop()


async def _start(server: Server, folders: Sequence[Folder]) -> None:
    async with server.changing:
        await configure(server, folders)
        for folder in folders:
            index_keeper.start(server, folder)
            diagnostics.refresh(server, folder)
    await sources.follow(server)


def _folder_uris(params: types.InitializeParams) -> list[str]:
    """Return the folders as clients of any age tell them."""
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    return [uri_of(Path(params.root_path))] if params.root_path else []


async def _register(server: Server) -> None:
    """Ask for the notifications that can only be asked for now."""
    workspace = server.client_capabilities.workspace
    wanted = server.register_selective(told=True)
    if server.client_watches:
        every = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        wanted.append((types.WORKSPACE_DID_CHANGE_WATCHED_FILES, every))
    changing = workspace.did_change_configuration if workspace else None
    if changing and changing.dynamic_registration:
        ours = types.DidChangeConfigurationRegistrationOptions(section=SECTIONS)
        wanted.append((types.WORKSPACE_DID_CHANGE_CONFIGURATION, ours))
    if not wanted:
        return
    registrations = [
        types.Registration(f"fieldguide {method}", method, options) for method, options in wanted
    ]
    asking = server.client_register_capability_async(types.RegistrationParams(registrations))
    try:
        await answer_to(asking)
    except JsonRpcException as error:
        log.warning("the client does not tell what changes: %s", error)
        server.client_refused_watching = True
        for folder in server.workspaces:
            server.spawn(index_keeper.watch(server, folder))


async def _leave_with(server: Server, parent: int) -> None:
    """Leave when the process that started us is gone: a client that was killed sends no ``exit``."""
    import psutil  # noqa: PLC0415 - not needed before initialize is answered

    try:
        process = psutil.Process(parent)
        # Compares the start time too: another process may have got the number meanwhile.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(_PARENT_SECONDS)
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied:
        return
    log.warning("the client, process %d, is gone; leaving", parent)
    server.leave()
