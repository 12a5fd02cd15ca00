"""``fieldguide/explainProblem``: what a diagnostic of any server means in this code."""

from functools import partial
from typing import TYPE_CHECKING, Any

from fieldguide_indexer import WorkspaceError
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import line_range, with_notice
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN_PROBLEM, ExplainProblemParams

if TYPE_CHECKING:
    from fieldguide_server.assistant import AskContext

_OUTSIDE = "This document is not in an open workspace folder, so Fieldguide cannot explain its problems."
# The lines around a problem often show its cause.
_LINES_AROUND = 5


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(EXPLAIN_PROBLEM, partial(explain_problem, context))


async def explain_problem(context: Context, params: ExplainProblemParams) -> dict[str, Any]:
    """Explain the problem with the lines around it; without a model, explain these lines."""
    found = context.session.folders.locate(params.text_document.uri)
    if found is None:
        raise WorkspaceError(_OUTSIDE)
    folder, path = found
    assistant = await context.session.assistant(folder)
    notice = folder.incomplete_notice()
    stream = context.client.answer_stream(params.token)
    first, last = line_range(params.range, None)
    if folder.settings.model.title:
        answer = await assistant.ask(_question(params), _ask_context(path, first, last), stream)
    else:
        # The message cannot be judged, but the lines and their names can be explained.
        answer = await assistant.explain(path, first, max(first, last), stream)
    docs = context.session.docs_prefixes(folder)
    result = with_notice({"folder": folder.uri, "docs": docs, **answer.to_json()}, notice)
    if params.show:
        context.client.show_result(result["answer"])
    return result


def _ask_context(path: str, first: int, last: int) -> "AskContext":
    """Return the lines of the problem and around it as the context of the question."""
    from fieldguide_server.assistant import AskContext, Selection  # noqa: PLC0415 - heavy

    lines = Selection(path, max(1, first - _LINES_AROUND), max(first, last) + _LINES_AROUND)
    return AskContext(selection=lines, open_files=(path,))


def _question(params: ExplainProblemParams) -> str:
    """Return the question that a problem stands for."""
    code = f" ({params.code})" if params.code else ""
    message = " ".join(params.message.split())
    return (
        f"{params.source or 'A check'} reports a problem{code} in the selected lines: “{message}” "
        "What does it mean here, why does it arise, and what is the smallest change that puts it right?"
    )
