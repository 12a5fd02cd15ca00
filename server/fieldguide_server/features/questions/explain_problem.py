"""``fieldguide/explainProblem``: what a problem that somebody reports means in this code."""

from typing import Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.lsp.convert import line_range, with_notice
from fieldguide_server.lsp.problem_actions import question_about
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN_PROBLEM, ExplainProblemParams
from fieldguide_server.workspace import unsaved

_OUTSIDE = (
    "This document is in none of the open workspace folders, so Fieldguide cannot explain its problems."
)
# What stands around a problem is often what it is about.
_LINES_AROUND = 5


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(EXPLAIN_PROBLEM)(explain_problem)


async def explain_problem(server: Server, params: ExplainProblemParams) -> dict[str, Any]:
    """Ask about the problem, with the lines that it is reported of; without a model, explain these lines."""
    from fieldguide_server.assistant import AskContext, Selection  # noqa: PLC0415 - was imported to be asked

    found = server.workspaces.of(params.text_document.uri)
    if found is None:
        raise WorkspaceError(_OUTSIDE)
    folder, path = found
    await unsaved.ready(server, folder)
    assistant = await server.assistant(folder)
    unread = folder.unread()
    first, last = line_range(params.range, None)
    stream = server.answer_stream(params.token)
    if folder.settings.model.title:
        lines = Selection(path, max(1, first - _LINES_AROUND), max(first, last) + _LINES_AROUND)
        context = AskContext(selection=lines, open_files=(path,))
        answer = await assistant.ask(question_about(params), context, stream)
    else:
        # Nobody is there to judge the message; what the lines are, and where their names come from, can be told.
        answer = await assistant.explain(path, first, max(first, last), stream)
    result = with_notice(
        {"folder": folder.uri, "docs": server.docs_folders(folder), **answer.to_json()}, unread
    )
    if params.show:
        server.show(result["answer"])
    return result
