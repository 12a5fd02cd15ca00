"""Diagnostics of config files, for clients that pull them; ``findings`` publishes them to others."""

from lsprotocol import types

from fieldguide_server.config_files import analysis
from fieldguide_server.config_files import diagnostics as findings
from fieldguide_server.lsp.server import Server


def register(server: Server) -> None:
    """Put the feature on the server."""
    options = types.DiagnosticRegistrationOptions(
        # Whatever else changes in the repository may change what is wrong here.
        inter_file_dependencies=True,
        workspace_diagnostics=False,
        document_selector=analysis.patterns(),
        identifier=findings.SOURCE,
        id=findings.SOURCE,
    )
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(diagnostics)


async def diagnostics(
    server: Server, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport:
    """Return all that is wrong with a document now."""
    found = await findings.found_in(server, params.text_document.uri)
    return types.RelatedFullDocumentDiagnosticReport(found)
