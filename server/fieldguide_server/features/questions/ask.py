"""``fieldguide/ask`` and ``fieldguide/showPrompt``: a question about a folder, answered with checked citations."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import line_range, with_notice
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import ASK, SHOW_PROMPT, AskParams, ShowPromptParams
from fieldguide_server.workspace.folder import Folder

if TYPE_CHECKING:
    from fieldguide_server.assistant import AskContext


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(ASK, partial(ask, context))
    server.custom_method(SHOW_PROMPT, partial(show_prompt, context))


async def ask(context: Context, params: AskParams) -> dict[str, Any]:
    """Answer a question; cancelling the request closes the model's stream."""
    folder, others = await _folders(context, params)
    assistant = await context.session.assistant(folder, others)
    notice = " ".join(_incomplete_notices(folder, others))
    stream = context.client.answer_stream(params.token)
    answer = await assistant.ask(params.question, _ask_context(context, folder, params), stream)
    docs = context.session.docs_prefixes(folder, others)
    return with_notice({"folder": folder.uri, "docs": docs, **answer.to_json()}, notice)


async def show_prompt(context: Context, params: ShowPromptParams) -> dict[str, Any]:
    """Return exactly what a model would be sent, and send it nothing."""
    folder, others = await _folders(context, params)
    assistant = await context.session.assistant(folder, others)
    messages = await assistant.prompt_for(params.question, _ask_context(context, folder, params))
    return {"folder": folder.uri, "model": folder.settings.model.title or None, "messages": list(messages)}


async def _folders(context: Context, params: ShowPromptParams) -> tuple[Folder, list[Folder]]:
    """Return the folder that the question is about, and those that are searched with it.

    If none is requested, all are searched, and the question is about the folder of its document, or else the one with
    the best hits.
    """
    folders = context.session.folders
    document = params.text_document.uri if params.text_document else params.path
    if params.folder or document:
        folder = folders.select(params.folder, document)
    else:
        folder = await context.search.best_folder(params.question)
    others = [] if params.folder else folders.others(folder)
    return folder, others


def _incomplete_notices(folder: Folder, others: Sequence[Folder]) -> Iterator[str]:
    """Yield what the answer may lack, a sentence a folder."""
    if notice := folder.incomplete_notice():
        yield notice
    yield from (f"{each.path.name}: {notice}" for each in others if (notice := each.incomplete_notice()))


def _ask_context(context: Context, folder: Folder, params: ShowPromptParams) -> "AskContext":
    """Return the context of the question, without documents of other folders."""
    from fieldguide_server.assistant import AskContext, Selection, Turn  # noqa: PLC0415 - imported by now

    here = folder.relative_name(params.text_document.uri) if params.text_document else None
    range_ = params.selection
    # Editors send a cursor as an empty range.
    is_selected = range_ is not None and range_.start != range_.end
    selection = Selection(here, *line_range(range_, None)) if here and is_selected else None
    # The document opened last is probably the most relevant one.
    names = params.open_files if params.open_files is not None else reversed(context.documents.uris())
    opened = [path for name in names if (path := folder.relative_name(name)) is not None]
    return AskContext(
        tuple(Turn(turn.question, turn.answer) for turn in params.history),
        selection,
        tuple(dict.fromkeys([*([here] if here else []), *opened])),
    )
