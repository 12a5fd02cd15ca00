"""From ``initialize`` to ``shutdown``: folders, settings, registrations, and the life of the client's process."""

import asyncio
import logging
from functools import partial
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.configuration import SECTIONS, section_of

log = logging.getLogger(__name__)

_PARENT_SECONDS = 3.0


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.feature(types.INITIALIZE)(partial(initialize, server, context))
    server.feature(types.INITIALIZED)(partial(initialized, server, context))
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(partial(folders_changed, context))
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(partial(settings_changed, context))
    server.feature(types.SHUTDOWN)(partial(shutdown, context))


def initialize(server: Server, context: Context, params: types.InitializeParams) -> None:
    """Take the capabilities, folders and settings; all that takes time comes after ``initialized``."""
    context.client.initialize(params.capabilities)
    context.documents.initialize(params.workspace_folders)
    context.session.configuration.editor = section_of(params.initialization_options)
    server.register_static()
    for uri in _folder_uris(params):
        context.session.folders.add(uri)


async def initialized(server: Server, context: Context, params: types.InitializedParams) -> None:  # noqa: ARG001 - LSP's signature
    """Read the settings, which opens the indexes, and register for what can only be registered now."""
    if server.process_id:
        context.executors.spawn(_leave_with(server, server.process_id))
    await context.session.configuration.load(tuple(context.session.folders))
    await _register(server, context)


async def folders_changed(context: Context, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Close removed folders and open added ones."""
    folders = context.session.folders
    for removed in params.event.removed:
        folders.remove(removed.uri)
    added = [folders.add(folder.uri) for folder in params.event.added]
    await context.session.configuration.load(list(filter(None, added)))


async def settings_changed(context: Context, params: types.DidChangeConfigurationParams) -> None:
    """Read the settings again. A client that supports ``workspace/configuration`` sends nothing here, or null."""
    configuration, folders = context.session.configuration, context.session.folders
    if isinstance(params.settings, dict) and params.settings:
        configuration.editor = section_of(params.settings)
    await configuration.load((*folders, *folders.docs))


async def shutdown(context: Context, params: None) -> None:  # noqa: ARG001 - LSP's signature
    """Close everything; the response is sent when that is done."""
    await context.executors.stop()
    await context.session.close()


def _folder_uris(params: types.InitializeParams) -> list[str]:
    """Return the URIs of the folders, which clients of different ages send in different fields."""
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    return [uri_of(Path(params.root_path))] if params.root_path else []


async def _register(server: Server, context: Context) -> None:
    registrations = [
        types.Registration(f"fieldguide {method}", method, options)
        for method, options in _to_register(server, context)
    ]
    if not registrations:
        return
    try:
        await context.client.register(registrations)
    except JsonRpcException as error:
        log.warning("the client refuses registrations: %s", error)
        context.client.watches_files = False
        context.executors.spawn(context.indexes.watch_files())


def _to_register(server: Server, context: Context) -> list[tuple[str, object]]:
    options = server.register_dynamic()
    if context.client.watches_files:
        every = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        options.append((types.WORKSPACE_DID_CHANGE_WATCHED_FILES, every))
    if context.client.capabilities.registers_configuration:
        sections = types.DidChangeConfigurationRegistrationOptions(section=SECTIONS)
        options.append((types.WORKSPACE_DID_CHANGE_CONFIGURATION, sections))
    return options


async def _leave_with(server: Server, parent: int) -> None:
    """Leave when the client's process has ended: one that was killed sends no ``exit``."""
    import psutil  # noqa: PLC0415 - not needed before initialize is answered

    try:
        process = psutil.Process(parent)
        # Compares the start time, too: another process may have got the number meanwhile.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(_PARENT_SECONDS)
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied:
        return
    log.warning("the client, process %d, has ended; leaving", parent)
    server.leave()
