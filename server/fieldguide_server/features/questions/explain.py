"""``fieldguide/explain``: the purpose of the code at a position, in a range or in a file."""

from functools import partial
from typing import Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import line_range, with_notice
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN, ExplainParams

_OUTSIDE = "This document is not in an open workspace folder, so Fieldguide cannot explain it."


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(EXPLAIN, partial(explain, context))


async def explain(context: Context, params: ExplainParams) -> dict[str, Any]:
    """Explain a document or lines of it, as it is in the editor."""
    folders = context.session.folders
    found = folders.locate(params.text_document.uri)
    if found is None:
        folders.select()  # raises "Open a folder first" if there is none at all
        raise WorkspaceError(_OUTSIDE)
    folder, path = found
    assistant = await context.session.assistant(folder)
    notice = folder.incomplete_notice()
    stream = context.client.answer_stream(params.token)
    if params.range is None and params.position is None:
        answer = await assistant.explain_file(path, stream)
    else:
        answer = await assistant.explain(path, *line_range(params.range, params.position), stream)
    docs = context.session.docs_prefixes(folder)
    result = with_notice({"folder": folder.uri, "docs": docs, **answer.to_json()}, notice)
    if params.show:
        context.client.show_result(result["answer"])
    return result
