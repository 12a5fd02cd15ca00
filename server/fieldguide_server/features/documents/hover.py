"""Hover: a name in code, from the index, or a key of a config file, from the repository. Never calls a model."""

import logging
from functools import partial

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files.analysis import is_inspected
from fieldguide_server.features.context import Context
from fieldguide_server.hover_cards.card import CursorPlace, key_card, name_card
from fieldguide_server.hover_cards.symbol_at import name_at
from fieldguide_server.lsp.convert import column_of, command_uri, line_at, place_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folder import Folder

log = logging.getLogger(__name__)


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(partial(hover, context))


async def hover(context: Context, params: types.HoverParams) -> types.Hover | None:
    """Return a card about what is under the cursor; None if nothing is known of it."""
    found = context.session.folders.locate(params.text_document.uri)
    if found is None or not found[0].settings.hover.enabled:
        return None
    kind = _markup_kind(context)
    try:
        if is_inspected(*found):
            text = await _key_card(context, params, kind, found[0])
        else:
            text = await _name_card(context, params, kind, *found)
    except FieldguideError as error:
        # A message at each move of the pointer would only disturb.
        log.info("no hover: %s", error)
        return None
    return types.Hover(types.MarkupContent(kind, text)) if text else None


async def _name_card(
    context: Context, params: types.HoverParams, kind: types.MarkupKind, folder: Folder, path: str
) -> str:
    text = context.session.reader(folder)(path) or ""
    start, line = line_at(text, params.position.line)
    column = column_of(line, params.position.character, context.documents.position_codec)
    name, index = name_at(text, start, line, column, path), folder.index
    if name is None or index is None:
        return ""
    await context.unsaved.flush_for_hover(folder)
    lookup = await context.executors.run(index.lookup, name.text)
    links = _links(context, params) if kind == types.MarkupKind.Markdown else ""
    return name_card(name, lookup, CursorPlace(folder.path, path, params.position.line + 1), kind, links)


def _links(context: Context, params: types.HoverParams) -> str:
    """Return links to the client's commands, if it has any."""
    commands = context.client.capabilities.commands
    here = place_json(params.text_document.uri, params.position)
    links = (("Explain", commands.explain), ("Ask", commands.ask))
    return "".join(f" · [{title}]({command_uri(command, here)})" for title, command in links if command)


async def _key_card(
    context: Context, params: types.HoverParams, kind: types.MarkupKind, folder: Folder
) -> str:
    reading = await context.config_files.read(params.text_document.uri)
    if reading is None:
        return ""
    place = reading.place(params.position, context.documents.position_codec)
    found = await context.executors.run(reading.inspection.hover_at, *place)
    return key_card(found, folder.path, kind) if found else ""


def _markup_kind(context: Context) -> types.MarkupKind:
    markdown = context.client.capabilities.shows_markdown_hovers
    return types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
