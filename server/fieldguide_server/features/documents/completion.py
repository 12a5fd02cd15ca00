"""Completion in config files alone: keys and values from the schema, commands and ports from the repository."""

import logging

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files import analysis
from fieldguide_server.lsp.convert import range_of
from fieldguide_server.lsp.server import Server

log = logging.getLogger(__name__)

# A value follows the space after a colon, and a name the quote.
_TRIGGERS = (" ", '"')
_KINDS = {
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.Value,
    "command": types.CompletionItemKind.Event,
}


def register(server: Server) -> None:
    """Put the feature on the server, for config files alone where the client can be told so.

    Others would ask at each space and quote that is typed anywhere.
    """
    options = types.CompletionRegistrationOptions(analysis.patterns(), trigger_characters=_TRIGGERS)
    server.for_some_files(types.TEXT_DOCUMENT_COMPLETION, options, completion, _can_be_told)


def _can_be_told(client: types.ClientCapabilities) -> bool:
    completing = client.text_document.completion if client.text_document else None
    return bool(completing and completing.dynamic_registration)


async def completion(server: Server, params: types.CompletionParams) -> types.CompletionList | None:
    """Return what may follow at a place, the surest first."""
    try:
        reading = await analysis.read(server, params.text_document.uri)
    except FieldguideError as error:
        log.info("nothing is completed: %s", error)
        return None
    if reading is None:
        return None
    place = reading.place(server, params.position)
    codec = server.workspace.position_codec
    items = [
        types.CompletionItem(
            offer.label,
            kind=_KINDS[offer.offer],
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(range_of(reading.lines, offer.span, codec), offer.text),
            detail=None if offer.offer == "key" else offer.detail or None,
            documentation=offer.detail or None if offer.offer == "key" else None,
        )
        for number, offer in enumerate(await server.run(reading.said.completions_at, *place))
    ]
    return types.CompletionList(is_incomplete=False, items=items)
