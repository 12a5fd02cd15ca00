"""Code lens: "Explain" above each definition, and how many call it. Off unless the user wants it; never calls a model."""

import logging
from collections.abc import Mapping

from lsprotocol import types

from fieldguide_indexer import Definition, FieldguideError, Lookup
from fieldguide_server.lsp.client_commands import ClientCommands, place_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN
from fieldguide_server.workspace import unsaved

log = logging.getLogger(__name__)

# A file of more definitions is a generated one, or data.
_MOST = 500
# What nobody calls.
_SILENT = frozenset({"variable", "constant", "section", "module", "text", "property", "field"})
# The look-up stops counting in the code there.
_MANY = 120


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))(code_lens)
    server.feature(types.CODE_LENS_RESOLVE)(resolve)


async def code_lens(server: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return where the lenses of a document stand; what they say is looked up when they come into sight."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None or not found[0].settings.code_lens.enabled or found[0].index is None:
        return []
    folder, path = found
    await unsaved.flush(server, folder, unsaved.HOVER_SECONDS)
    try:
        known = await server.run(found[0].index.definitions_in, path)
    except FieldguideError as error:
        log.info("no code lens: %s", error)
        return []
    shown = [each for each in known if each.kind not in _SILENT][:_MOST]
    return [_lens(params.text_document.uri, each) for each in shown]


async def resolve(server: Server, lens: types.CodeLens) -> types.CodeLens:
    """Count who calls what a lens stands above."""
    uri, symbol = _meant(lens.data)
    found = server.workspaces.of(uri)
    title = "Explain"
    if found is not None and found[0].index is not None:
        try:
            title += _callers(await server.run(found[0].index.lookup, symbol))
        except FieldguideError as error:
            log.info("callers are not counted: %s", error)
    theirs = ClientCommands.of(server.client_capabilities).explain
    argument = place_of(uri, lens.range.start) | ({} if theirs else {"show": True})
    lens.command = types.Command(title, theirs or EXPLAIN.command, arguments=[argument])
    return lens


def _lens(uri: str, definition: Definition) -> types.CodeLens:
    start = types.Position(definition.start_line - 1, 0)
    return types.CodeLens(types.Range(start, start), data={"uri": uri, "symbol": definition.symbol})


def _callers(found: Lookup) -> str:
    """Return how many definitions of other code hold a line that calls it. Names are compared, not types."""
    callers = {(each.path, each.within or each.line) for each in found.callers}
    more = "+" if len(found.callers) >= _MANY else ""
    return f" · {len(callers)}{more} caller{'' if len(callers) == 1 else 's'}" if callers else ""


def _meant(data: object) -> tuple[str, str]:
    fields = data if isinstance(data, Mapping) else {}
    match fields.get("uri"), fields.get("symbol"):
        case str(uri), str(symbol):
            return uri, symbol
    raise FieldguideError("This code lens is none of Fieldguide's.")
