"""Code lens: "Explain" above each definition, and its number of callers. Off by default; never calls a model."""

import logging
from collections.abc import Mapping
from functools import partial

from lsprotocol import types

from fieldguide_indexer import Definition, FieldguideError, Lookup
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import place_json
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN
from fieldguide_server.settings import Settings
from fieldguide_server.workspace.folder import Folder

log = logging.getLogger(__name__)

# A file with more definitions is generated, or data.
_MOST = 500
_NOT_CALLED = frozenset({"variable", "constant", "section", "module", "text", "property", "field"})
# The index counts no more callers than this.
_MOST_CALLERS = 120


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    options = types.CodeLensOptions(resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, options)(partial(code_lens, context))
    server.feature(types.CODE_LENS_RESOLVE)(partial(resolve, context))
    events = context.session.folders.events
    events.settings_changed.subscribe(partial(_settings_changed, context))
    events.index_scanned.subscribe(partial(_index_scanned, context))


async def code_lens(context: Context, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return the positions of a document's lenses; their titles are resolved when they become visible."""
    found = context.session.folders.locate(params.text_document.uri)
    if found is None or not found[0].settings.code_lens.enabled or found[0].index is None:
        return []
    folder, path = found
    await context.unsaved.flush_for_hover(folder)
    try:
        definitions = await context.executors.run(found[0].index.definitions_in, path)
    except FieldguideError as error:
        log.info("no code lenses: %s", error)
        return []
    shown = [each for each in definitions if each.kind not in _NOT_CALLED][:_MOST]
    return [_lens(params.text_document.uri, each) for each in shown]


async def resolve(context: Context, lens: types.CodeLens) -> types.CodeLens:
    """Count the callers of a lens's definition."""
    uri, symbol = _target(lens.data)
    found = context.session.folders.locate(uri)
    title = "Explain"
    if found is not None and found[0].index is not None:
        try:
            title += _callers(await context.executors.run(found[0].index.lookup, symbol))
        except FieldguideError as error:
            log.info("callers are not counted: %s", error)
    command = context.client.capabilities.commands.explain
    argument = place_json(uri, lens.range.start) | ({} if command else {"show": True})
    lens.command = types.Command(title, command or EXPLAIN.command, arguments=[argument])
    return lens


def _lens(uri: str, definition: Definition) -> types.CodeLens:
    start = types.Position(definition.start_line - 1, 0)
    return types.CodeLens(types.Range(start, start), data={"uri": uri, "symbol": definition.symbol})


def _callers(lookup: Lookup) -> str:
    """Return how many definitions of other code have a line that calls it. Names are compared, not types."""
    callers = {(each.path, each.within or each.line) for each in lookup.callers}
    more = "+" if len(lookup.callers) >= _MOST_CALLERS else ""
    return f" · {len(callers)}{more} caller{'' if len(callers) == 1 else 's'}" if callers else ""


def _target(data: object) -> tuple[str, str]:
    fields = data if isinstance(data, Mapping) else {}
    match fields.get("uri"), fields.get("symbol"):
        case str(uri), str(symbol):
            return uri, symbol
    raise FieldguideError("Unknown code lens.")


def _settings_changed(context: Context, folder: Folder, before: Settings) -> None:
    """Have lenses shown or removed when the setting changed."""
    if before.code_lens.enabled or folder.settings.code_lens.enabled:
        context.executors.spawn(context.client.refresh_code_lenses())


def _index_scanned(context: Context, folder: Folder) -> None:
    """Have lenses shown that could not be computed without the index."""
    if folder.settings.code_lens.enabled:
        context.executors.spawn(context.client.refresh_code_lenses())
