"""Changes reach the index: typed or saved here, changed outside, or a branch switched. pygls keeps the buffers."""

from lsprotocol import types

from fieldguide_server.config_files import diagnostics
from fieldguide_server.lsp.convert import path_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.settings.loader import WORKSPACE_FILE
from fieldguide_server.workspace import index_keeper, unsaved


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(typed)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(typed)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(typed)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))(saved)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(changed)


def typed(
    server: Server,
    params: types.DidOpenTextDocumentParams
    | types.DidChangeTextDocumentParams
    | types.DidCloseTextDocumentParams,
) -> None:
    """A document was opened, changed or closed."""
    unsaved.typed(server, params.text_document.uri)
    diagnostics.typed(server, params.text_document.uri)


def saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    """A document was saved."""
    _touch(server, params.text_document.uri)


def changed(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed outside the editor, or in it: the client tells both."""
    for change in params.changes:
        _touch(server, change.uri)


def _touch(server: Server, uri: str) -> None:
    path = path_of(uri)
    if path is None:
        return
    for folder in server.workspaces.holding(path):
        folder.touch(path)
        diagnostics.touched(server, folder, folder.relative(path))
        if path == folder.path / WORKSPACE_FILE:
            server.spawn(index_keeper.reconfigure(server, [folder]))
        if folder.relative(path) in folder.buffers.laid:
            unsaved.typed(server, uri)
