"""``fieldguide/explain``: what the code at a position, in a range or in a whole file is for."""

from typing import Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.lsp.convert import line_range, with_notice
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN, ExplainParams
from fieldguide_server.workspace import unsaved

_OUTSIDE = "This document is in none of the open workspace folders, so Fieldguide cannot explain it."


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(EXPLAIN)(explain)


async def explain(server: Server, params: ExplainParams) -> dict[str, Any]:
    """Explain a document or lines of it, as it stands in the editor."""
    found = server.workspaces.of(params.text_document.uri)
    if found is None:
        # Says "open a folder" where there is none at all.
        server.workspaces.chosen()
        raise WorkspaceError(_OUTSIDE)
    folder, path = found
    await unsaved.ready(server, folder)
    assistant = await server.assistant(folder)
    unread = folder.unread()
    stream = server.answer_stream(params.token)
    if params.range is None and params.position is None:
        answer = await assistant.explain_file(path, stream)
    else:
        answer = await assistant.explain(path, *line_range(params.range, params.position), stream)
    result = with_notice(
        {"folder": folder.uri, "docs": server.docs_folders(folder), **answer.to_json()}, unread
    )
    if params.show:
        server.show(result["answer"])
    return result
