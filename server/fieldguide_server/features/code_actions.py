"""The code action "Generate .gitpod.yml", where a folder has none."""

from lsprotocol import types

from fieldguide_indexer import WorkspaceError
from fieldguide_server.edits import edit_for
from fieldguide_server.protocol import GENERATE_CONFIG
from fieldguide_server.server import Server
from fieldguide_server.workspaces import Folder

# A source action concerns a whole file or folder: editors list it apart from fixes, and show no light bulb for it.
KIND = f"{types.CodeActionKind.Source.value}.fieldguide.generateConfig"
_TITLE = "Generate .gitpod.yml"
_TARGET = "gitpod"
_FILE = ".gitpod.yml"


def register(server: Server) -> None:
    """Put the feature on the server."""
    options = types.CodeActionOptions(code_action_kinds=[KIND], resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(code_actions)
    server.feature(types.CODE_ACTION_RESOLVE)(resolve)


def code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Offer the action for files at the root of a folder that lacks the config; the edit is made when chosen."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None or not _wanted(params.context):
        return []
    folder, path = found
    if "/" in path or (folder.path / _FILE).exists():
        return []
    action = types.CodeAction(_TITLE, kind=KIND, data={"folder": folder.uri})
    if not _resolves_edits(server.client_capabilities):
        action.command = types.Command(
            _TITLE,
            GENERATE_CONFIG.command,
            arguments=[{"folder": folder.uri, "target": _TARGET, "apply": True}],
        )
    return [action]


async def resolve(server: Server, action: types.CodeAction) -> types.CodeAction:
    """Make the edit of an action that was chosen."""
    folder = _folder_of(server, action.data)
    generated = await server.run(server.parts.generate, folder.path, _TARGET)
    action.edit = await edit_for(server, folder, generated)
    return action


def _wanted(context: types.CodeActionContext) -> bool:
    if context.only is not None:
        return any(
            not kind or kind == KIND or KIND.startswith(f"{kind}.") for kind in map(_name, context.only)
        )
    # Asked for at each move of the cursor, only to light a bulb.
    return context.trigger_kind != types.CodeActionTriggerKind.Automatic


def _name(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _resolves_edits(client: types.ClientCapabilities) -> bool:
    actions = client.text_document.code_action if client.text_document else None
    support = actions.resolve_support if actions else None
    return support is not None and "edit" in support.properties


def _folder_of(server: Server, data: object) -> Folder:
    folder = data.get("folder") if isinstance(data, dict) else None
    if not isinstance(folder, str):
        raise WorkspaceError("This code action is none of Fieldguide's.")
    return server.workspaces.chosen(folder)
