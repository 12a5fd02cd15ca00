"""Open documents, with lines as LSP counts them."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument, Workspace

from fieldguide_server.files import stored_text
from fieldguide_server.lsp.convert import lines_of, offset_of, path_of, without_surrogates
from fieldguide_server.lsp.json_rpc import StrictProtocol


class LspDocument(TextDocument):
    """An open document. pygls ends lines at form feeds and U+2028 too, which shifts edits; this one does not.

    An edit here looks no further than its own lines, so that huge documents stay quick.
    """

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends."""
        return lines_of(self.source)

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        text = self.source
        start, end = (
            offset_of(text, position, self.position_codec)
            for position in (change.range.start, change.range.end)
        )
        self._source = text[:start] + change.text + text[max(start, end) :]


class LspWorkspace(Workspace):
    """pygls' workspace with documents of this module."""

    @classmethod
    def like(cls, workspace: Workspace, folders: Sequence[types.WorkspaceFolder] | None) -> "LspWorkspace":
        """Return a workspace to use in place of the one that pygls has just made."""
        sync = types.TextDocumentSyncKind.Incremental
        return cls(workspace.root_uri, sync, folders, workspace.position_encoding)

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return LspDocument(
            doc_uri,
            source,
            version,
            language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )


class OpenDocuments:
    """The documents that are open in the client. Usable after ``initialize``, from any thread."""

    def __init__(self, protocol: StrictProtocol) -> None:
        self._protocol = protocol

    def initialize(self, folders: Sequence[types.WorkspaceFolder] | None) -> None:
        """Replace the workspace that pygls has just made."""
        self._protocol.use_workspace(LspWorkspace.like(self._workspace, folders))

    @property
    def _workspace(self) -> Workspace:
        return self._protocol.workspace

    @property
    def position_codec(self) -> PositionCodec:
        """Counts in the client's units."""
        codec: PositionCodec = self._workspace.position_codec
        return codec

    def uris(self) -> list[str]:
        """Return the URIs of the documents, the one opened first before the others."""
        # Not the keys: those are decoded already, and ``%2541`` would become an A.
        return [document.uri for document in tuple(self._workspace.text_documents.values())]

    def get(self, uri: str) -> TextDocument | None:
        """Return the document with this URI; None if it is not open."""
        # pygls keeps documents by their names without percent signs.
        document: TextDocument | None = self._workspace.text_documents.get(unquote(uri))
        return document

    def text(self, names: Sequence[Path]) -> str | None:
        """Return the text of a file: from the client if it is open there, else from disk; None if neither has one.

        Args:
            names: Paths of the same file.
        """
        text = self.open_text(names)
        return stored_text(names[0]) if text is None else text

    def open_text(self, names: Sequence[Path]) -> str | None:
        """Return the text of a file in the client; None if it is not open. ``names`` as above."""
        # Clients write the same URI in several ways; the paths behind it are few.
        for document in tuple(self._workspace.text_documents.values()):
            if path_of(document.uri) in names:
                return without_surrogates(document.source)
        return None
