"""The capabilities of the client, read once from the params of ``initialize``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

_COMMAND = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class ClientCommands:
    """The client's own commands that links, lenses and actions of the server may run; "" where it has none.

    Each takes one argument: the params of Fieldguide's method of the same name, or for ``ask`` the place in a
    document that the question is about.
    """

    explain: str = ""
    ask: str = ""
    explain_problem: str = ""


@dataclass(frozen=True, slots=True)
class EditSupport:
    """Which forms of workspace edits the client understands."""

    changes: bool = False
    """Edits of documents at a version (``documentChanges``)."""

    creation: bool = False
    annotations: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The client's capabilities, as far as the server uses them."""

    commands: ClientCommands = field(default_factory=ClientCommands)
    has_models: bool = False
    """Answers ``fieldguide/model``."""

    shows_status: bool = False
    """Always shows what ``fieldguide/indexStatus`` says, so that no message has to repeat it."""

    edits: EditSupport = field(default_factory=EditSupport)
    applies_edits: bool = False
    resolves_edits: bool = False
    """Asks for the edit of a code action by ``codeAction/resolve``."""

    pulls_diagnostics: bool = False
    refreshes_diagnostics: bool = False
    shows_related_information: bool = False
    refreshes_code_lenses: bool = False
    shows_markdown_hovers: bool = False
    watches_files: bool = False
    registers_completion: bool = False
    registers_configuration: bool = False
    sends_configuration: bool = False
    """Answers ``workspace/configuration``."""

    shows_progress: bool = False

    @classmethod
    def of(cls, client: types.ClientCapabilities) -> "Capabilities":
        """Read what the client sent; anything unexpected counts as absent."""

        def has(path: str) -> bool:
            return bool(_member(client, path))

        fieldguide = _member(client, "experimental.fieldguide")
        return cls(
            commands=_commands(_member(fieldguide, "commands")),
            has_models=_member(fieldguide, "model") is True,
            shows_status=_member(fieldguide, "showsStatus") is True,
            edits=_edit_support(client),
            applies_edits=has("workspace.apply_edit"),
            resolves_edits="edit"
            in (_member(client, "text_document.code_action.resolve_support.properties") or ()),
            pulls_diagnostics=_member(client, "text_document.diagnostic") is not None,
            refreshes_diagnostics=has("workspace.diagnostics.refresh_support"),
            shows_related_information=has("text_document.publish_diagnostics.related_information"),
            refreshes_code_lenses=has("workspace.code_lens.refresh_support"),
            shows_markdown_hovers=types.MarkupKind.Markdown
            in (_member(client, "text_document.hover.content_format") or ()),
            watches_files=has("workspace.did_change_watched_files.dynamic_registration"),
            registers_completion=has("text_document.completion.dynamic_registration"),
            registers_configuration=has("workspace.did_change_configuration.dynamic_registration"),
            sends_configuration=has("workspace.configuration"),
            shows_progress=has("window.work_done_progress"),
        )


def _edit_support(client: types.ClientCapabilities) -> EditSupport:
    edit = client.workspace.workspace_edit if client.workspace else None
    if edit is None or not edit.document_changes:
        return EditSupport()
    creation = types.ResourceOperationKind.Create in (edit.resource_operations or ())
    return EditSupport(
        changes=True, creation=creation, annotations=edit.change_annotation_support is not None
    )


def _commands(value: object) -> ClientCommands:
    return ClientCommands(*(_command(_member(value, key)) for key in ("explain", "ask", "explainProblem")))


def _command(name: object) -> str:
    return name if isinstance(name, str) and _COMMAND.fullmatch(name) else ""


def _member(value: object, path: str) -> Any:  # noqa: ANN401 - whatever a client sent
    """Return a member of an object, and of what it holds, by names with dots; None if there is none."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return value
