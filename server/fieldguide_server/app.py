"""The composition root: makes the server and its services, subscribes them to events, and registers the features."""

import logging
from dataclasses import dataclass

from fieldguide_server.config_files.analysis import ConfigFiles
from fieldguide_server.config_files.apply import ConfigEdits
from fieldguide_server.config_files.diagnostics import ConfigDiagnostics
from fieldguide_server.config_files.quick_fixes import QuickFixes
from fieldguide_server.features import lifecycle, sync
from fieldguide_server.features.context import Context
from fieldguide_server.features.documents import (
    code_actions,
    code_lens,
    completion,
    diagnostics,
    generate_config,
    hover,
)
from fieldguide_server.features.index import add_docs, files, pause, reindex, search, status
from fieldguide_server.features.questions import ask, explain, explain_problem, history, models, personas
from fieldguide_server.lsp.server import Server
from fieldguide_server.services import Services
from fieldguide_server.session import Session
from fieldguide_server.timings import Timings
from fieldguide_server.workspace.configuration import Configuration
from fieldguide_server.workspace.docs_folders import DocsFolders
from fieldguide_server.workspace.folders import Folders
from fieldguide_server.workspace.index_keeper import IndexKeeper
from fieldguide_server.workspace.search import FolderSearch
from fieldguide_server.workspace.unsaved import UnsavedDocuments

FEATURES = (
    lifecycle,
    sync,
    hover,
    diagnostics,
    completion,
    code_actions,
    code_lens,
    ask,
    explain,
    explain_problem,
    models,
    personas,
    generate_config,
    history,
    search,
    status,
    files,
    reindex,
    add_docs,
    pause,
)


@dataclass(frozen=True, slots=True)
class App:
    """A server with every feature, not started yet, and what its features work with."""

    server: Server
    context: Context

    async def stop(self) -> None:
        """Stop background work and close the indexes and models."""
        await self.context.executors.stop()
        await self.context.session.close()


def create_app(services: Services | None = None, timings: Timings | None = None) -> App:
    """Return the language server. Tests pass services and timings of their own."""
    # pygls logs complete payloads at INFO: the user's source and questions.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    timings = timings or Timings()
    server = Server(timings)
    context = _context(server, services or Services(), timings)
    for feature in FEATURES:
        feature.register(server, context)
    return App(server, context)


def _context(server: Server, services: Services, timings: Timings) -> Context:
    client, documents, executors = server.client, server.documents, server.executors
    folders = Folders()
    configuration = Configuration(folders, client, executors)
    docs = DocsFolders(configuration, client, executors, services.open_docs)
    unsaved = UnsavedDocuments(documents, executors, timings)
    session = Session(services, configuration, documents.text, lambda: client.models, executors, unsaved)
    config_files = ConfigFiles(session, services.study, executors)
    config_diagnostics = ConfigDiagnostics(config_files, documents, client, executors, timings)
    context = Context(
        session=session,
        client=client,
        documents=documents,
        executors=executors,
        indexes=IndexKeeper(folders, docs.opening(services.open_index), client, executors, timings),
        unsaved=unsaved,
        search=FolderSearch(folders, unsaved, executors, timings),
        config_files=config_files,
        config_diagnostics=config_diagnostics,
        config_edits=ConfigEdits(session, documents, client, executors),
        quick_fixes=QuickFixes(config_files, config_diagnostics, documents, client),
    )
    _subscribe(context, docs)
    return context


def _subscribe(context: Context, docs: DocsFolders) -> None:
    """Say which services react to which events of the folders; the order counts where one event has several."""
    session, client, executors = context.session, context.client, context.executors
    indexes, unsaved = context.indexes, context.unsaved
    config_files, config_diagnostics = context.config_files, context.config_diagnostics
    events = session.folders.events

    events.document_changed.subscribe(unsaved.document_changed)
    events.document_changed.subscribe(config_diagnostics.document_changed)

    events.file_changed.subscribe(indexes.file_changed)
    events.file_changed.subscribe(unsaved.file_changed)
    events.file_changed.subscribe(config_files.file_changed)
    events.file_changed.subscribe(session.configuration.file_changed)
    config_files.outdated.subscribe(config_diagnostics.refresh)

    events.settings_changed.subscribe(indexes.settings_changed)
    events.settings_changed.subscribe(config_diagnostics.settings_changed)
    events.settings_changed.subscribe(docs.settings_changed)

    events.index_opened.subscribe(unsaved.index_opened)
    events.index_scanned.subscribe(lambda folder: executors.spawn(session.prepare_model(folder)))
    events.index_updated.subscribe(unsaved.index_updated)
    events.status_changed.subscribe(
        lambda folder, status: client.notify_status(folder.uri, status, is_docs=folder.is_docs)
    )

    events.closed.subscribe(indexes.close)
    events.closed.subscribe(unsaved.close)
    events.closed.subscribe(config_files.close)
    events.closed.subscribe(config_diagnostics.refresh)
    events.closed.subscribe(docs.folder_closed)
