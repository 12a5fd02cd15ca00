"""Quick fixes for the diagnostics of config files."""

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files.analysis import ConfigFiles, Reading
from fieldguide_server.config_files.diagnostics import ConfigDiagnostics
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.convert import range_of
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.edits import document_edit

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.types import Fix

log = logging.getLogger(__name__)


class QuickFixes:
    """Offers a code action for each way to fix a diagnostic."""

    def __init__(
        self,
        config_files: ConfigFiles,
        diagnostics: ConfigDiagnostics,
        documents: OpenDocuments,
        client: LspClient,
    ) -> None:
        self._config_files = config_files
        self._diagnostics = diagnostics
        self._documents = documents
        self._client = client

    async def in_range(self, uri: str, range_: types.Range) -> list[types.CodeAction]:
        """Return the fixes of the diagnostics in a range; none if the document cannot be inspected."""
        try:
            reading = await self._config_files.read(uri)
        except FieldguideError as error:
            log.info("no quick fixes: %s", error)
            return []
        if reading is None:
            return []
        actions: list[types.CodeAction] = []
        for each in reading.inspection.diagnostics:
            diagnostic = self._diagnostics.convert(reading, each)
            if _overlap(diagnostic.range, range_):
                actions += [
                    types.CodeAction(
                        fix.title,
                        kind=types.CodeActionKind.QuickFix,
                        diagnostics=[diagnostic],
                        is_preferred=fix.is_preferred and len(each.fixes) == 1,
                        edit=self._edit(uri, reading, fix),
                    )
                    for fix in each.fixes
                ]
        return actions

    def _edit(self, uri: str, reading: Reading, fix: "Fix") -> types.WorkspaceEdit:
        codec, document = self._documents.position_codec, self._documents.get(uri)
        edits = [types.TextEdit(range_of(reading.lines, edit.span, codec), edit.text) for edit in fix.edits]
        version = document.version if document else None
        return document_edit(uri, version, edits, self._client.capabilities.edits)


def _overlap(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end
