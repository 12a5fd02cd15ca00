"""Hover: a name in code, from the index, or a key of a config file, from the repository. Never calls a model."""

import logging

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files import analysis
from fieldguide_server.hover_cards.card import Place, describe, describe_key
from fieldguide_server.hover_cards.symbol_at import name_at
from fieldguide_server.lsp.client_commands import ClientCommands, command_uri, place_of
from fieldguide_server.lsp.convert import column_of, line_at
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace import unsaved
from fieldguide_server.workspace.folders import Folder

log = logging.getLogger(__name__)


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(hover)


async def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """Return what is known of what is under the cursor; None when that is nothing."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None or not found[0].settings.hover.enabled:
        return None
    describing = _key if analysis.covers(*found) else _name
    kind = _kind(server.client_capabilities)
    try:
        shown = await describing(server, params, kind, *found)
    except FieldguideError as error:
        # Nobody asked for a hover as one asks a question; a pop-up at each move of the pointer helps nobody.
        log.info("no hover: %s", error)
        return None
    return types.Hover(types.MarkupContent(kind, shown)) if shown else None


async def _name(
    server: Server, params: types.HoverParams, kind: types.MarkupKind, folder: Folder, path: str
) -> str:
    text = server.reader(folder)(path) or ""
    start, line = line_at(text, params.position.line)
    column = column_of(line, params.position.character, server.workspace.position_codec)
    name, index = name_at(text, start, line, column, path), folder.index
    if name is None or index is None:
        return ""
    await unsaved.flush(server, folder, unsaved.HOVER_SECONDS)
    known = await server.run(index.lookup, name.text)
    links = _links(server, params) if kind == types.MarkupKind.Markdown else ""
    return describe(name, known, Place(folder.path, path, params.position.line + 1), kind, links)


def _links(server: Server, params: types.HoverParams) -> str:
    """Return links to the commands of a client that has told of them; others are shown none, for they would lead nowhere."""
    commands = ClientCommands.of(server.client_capabilities)
    named = (("Explain", commands.explain), ("Ask", commands.ask))
    here = place_of(params.text_document.uri, params.position)
    return "".join(f" · [{title}]({command_uri(command, here)})" for title, command in named if command)


async def _key(
    server: Server, params: types.HoverParams, kind: types.MarkupKind, folder: Folder, _path: str
) -> str:
    reading = await analysis.read(server, params.text_document.uri)
    if reading is None:
        return ""
    found = await server.run(reading.said.hover_at, *reading.place(server, params.position))
    return describe_key(found, folder.path, kind) if found else ""


def _kind(client: types.ClientCapabilities) -> types.MarkupKind:
    hovering = client.text_document.hover if client.text_document else None
    formats = (hovering.content_format if hovering else None) or []
    return types.MarkupKind.Markdown if types.MarkupKind.Markdown in formats else types.MarkupKind.PlainText
