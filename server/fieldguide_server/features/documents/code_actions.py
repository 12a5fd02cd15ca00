"""Code actions: fixes for config files, "Generate …" or "Update …" for them, and "Explain this problem"."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from lsprotocol import types

from fieldguide_indexer import WorkspaceError
from fieldguide_server.config_files.analysis import is_inspected
from fieldguide_server.configgen.formats import Format, format_of, formats
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN_PROBLEM, GENERATE_CONFIG, LONGEST_MESSAGE, LONGEST_NAME
from fieldguide_server.workspace.folder import Folder

# Editors leave source actions out of the light bulb's menu. There these have a kind of their own, which comes after all
# others; a client that requests source actions gets the same as such.
KIND = "fieldguide.generateConfig"
_SOURCE = f"{types.CodeActionKind.Source.value}.{KIND}"
_FIX = types.CodeActionKind.QuickFix.value
# More problems than this in one place are rare, and the menu must stay readable.
_MOST_PROBLEMS = 3
_LONGEST_TITLE = 60


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    options = types.CodeActionOptions(code_action_kinds=[_FIX, KIND, _SOURCE], resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(partial(code_actions, context))
    server.feature(types.CODE_ACTION_RESOLVE)(partial(resolve, context))


async def code_actions(context: Context, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the quick fixes in a range, then actions that generate files, then those that explain problems."""
    found = context.session.folders.locate(params.text_document.uri)
    if found is None:
        return []
    folder, path = found
    actions: list[types.CodeAction] = []
    if _is_requested(_FIX, params.context) and is_inspected(folder, path):
        actions += await context.quick_fixes.in_range(params.text_document.uri, params.range)
    kind = next((each for each in (KIND, _SOURCE) if _is_requested(each, params.context)), None)
    own = format_of(path)
    if kind and (own or ("/" not in path and not _is_automatic(params.context))):
        await context.session.configuration.settled()
        actions += _generate_actions(context, folder, kind)
        # One for each format would make a long menu: all are there if actions of this kind are requested.
        offered = formats().values() if params.context.only else filter(None, [own])
        actions += _model_actions(folder, offered, kind)
    if _is_requested(_FIX, params.context):
        actions += _explain_actions(context, params)
    return actions


async def resolve(context: Context, action: types.CodeAction) -> types.CodeAction:
    """Compute the edit of an action that was chosen."""
    if action.command is not None:
        return action  # which needs none
    folder, target = _target(context, action.data)
    action.edit = await context.config_edits.edit_for(folder, await context.session.generate(folder, target))
    return action


def _is_requested(kind: str, context: types.CodeActionContext) -> bool:
    """Return whether actions of a kind are requested. Kinds form a tree: ``source`` includes ``source.x``."""
    if context.only is None:
        return True
    requested = [each.value if isinstance(each, types.CodeActionKind) else each for each in context.only]
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in requested)


def _is_automatic(context: types.CodeActionContext) -> bool:
    """Return whether the editor asks at a move of the cursor, only to show a light bulb."""
    return context.trigger_kind == types.CodeActionTriggerKind.Automatic and not context.only


def _generate_actions(context: Context, folder: Folder, kind: str) -> Iterator[types.CodeAction]:
    """Yield an action for each format that can be generated without a model."""
    capabilities = context.client.capabilities
    for each in formats().values():
        exists = _exists(folder, each)
        if exists and not capabilities.edits.annotations:
            continue  # an existing file is only replaced if the editor can ask before
        title = f"{'Update' if exists else 'Generate'} {each.title}"
        data = {"folder": folder.uri, "target": each.name}
        action = types.CodeAction(title, kind=kind, data=data)
        if not capabilities.resolves_edits:
            arguments = [{**data, "apply": True}]
            action.command = types.Command(title, GENERATE_CONFIG.command, arguments=arguments)
        yield action


def _model_actions(folder: Folder, formats: Iterable[Format], kind: str) -> Iterator[types.CodeAction]:
    """Yield the same with the model, if there is one, as commands, since only those show progress."""
    model = folder.settings.model.title
    for each in formats if model else ():
        request = f"what {each.title} lacks" if _exists(folder, each) else f"for {each.title}"
        title = f"Ask {model} {request}"
        argument = {"folder": folder.uri, "target": each.name, "apply": True, "model": True}
        command = types.Command(title, GENERATE_CONFIG.command, arguments=[argument])
        yield types.CodeAction(title, kind=f"{kind}.model", command=command)


def _exists(folder: Folder, offered: Format) -> bool:
    return any(any(folder.path.glob(place)) for place in offered.update_patterns)


def _target(context: Context, data: object) -> tuple[Folder, str]:
    fields: Sequence[object] = (
        [data.get(key) for key in ("folder", "target")] if isinstance(data, dict) else ()
    )
    match fields:
        case [str(folder), str(target)]:
            return context.session.folders.select(folder), target
    raise WorkspaceError("Unknown code action.")


def _explain_actions(context: Context, params: types.CodeActionParams) -> Iterator[types.CodeAction]:
    """Yield an action for each diagnostic in the range, of any server.

    The actions name no diagnostics, so that editors list real fixes before them.
    """
    problems = [each for each in params.context.diagnostics if _is_explainable(each)][:_MOST_PROBLEMS]
    own_command = context.client.capabilities.commands.explain_problem
    for each in problems:
        title = "Explain this problem" if len(problems) == 1 else f"Explain: {_short(each.message)}"
        argument = _argument(params.text_document.uri, each) | ({} if own_command else {"show": True})
        command = types.Command(title, own_command or EXPLAIN_PROBLEM.command, arguments=[argument])
        yield types.CodeAction(title, kind=types.CodeActionKind.QuickFix, command=command)


def _is_explainable(diagnostic: types.Diagnostic) -> bool:
    # Hints grey out unused code, which needs no explanation.
    return diagnostic.severity != types.DiagnosticSeverity.Hint and bool(diagnostic.message.strip())


def _argument(uri: str, diagnostic: types.Diagnostic) -> dict[str, Any]:
    start, end = diagnostic.range.start, diagnostic.range.end
    fields = {
        "textDocument": {"uri": uri},
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "message": diagnostic.message[:LONGEST_MESSAGE],
        "code": str(diagnostic.code)[:LONGEST_NAME] if diagnostic.code is not None else None,
        "source": diagnostic.source[:LONGEST_NAME] if diagnostic.source else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"
