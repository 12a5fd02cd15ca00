"""A problem that somebody reports of a line, as a question; and the code action that asks it."""

from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from fieldguide_server.lsp.client_commands import ClientCommands
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import EXPLAIN_PROBLEM, LONGEST_MESSAGE, LONGEST_NAME, ExplainProblemParams

# What is reported of one place at once is rarely more, and a menu is to be read.
_MOST = 3
_LONGEST_TITLE = 60


def explaining(server: Server, params: types.CodeActionParams) -> Iterator[types.CodeAction]:
    """Yield an action for each problem in the range. It names no diagnostics: real fixes do, and stand before it."""
    told = [each for each in params.context.diagnostics if _is_worth_it(each)][:_MOST]
    theirs = ClientCommands.of(server.client_capabilities).explain_problem
    for each in told:
        title = "Explain this problem" if len(told) == 1 else f"Explain: {_short(each.message)}"
        argument = _argument(params.text_document.uri, each) | ({} if theirs else {"show": True})
        command = types.Command(title, theirs or EXPLAIN_PROBLEM.command, arguments=[argument])
        yield types.CodeAction(title, kind=types.CodeActionKind.QuickFix, command=command)


def question_about(params: ExplainProblemParams) -> str:
    """Return the question that a reported problem means."""
    code = f" ({params.code})" if params.code else ""
    quoted = " ".join(params.message.split())
    return (
        f"{params.source or 'A check'} reports a problem{code} in the selected lines: “{quoted}” "
        "What does it mean here, why does it arise, and what is the smallest change that puts it right?"
    )


def _is_worth_it(diagnostic: types.Diagnostic) -> bool:
    # Hints grey out what is not used; there is nothing to explain.
    return diagnostic.severity != types.DiagnosticSeverity.Hint and bool(diagnostic.message.strip())


def _argument(uri: str, diagnostic: types.Diagnostic) -> dict[str, Any]:
    start, end = diagnostic.range.start, diagnostic.range.end
    told = {
        "textDocument": {"uri": uri},
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "message": diagnostic.message[:LONGEST_MESSAGE],
        "code": str(diagnostic.code)[:LONGEST_NAME] if diagnostic.code is not None else None,
        "source": diagnostic.source[:LONGEST_NAME] if diagnostic.source else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"
