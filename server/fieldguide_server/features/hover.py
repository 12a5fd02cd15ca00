"""Hover: where a name is defined and how often it is used. From the index alone; a hover never calls a model."""

import logging

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server import drafts
from fieldguide_server.convert import column_of, line_at
from fieldguide_server.describing import Place, describe
from fieldguide_server.naming import name_at
from fieldguide_server.server import Server

log = logging.getLogger(__name__)


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(hover)


async def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """What is known of the name under the cursor; None when that is nothing."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None:
        return None
    folder, path = found
    if folder.index is None or not folder.settings.hover.enabled:
        return None
    text = server.reader(folder)(path) or ""
    start, line = line_at(text, params.position.line)
    column = column_of(line, params.position.character, server.workspace.position_codec)
    name = name_at(text, start, line, column, path)
    if name is None:
        return None
    index = folder.index
    await drafts.flush(server, folder, drafts.HOVER_SECONDS)
    try:
        known = await server.run(index.lookup, name.text)
    except FieldguideError as error:
        # Nobody asked for a hover as one asks a question; a pop-up at each move of the pointer helps nobody.
        log.info("no hover: %s", error)
        return None
    kind = _kind(server.client_capabilities)
    shown = describe(name, known, Place(folder.path, path, params.position.line + 1), kind)
    return types.Hover(types.MarkupContent(kind, shown)) if shown else None


def _kind(client: types.ClientCapabilities) -> types.MarkupKind:
    hovering = client.text_document.hover if client.text_document else None
    formats = (hovering.content_format if hovering else None) or []
    return types.MarkupKind.Markdown if types.MarkupKind.Markdown in formats else types.MarkupKind.PlainText
