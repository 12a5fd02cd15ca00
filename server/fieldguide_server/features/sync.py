"""Changes of documents in the client and of files on disk, passed on to the folders that hold them."""

from functools import partial

from lsprotocol import types

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folders import Folders


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    folders = context.session.folders
    for method in (
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_CLOSE,
    ):
        server.feature(method)(partial(document_changed, folders))
    server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))(
        partial(document_saved, folders)
    )
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(partial(files_changed, folders))


def document_changed(
    folders: Folders,
    params: types.DidOpenTextDocumentParams
    | types.DidChangeTextDocumentParams
    | types.DidCloseTextDocumentParams,
) -> None:
    """Pass on that a document was opened, changed or closed; pygls keeps its text."""
    folders.document_changed(params.text_document.uri)


def document_saved(folders: Folders, params: types.DidSaveTextDocumentParams) -> None:
    """Pass on that a document was saved."""
    folders.file_changed(params.text_document.uri)


def files_changed(folders: Folders, params: types.DidChangeWatchedFilesParams) -> None:
    """Pass on that files changed, in the editor or outside of it."""
    for change in params.changes:
        folders.file_changed(change.uri)
