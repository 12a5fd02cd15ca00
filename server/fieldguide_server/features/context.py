"""The objects that features share."""

from dataclasses import dataclass

from fieldguide_server.config_files.analysis import ConfigFiles
from fieldguide_server.config_files.apply import ConfigEdits
from fieldguide_server.config_files.diagnostics import ConfigDiagnostics
from fieldguide_server.config_files.quick_fixes import QuickFixes
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.session import Session
from fieldguide_server.workspace.index_keeper import IndexKeeper
from fieldguide_server.workspace.search import FolderSearch
from fieldguide_server.workspace.unsaved import UnsavedDocuments


@dataclass(frozen=True, slots=True)
class Context:
    """The session, the client, and the services that ``app.py`` has made."""

    session: Session
    client: LspClient
    documents: OpenDocuments
    executors: Executors
    indexes: IndexKeeper
    unsaved: UnsavedDocuments
    search: FolderSearch
    config_files: ConfigFiles
    config_diagnostics: ConfigDiagnostics
    config_edits: ConfigEdits
    quick_fixes: QuickFixes
