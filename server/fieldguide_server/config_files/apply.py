"""Generated files as a workspace edit that the user can look at first. The server itself writes no file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.workspace import PositionCodec

from fieldguide_indexer import FieldguideError
from fieldguide_server.lsp.convert import lines_of, uri_of, whole_range
from fieldguide_server.lsp.documents import document_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.services import ReadText
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from fieldguide_server.configgen import GeneratedConfig

_ANNOTATION = "fieldguide.generated"

Change = types.CreateFile | types.RenameFile | types.DeleteFile | types.TextDocumentEdit


class EditError(FieldguideError):
    """The editor cannot make an edit, or not safely."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file's new text. ``old`` is the text that it replaces, None for a new file; ``version`` that of an open one."""

    path: str
    uri: str
    old: str | None
    new: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class EditSupport:
    """What a client says of itself about workspace edits."""

    changes: bool = False
    creation: bool = False
    annotations: bool = False

    @classmethod
    def of(cls, client: types.ClientCapabilities) -> "EditSupport":
        """Read a client's capabilities."""
        edit = client.workspace.workspace_edit if client.workspace else None
        if edit is None or not edit.document_changes:
            return cls()
        creation = types.ResourceOperationKind.Create in (edit.resource_operations or ())
        return cls(changes=True, creation=creation, annotations=edit.change_annotation_support is not None)


async def apply_files(
    server: Server, folder: Folder, generated: "GeneratedConfig", *, confirm: bool = False
) -> bool:
    """Offer the generated files to the editor; whether it took them. False too when there is nothing to change.

    With ``confirm``, a new file is shown before it is made, too, where the editor can.

    Raises:
        EditError: The client cannot apply edits, or not safely.
    """
    workspace = server.client_capabilities.workspace
    if workspace is None or not workspace.apply_edit:
        raise EditError(
            "This editor cannot apply edits that a server sends; take the content from the answer."
        )
    edit = await edit_for(server, folder, generated, confirm=confirm)
    if not (edit.changes or edit.document_changes):
        say_why_nothing(server, generated)
        return False
    offer = types.ApplyWorkspaceEditParams(edit, f"Generate {generated.target}")
    try:
        return bool((await server.workspace_apply_edit_async(offer)).applied)
    except JsonRpcException as error:
        raise EditError(f"The editor did not take the edit: {error.message}") from error


def say_why_nothing(server: Server, generated: "GeneratedConfig") -> None:
    """Tell the user why what was asked for changes nothing: editors show an empty edit as nothing at all."""
    why = f"{generated.files[0].path} is up to date." if generated.files else generated.problems[-1]
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, why))


async def edit_for(
    server: Server, folder: Folder, generated: "GeneratedConfig", *, confirm: bool = False
) -> types.WorkspaceEdit:
    """Return the edit that makes the generated files.

    Raises:
        EditError: A file exists, and the client has no way to ask before it is replaced.
    """
    files = await server.run(_file_edits, server.reader(folder), _as_open(server, folder, generated))
    support = EditSupport.of(server.client_capabilities)
    return workspace_edit(files, support, server.workspace.position_codec, confirm=confirm)


def workspace_edit(
    files: Sequence[FileEdit], support: EditSupport, codec: PositionCodec, *, confirm: bool = False
) -> types.WorkspaceEdit:
    """Return ``files`` as an edit of the richest form that the client knows; it asks before anything is replaced."""
    replaced = [file.path for file in files if file.old is not None]
    if replaced and not support.annotations:
        raise EditError(
            f"{replaced[0]} exists already, and this editor cannot ask before it is replaced; "
            "move the file away, or take the content from the answer."
        )
    if not support.changes:
        return types.WorkspaceEdit(changes={file.uri: _text_edits(file, codec) for file in files})
    changes = [change for file in files for change in _changes(file, support, codec)]
    if not support.annotations:
        return types.WorkspaceEdit(document_changes=changes)
    description = f"replaces {', '.join(replaced)}" if replaced else "new"
    annotation = types.ChangeAnnotation(
        # A new file is what was asked for, and one undo away; what is replaced was somebody's work.
        "Generated by Fieldguide",
        needs_confirmation=bool(replaced) or confirm,
        description=description,
    )
    return types.WorkspaceEdit(document_changes=changes, change_annotations={_ANNOTATION: annotation})


def document_edit(
    uri: str, version: int | None, edits: Sequence[types.TextEdit], support: EditSupport
) -> types.WorkspaceEdit:
    """Return edits of one document as it is at a version, in the richest form that the client knows."""
    if not support.changes:
        return types.WorkspaceEdit(changes={uri: edits})
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])


def _changes(file: FileEdit, support: EditSupport, codec: PositionCodec) -> Iterator[Change]:
    edits = _text_edits(file, codec)
    note = _ANNOTATION if support.annotations else None
    if file.old is None and support.creation:
        options = types.CreateFileOptions(overwrite=False, ignore_if_exists=True)
        yield types.CreateFile(file.uri, options=options, annotation_id=note)
    document = types.OptionalVersionedTextDocumentIdentifier(file.uri, file.version)
    yield types.TextDocumentEdit(
        document,
        [types.AnnotatedTextEdit(note, edit.range, edit.new_text) if note else edit for edit in edits],
    )


def _text_edits(file: FileEdit, codec: PositionCodec) -> list[types.TextEdit]:
    """Only the lines that differ: what stays shall not look changed in a preview, nor lose its marks in an editor."""
    old, new = lines_of(file.old or ""), lines_of(file.new)
    end = whole_range(file.old or "", codec).end
    starts = [*(types.Position(number, 0) for number in range(len(old))), end]
    return [
        types.TextEdit(types.Range(starts[first], starts[last]), "".join(new[start:stop]))
        for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    ]


def _as_open(server: Server, folder: Folder, generated: "GeneratedConfig") -> list[FileEdit]:
    """Return the files with the versions that they are open at, which are told before they are read."""
    files = [(file, uri_of(folder.path / file.path)) for file in generated.files]
    documents = [document_of(server.workspace, uri) for _, uri in files]
    return [
        FileEdit(file.path, uri, None, file.content, document.version if document else None)
        for (file, uri), document in zip(files, documents, strict=True)
    ]


def _file_edits(read: ReadText, files: Sequence[FileEdit]) -> list[FileEdit]:
    """Return what really changes: a file that reads so already is left alone."""
    edits = [replace(file, old=read(file.path)) for file in files]
    return [edit for edit in edits if edit.old != edit.new]
