"""Open documents, with lines as LSP counts them, and the texts of files that are not open."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from fieldguide_server.lsp.convert import lines_of, offset_of, path_of, whole

LARGEST_READ = 5_000_000


class Buffer(TextDocument):
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


class Buffers(Workspace):
    """All open documents of a client."""

    @classmethod
    def like(cls, workspace: Workspace, folders: Sequence[types.WorkspaceFolder] | None) -> "Buffers":
        """Return buffers to use in place of the workspace that pygls has just made."""
        sync = types.TextDocumentSyncKind.Incremental
        return cls(workspace.root_uri, sync, folders, workspace.position_encoding)

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return Buffer(
            doc_uri,
            source,
            version,
            language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )


def document_of(workspace: Workspace, uri: str) -> TextDocument | None:
    """Return the open document that a client named so; None if it is not open."""
    # pygls keeps documents by their names without percent signs.
    found: TextDocument | None = workspace.text_documents.get(unquote(uri))
    return found


def text_of(workspace: Workspace, names: Sequence[Path]) -> str | None:
    """Return the current text of a file: the client's if it is open there, else the disk's; None if neither has one.

    Args:
        workspace: The open documents.
        names: Paths of the one file.
    """
    shown = open_text(workspace, names)
    return stored_text(names[0]) if shown is None else shown


def open_text(workspace: Workspace, names: Sequence[Path]) -> str | None:
    """Return the text of a file in the client; None if it is not open there. ``names`` as above."""
    # Clients write the same URI in several ways; the paths behind it are few.
    for document in tuple(workspace.text_documents.values()):
        if path_of(document.uri) in names:
            return whole(document.source)
    return None


def stored_text(path: Path) -> str | None:
    """Return the text of a file on disk; None where there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_READ:
            return None
        stored = path.read_bytes()
    except OSError:
        return None
    try:
        # Reading as text would turn each end of a line into "\n", and count other positions.
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        from fieldguide_indexer import decode  # noqa: PLC0415 - rarely needed

        return decode(stored)
