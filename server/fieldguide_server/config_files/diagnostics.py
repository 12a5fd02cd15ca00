"""The diagnostics of config files in the editor: pulled by clients that can, published to the others."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files.analysis import ConfigFiles, Reading
from fieldguide_server.configgen.formats import format_of
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.convert import path_of, range_of, uri_of
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.settings import Settings
from fieldguide_server.timings import Timings
from fieldguide_server.workspace.debounce import Debouncer
from fieldguide_server.workspace.folder import Folder

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.types import Diagnostic

log = logging.getLogger(__name__)

SOURCE = "fieldguide"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


class ConfigDiagnostics:
    """Sends the diagnostics of open config files when they may have changed."""

    def __init__(
        self,
        config_files: ConfigFiles,
        documents: OpenDocuments,
        client: LspClient,
        executors: Executors,
        timings: Timings,
    ) -> None:
        self._config_files = config_files
        self._documents = documents
        self._client = client
        self._pending: set[str] = set()
        self._debouncer = Debouncer(executors, self._send, timings.diagnostics_quiet)

    def document_changed(self, folder: Folder, path: Path, uri: str) -> None:
        """Publish the diagnostics of a config file soon; a client that pulls them does so by itself."""
        if not self._client.capabilities.pulls_diagnostics and _is_config(folder, path):
            self._send_soon({uri})

    def settings_changed(self, folder: Folder, _before: Settings) -> None:
        """Send the diagnostics of all open config files of a folder."""
        self.refresh(folder)

    def refresh(self, folder: Folder) -> None:
        """Send the diagnostics of all open config files of a folder soon."""
        paths = ((uri, path_of(uri)) for uri in self._documents.uris())
        self._send_soon({uri for uri, path in paths if path and _is_config(folder, path)})

    async def of(self, uri: str) -> list[types.Diagnostic]:
        """Return the diagnostics of a document; none if it is not a config file or cannot be inspected."""
        try:
            reading = await self._config_files.read(uri)
        except FieldguideError as error:
            # The user requested nothing; a message at each key press would only disturb.
            log.info("not inspected: %s", error)
            return []
        return [self.convert(reading, each) for each in reading.inspection.diagnostics] if reading else []

    def convert(self, reading: Reading, diagnostic: "Diagnostic") -> types.Diagnostic:
        """Return a diagnostic as LSP has it."""
        return types.Diagnostic(
            range_of(reading.lines, diagnostic.span, self._documents.position_codec),
            diagnostic.message,
            severity=_SEVERITIES[diagnostic.severity],
            code=str(diagnostic.kind),
            source=SOURCE,
            related_information=self._related(reading.folder, diagnostic) or None,
        )

    def _related(self, folder: Folder, diagnostic: "Diagnostic") -> list[types.DiagnosticRelatedInformation]:
        if not self._client.capabilities.shows_related_information:
            return []
        return [
            types.DiagnosticRelatedInformation(
                types.Location(
                    uri_of(folder.path / item.path),
                    types.Range(types.Position(item.line - 1, 0), types.Position(item.line, 0)),
                ),
                item.note or item.value,
            )
            for item in diagnostic.evidence
        ]

    def _send_soon(self, uris: set[str]) -> None:
        if uris:
            self._pending |= uris
            self._debouncer.trigger()

    async def _send(self) -> None:
        uris, self._pending = self._pending, set()
        if self._client.capabilities.pulls_diagnostics:
            await self._client.refresh_diagnostics()
            return
        for uri in uris:
            await self._publish(uri)

    async def _publish(self, uri: str) -> None:
        document = self._documents.get(uri)
        diagnostics = await self.of(uri) if document else []
        # If it changed meanwhile, it is published next; these would be in the wrong lines.
        if uri not in self._pending:
            self._client.publish_diagnostics(uri, diagnostics, document.version if document else None)


def _is_config(folder: Folder, path: Path) -> bool:
    relative = folder.relative(path)
    return relative is not None and format_of(relative) is not None
