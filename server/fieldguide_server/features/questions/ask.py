"""``fieldguide/ask`` and ``fieldguide/showPrompt``: a question about a folder, answered with checked citations."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fieldguide_server.lsp.convert import line_range, path_of, with_notice
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import ASK, SHOW_PROMPT, AskParams, ShowPromptParams
from fieldguide_server.workspace import search, unsaved
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from fieldguide_server.assistant import AskContext


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(ASK)(ask)
    server.own(SHOW_PROMPT)(show_prompt)


async def ask(server: Server, params: AskParams) -> dict[str, Any]:
    """Answer a question; cancelling the request closes the model's stream."""
    folder, others = await _folders(server, params)
    assistant = await server.assistant(folder, others)
    unread = " ".join(_unread(folder, others))
    stream = server.answer_stream(params.token)
    answer = await assistant.ask(params.question, _context(server, folder, params), stream)
    return with_notice(
        {"folder": folder.uri, "docs": server.docs_folders(folder, others), **answer.to_json()}, unread
    )


async def show_prompt(server: Server, params: ShowPromptParams) -> dict[str, Any]:
    """Tell exactly what a model would be sent, and send it nothing."""
    folder, others = await _folders(server, params)
    assistant = await server.assistant(folder, others)
    messages = await assistant.prompt_for(params.question, _context(server, folder, params))
    return {"folder": folder.uri, "model": folder.settings.model.title or None, "messages": list(messages)}


async def _folders(server: Server, params: ShowPromptParams) -> tuple[Folder, list[Folder]]:
    """Return the folder that is meant, and those that are searched with it.

    Where none is named, all are: the question is about that of its document, else about the one that knows most of it.
    """
    document = params.text_document.uri if params.text_document else params.path
    if params.folder or document:
        folder = server.workspaces.chosen(params.folder, document)
    else:
        folder = await search.most_telling(server, params.question)
    others = [] if params.folder else server.workspaces.beside(folder)
    await unsaved.ready(server, folder)
    await asyncio.gather(*(unsaved.flush(server, each, unsaved.PATIENCE_SECONDS) for each in others))
    return folder, others


def _unread(folder: Folder, others: Sequence[Folder]) -> Iterator[str]:
    """Yield what the answer may lack, a sentence a folder."""
    if told := folder.unread():
        yield told
    yield from (f"{each.path.name}: {told}" for each in others if (told := each.unread()))


def _context(server: Server, folder: Folder, params: ShowPromptParams) -> "AskContext":
    """Return what the question stands in. Documents of other folders are no part of it."""
    from fieldguide_server.assistant import AskContext, Selection, Turn  # noqa: PLC0415 - was imported to be asked

    here = _inside(folder, params.text_document.uri) if params.text_document else None
    chosen = params.selection
    # Editors send a cursor as a range without extent.
    is_selected = chosen is not None and chosen.start != chosen.end
    selection = Selection(here, *line_range(chosen, None)) if here and is_selected else None
    names = _open_documents(server) if params.open_files is None else params.open_files
    opened = [inside for name in names if (inside := _inside(folder, name)) is not None]
    return AskContext(
        tuple(Turn(turn.question, turn.answer) for turn in params.history),
        selection,
        tuple(dict.fromkeys([*([here] if here else []), *opened])),
    )


def _open_documents(server: Server) -> list[str]:
    """Return the latest opened first: it is the nearest to what the user is about."""
    return [document.uri for document in reversed(server.workspace.text_documents.values())]


def _inside(folder: Folder, name: str) -> str | None:
    """Return a document's path in the folder, from a URI, a whole path or one that is relative already; None if it is outside."""
    path = path_of(name) if "://" in name else folder.path / name
    return folder.relative(path) if path else None
