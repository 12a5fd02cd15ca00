"""Code actions: what puts a finding in a config file right, and "Generate …" or "Update …" for such a file."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from fieldguide_indexer import FieldguideError, WorkspaceError
from fieldguide_server.config_files import analysis, diagnostics
from fieldguide_server.config_files.analysis import Reading
from fieldguide_server.config_files.apply import EditSupport, document_edit, edit_for, say_why_nothing
from fieldguide_server.configgen.formats import Format, format_of, formats
from fieldguide_server.lsp import problem_actions
from fieldguide_server.lsp.convert import range_of
from fieldguide_server.lsp.documents import document_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import GENERATE_CONFIG
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.types import Fix

log = logging.getLogger(__name__)

# Editors leave source actions out of the light bulb's menu. There ours have a kind of their own, which comes after all
# others; who asks for source actions gets the same as such.
KIND = "fieldguide.generateConfig"
_SOURCE = f"{types.CodeActionKind.Source.value}.{KIND}"
_FIX = types.CodeActionKind.QuickFix.value


def register(server: Server) -> None:
    """Put the feature on the server."""
    options = types.CodeActionOptions(code_action_kinds=[_FIX, KIND, _SOURCE], resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(code_actions)
    server.feature(types.CODE_ACTION_RESOLVE)(resolve)


async def code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return fixes of what is wrong in the range; the making of files at the root of a folder; last, what explains a problem."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None:
        return []
    folder, path = found
    actions: list[types.CodeAction] = []
    if _asked_for(_FIX, params.context) and analysis.covers(folder, path):
        actions += await _fixes(server, params)
    kind = next((each for each in (KIND, _SOURCE) if _asked_for(each, params.context)), None)
    own = format_of(path)
    if kind and (own or ("/" not in path and not _lights_a_bulb(params.context))):
        await server.configured()
        actions += _generating(server, folder, kind)
        # One for each format would make a long menu: all are there for who asks for actions of this kind.
        actions += _asking(folder, formats().values() if params.context.only else filter(None, [own]), kind)
    if _asked_for(_FIX, params.context):
        actions += problem_actions.explaining(server, params)
    return actions


def _lights_a_bulb(context: types.CodeActionContext) -> bool:
    """Return whether the editor asks at a move of the cursor, only to light a bulb."""
    return context.trigger_kind == types.CodeActionTriggerKind.Automatic and not context.only


async def resolve(server: Server, action: types.CodeAction) -> types.CodeAction:
    """Make the edit of an action that was chosen."""
    if action.command is not None:
        return action  # which needs none
    folder, target = _meant(server, action.data)
    generated = await server.run(server.services.generate, folder.path, target)
    action.edit = await edit_for(server, folder, generated)
    if not (action.edit.changes or action.edit.document_changes):
        say_why_nothing(server, generated)
    return action


async def _fixes(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri = params.text_document.uri
    try:
        reading = await analysis.read(server, uri)
    except FieldguideError as error:
        log.info("nothing can be fixed: %s", error)
        return []
    if reading is None:
        return []
    actions = []
    for found in reading.said.diagnostics:
        told = diagnostics.diagnostic(server, reading, found)
        if _overlap(told.range, params.range):
            actions += [
                types.CodeAction(
                    fix.title,
                    kind=_FIX,
                    diagnostics=[told],
                    is_preferred=fix.is_preferred and len(found.fixes) == 1,
                    edit=_edit(server, uri, reading, fix),
                )
                for fix in found.fixes
            ]
    return actions


def _edit(server: Server, uri: str, reading: Reading, fix: "Fix") -> types.WorkspaceEdit:
    codec, document = server.workspace.position_codec, document_of(server.workspace, uri)
    edits = [types.TextEdit(range_of(reading.lines, edit.span, codec), edit.text) for edit in fix.edits]
    support = EditSupport.of(server.client_capabilities)
    return document_edit(uri, document.version if document else None, edits, support)


def _overlap(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def _generating(server: Server, folder: Folder, kind: str) -> Iterator[types.CodeAction]:
    can_ask = EditSupport.of(server.client_capabilities).annotations
    for offer in formats().values():
        exists = _exists(folder, offer)
        # A file that exists is only replaced where the editor asks before.
        if can_ask or not exists:
            title = f"{'Update' if exists else 'Generate'} {offer.title}"
            meant = {"folder": folder.uri, "target": offer.name}
            yield _command_for(server, types.CodeAction(title, kind=kind, data=meant), meant)


def _asking(folder: Folder, formats: Iterable[Format], kind: str) -> Iterator[types.CodeAction]:
    """Yield the same with the model, if there is one."""
    model = folder.settings.model.title
    for offer in formats if model else ():
        lacks = f"what {offer.title} lacks" if _exists(folder, offer) else f"for {offer.title}"
        yield _with_model(folder, offer, f"Ask {model} {lacks}", kind)


def _exists(folder: Folder, offer: Format) -> bool:
    return any(any(folder.path.glob(place)) for place in offer.updated)


def _command_for(server: Server, action: types.CodeAction, meant: dict[str, str]) -> types.CodeAction:
    """Give a client that does not ask for the edit a command that applies it."""
    if not _resolves_edits(server.client_capabilities):
        arguments = [{**meant, "apply": True}]
        action.command = types.Command(action.title, GENERATE_CONFIG.command, arguments=arguments)
    return action


def _with_model(folder: Folder, offer: Format, title: str, kind: str) -> types.CodeAction:
    """Always a command: a model takes its time, and that is shown and can be ended only there."""
    meant = {"folder": folder.uri, "target": offer.name, "apply": True, "model": True}
    command = types.Command(title, GENERATE_CONFIG.command, arguments=[meant])
    return types.CodeAction(title, kind=f"{kind}.model", command=command)


def _asked_for(kind: str, context: types.CodeActionContext) -> bool:
    if context.only is None:
        return True
    wanted = map(_text, context.only)
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in wanted)


def _text(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _resolves_edits(client: types.ClientCapabilities) -> bool:
    actions = client.text_document.code_action if client.text_document else None
    support = actions.resolve_support if actions else None
    return support is not None and "edit" in support.properties


def _meant(server: Server, data: object) -> tuple[Folder, str]:
    fields: Sequence[object] = (
        [data.get(key) for key in ("folder", "target")] if isinstance(data, dict) else ()
    )
    match fields:
        case [str(folder), str(target)]:
            return server.workspaces.chosen(folder), target
    raise WorkspaceError("This code action is none of Fieldguide's.")
