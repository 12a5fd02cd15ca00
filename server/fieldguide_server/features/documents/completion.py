"""Completion in config files: keys and values from the schema, commands and ports from the repository."""

import logging
from functools import partial

from lsprotocol import types

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files.analysis import patterns
from fieldguide_server.features.context import Context
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


def register(server: Server, context: Context) -> None:
    """Register the feature, for config files alone if the client supports selecting them.

    Other clients send a request at each space and quote in any document.
    """
    options = types.CompletionRegistrationOptions(patterns(), trigger_characters=_TRIGGERS)
    server.dynamic_feature(
        types.TEXT_DOCUMENT_COMPLETION,
        options,
        partial(completion, context),
        lambda capabilities: capabilities.registers_completion,
    )


async def completion(context: Context, params: types.CompletionParams) -> types.CompletionList | None:
    """Return what may follow at a place, the most certain first."""
    try:
        reading = await context.config_files.read(params.text_document.uri)
    except FieldguideError as error:
        log.info("no completions: %s", error)
        return None
    if reading is None:
        return None
    codec = context.documents.position_codec
    place = reading.place(params.position, codec)
    items = [
        types.CompletionItem(
            offer.label,
            kind=_KINDS[offer.kind],
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(range_of(reading.lines, offer.span, codec), offer.text),
            detail=None if offer.kind == "key" else offer.detail or None,
            documentation=offer.detail or None if offer.kind == "key" else None,
        )
        for number, offer in enumerate(await context.executors.run(reading.inspection.completions_at, *place))
    ]
    return types.CompletionList(is_incomplete=False, items=items)
