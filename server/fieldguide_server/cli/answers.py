"""Answers in the shell: ask the assistant and print what it returns. Shared by ``ask`` and ``explain``."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fieldguide_server.cli import output
from fieldguide_server.cli.command_context import CommandContext
from fieldguide_server.cli.output import counted

if TYPE_CHECKING:
    from fieldguide_server.assistant import Answer, Assistant, Coverage, Message
    from fieldguide_server.review import Problem

_MAX_STALE_NAMES = 3

Question: TypeAlias = "Callable[[Assistant, Preview], Awaitable[Answer]]"


def answer(args: argparse.Namespace, session: CommandContext, question: Question) -> int:
    """Ask the assistant over an updated index, and print the answer as text or JSON."""
    import asyncio  # noqa: PLC0415 - --help needs none

    from fieldguide_server.cli.docs import current_docs  # noqa: PLC0415 - see above

    preview = Preview(is_enabled=not args.json and output.is_terminal())
    with session.current_index() as index, current_docs([session]) as docs:
        result = asyncio.run(_ask(question, session.assistant(index, docs), preview))
    if args.json:
        output.document(result.to_json())
    else:
        _show(result, preview)
    return 0


def show_prompt(args: argparse.Namespace, session: CommandContext) -> int:
    """Print the exact messages that would be sent to a model for a question."""
    import asyncio  # noqa: PLC0415 - see above

    from fieldguide_server.cli.docs import current_docs  # noqa: PLC0415 - see above

    with session.current_index() as index, current_docs([session]) as docs:
        messages = asyncio.run(session.assistant(index, docs).prompt_for(args.question))
    show_messages(messages, as_json=args.json)
    return 0


def show_messages(messages: "Sequence[Message]", *, as_json: bool) -> None:
    """Print the messages of a prompt unchanged."""
    if as_json:
        output.document({"messages": list(messages)})
        return
    for message in messages:
        output.line((f"--- {message['role']} ---", "bold"))
        output.line(message["content"])


async def _ask(question: Question, assistant: "Assistant", preview: "Preview") -> "Answer":
    return await question(assistant, preview)


class Preview:
    """The answer stream at a terminal. A pipe only receives the checked text."""

    def __init__(self, *, is_enabled: bool) -> None:
        self._is_enabled = is_enabled
        self.text = ""
        self.is_void = False

    def add(self, text: str) -> None:
        """Print a piece of the first draft. Later drafts are printed when they are complete."""
        if self._is_enabled and not self.is_void:
            self.text += text
            output.stream(text)

    def reset(self, problems: "Sequence[Problem]") -> None:
        """Print why the model writes the text again."""
        self.is_void = True
        if not self._is_enabled:
            return
        output.line()
        output.line()
        reason = "The checks found these problems in the code; the model is correcting them:"
        output.line((reason if problems else "The text above was the model's thinking.", "bold"))
        for problem in problems:
            output.line("  ", ("•", "yellow"), f" code block {problem.block}, {problem}")


def _show(result: "Answer", preview: Preview) -> None:
    if preview.text and not preview.is_void and not preview.text.endswith("\n"):
        output.line()
    if preview.is_void or preview.text.strip() != result.answer.strip():
        if preview.text:
            output.line()
            heading = "Answer after the checks" if preview.is_void else "Answer after checking the citations"
            output.line((f"{heading}:", "bold"))
        output.line(result.answer.rstrip("\n"))
    _show_citations(result)
    _show_review(result)
    output.line((_coverage(result.coverage), "dim"))
    if result.notice:
        output.line((result.notice, "yellow"))


def _show_citations(result: "Answer") -> None:
    total = result.verified + result.removed
    if not total:
        return
    output.line()
    for citation in result.citations:
        mark = ("✓", "green") if citation.verified else ("✗", "red")
        output.line("  ", mark, " ", (str(citation), "cyan"))
    summary = f"{result.verified} of {total} citations verified"
    # If citations were removed or corrected, the notice contains this sentence and more.
    if summary not in result.notice:
        output.line(summary)


def _show_review(result: "Answer") -> None:
    review = result.review
    if review is None or not review.blocks:
        return
    fixed = f", {len(review.fixed)} corrected" if review.fixed else ""
    remaining = len(result.problems)
    blocks = f"{review.parsed} of {counted(review.blocks, 'code block')}"
    output.line(f"{blocks} checked: {counted(remaining, 'problem') if remaining else 'no problems'}{fixed}")


def _coverage(coverage: "Coverage") -> str:
    names = ", ".join(coverage.stale_files[:_MAX_STALE_NAMES])
    stale = f"; {counted(coverage.stale, 'file')} changed since indexing ({names})" if coverage.stale else ""
    turns = f" and {counted(coverage.turns, 'earlier turn')}" if coverage.turns else ""
    commit = f" at commit {coverage.commit}" if coverage.commit else ""
    return (
        f"Based on {counted(coverage.passages, 'passage')} in {counted(coverage.files, 'file')}"
        f"{turns}{commit}{stale} (index: {counted(coverage.indexed_files, 'file')} in"
        f" {counted(coverage.indexed_chunks, 'chunk')}, {coverage.index_state}{_missing(coverage)})"
    )


def _missing(coverage: "Coverage") -> str:
    """Return how many chunks have vectors, "" if all have that should have: an index without vectors is ready, too."""
    if coverage.index_state == "ready" or coverage.embedded_chunks == coverage.indexed_chunks:
        return ""
    return f"; {coverage.embedded_chunks} of them have vectors"
