"""Generated config files, offered to the editor as workspace edits. The server itself writes no file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.edits import EditError, FileEdit, workspace_edit
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.services import ReadText
from fieldguide_server.session import Session
from fieldguide_server.workspace.folder import Folder

if TYPE_CHECKING:
    from fieldguide_server.configgen import GeneratedConfig


class ConfigEdits:
    """Makes workspace edits of generated files and applies them in the editor."""

    def __init__(
        self, session: Session, documents: OpenDocuments, client: LspClient, executors: Executors
    ) -> None:
        self._session = session
        self._documents = documents
        self._client = client
        self._executors = executors

    async def apply(self, folder: Folder, generated: "GeneratedConfig", *, confirm: bool = False) -> bool:
        """Offer the files to the editor and return whether it applied the edit; False if nothing changes.

        With ``confirm``, a new file is shown before it is created, too, where the editor can.

        Raises:
            EditError: The editor cannot apply edits, or not safely.
        """
        if not self._client.capabilities.applies_edits:
            raise EditError(
                "This editor cannot apply edits that a server sends; use the content in the result."
            )
        edit = await self.edit_for(folder, generated, confirm=confirm)
        if not (edit.changes or edit.document_changes):
            return False
        return await self._client.apply_edit(edit, f"Generate {generated.target}")

    async def edit_for(
        self, folder: Folder, generated: "GeneratedConfig", *, confirm: bool = False
    ) -> types.WorkspaceEdit:
        """Return the edit that writes the files. If nothing changes, it is empty, and a message to the user gives the reason.

        Raises:
            EditError: A file exists, and the editor cannot ask before it is replaced.
        """
        files = await self._executors.run(
            _changed_files, self._session.reader(folder), self._files(folder, generated)
        )
        support, codec = self._client.capabilities.edits, self._documents.position_codec
        edit = workspace_edit(files, support, codec, confirm=confirm)
        if not files:
            # Editors show an empty edit as nothing at all.
            self._client.show_result(_why_unchanged(generated))
        return edit

    def _files(self, folder: Folder, generated: "GeneratedConfig") -> list[FileEdit]:
        """Return the files with the versions that they are open at, which are taken before the files are read."""
        files = [(file, uri_of(folder.path / file.path)) for file in generated.files]
        documents = [self._documents.get(uri) for _, uri in files]
        return [
            FileEdit(file.path, uri, None, file.content, document.version if document else None)
            for (file, uri), document in zip(files, documents, strict=True)
        ]


def _why_unchanged(generated: "GeneratedConfig") -> str:
    return f"{generated.files[0].path} is up to date." if generated.files else generated.problems[-1]


def _changed_files(read: ReadText, files: Sequence[FileEdit]) -> list[FileEdit]:
    edits = [replace(file, old=read(file.path)) for file in files]
    return [edit for edit in edits if edit.old != edit.new]
