"""Diagnostics of config files, for clients that pull them."""

from functools import partial

from lsprotocol import types

from fieldguide_server.config_files.analysis import patterns
from fieldguide_server.config_files.diagnostics import SOURCE
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    options = types.DiagnosticRegistrationOptions(
        # A change of any other file of the repository may change the diagnostics.
        inter_file_dependencies=True,
        workspace_diagnostics=False,
        document_selector=patterns(),
        identifier=SOURCE,
        id=SOURCE,
    )
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(partial(diagnostics, context))


async def diagnostics(
    context: Context, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport:
    """Return all diagnostics of a document."""
    items = await context.config_diagnostics.of(params.text_document.uri)
    return types.RelatedFullDocumentDiagnosticReport(items)
