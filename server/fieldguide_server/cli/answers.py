"""Getting an answer and showing it: what ``ask`` and ``explain`` share."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fieldguide_server.cli import output
from fieldguide_server.cli.output import counted
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.assistant import Answer, Assistant, Coverage, Message
    from fieldguide_server.review import Problem

_MOST_NAMED = 3

Question: TypeAlias = "Callable[[Assistant, Preview], Awaitable[Answer]]"


def answer(args: argparse.Namespace, session: Session, question: Question) -> int:
    """Put the question to the assistant over a current index, and show the answer as text or JSON."""
    import asyncio  # noqa: PLC0415 - --help needs none

    preview = Preview(is_wanted=not args.json and output.is_terminal())
    with session.current_index() as index:
        settled = asyncio.run(_asked(question, session.assistant(index), preview))
    if args.json:
        output.document(settled.to_json())
    else:
        _show(settled, preview)
    return 0


def show_prompt(args: argparse.Namespace, session: Session) -> int:
    """Print the exact messages that a model would be sent for a question."""
    import asyncio  # noqa: PLC0415 - see above

    with session.current_index() as index:
        messages = asyncio.run(session.assistant(index).prompt_for(args.question))
    show_messages(messages, as_json=args.json)
    return 0


def show_messages(messages: "Sequence[Message]", *, as_json: bool) -> None:
    """Print messages for a model as they are."""
    if as_json:
        output.document({"messages": list(messages)})
        return
    for message in messages:
        output.line((f"--- {message['role']} ---", "bold"))
        output.line(message["content"])


async def _asked(question: Question, assistant: "Assistant", preview: "Preview") -> "Answer":
    return await question(assistant, preview)


class Preview:
    """The stream of an answer at a terminal. A pipe receives only the checked text."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self.text = ""
        self.is_void = False

    def add(self, text: str) -> None:
        """Print a piece of the first draft; a second draft is printed when it is complete."""
        if self._is_wanted and not self.is_void:
            self.text += text
            output.stream(text)

    def reset(self, problems: "Sequence[Problem]") -> None:
        """Print why the text is written again."""
        self.is_void = True
        if not self._is_wanted:
            return
        output.line()
        output.line()
        output.line(("The checks of the code found this; the model puts it right:", "bold"))
        for problem in problems:
            output.line("  ", ("•", "yellow"), f" code block {problem.block}, {problem}")


def _show(settled: "Answer", preview: Preview) -> None:
    if preview.text and not preview.is_void and not preview.text.endswith("\n"):
        output.line()
    if preview.is_void or preview.text.strip() != settled.answer.strip():
        if preview.text:
            output.line()
            heading = "After its checks" if preview.is_void else "After checking its citations"
            output.line((f"{heading}, the answer is:", "bold"))
        output.line(settled.answer.rstrip("\n"))
    _show_citations(settled)
    _show_review(settled)
    output.line((_coverage(settled.coverage), "dim"))
    if settled.notice:
        output.line((settled.notice, "yellow"))


def _show_citations(settled: "Answer") -> None:
    total = settled.verified + settled.removed
    if not total:
        return
    output.line()
    for citation in settled.citations:
        mark = ("✓", "green") if citation.verified else ("✗", "red")
        output.line("  ", mark, " ", (str(citation), "cyan"))
    told = f"{settled.verified} of {total} citations verified"
    # Where some were taken out or corrected, the notice says this and more.
    if told not in settled.notice:
        output.line(told)


def _show_review(settled: "Answer") -> None:
    review = settled.review
    if review is None or not review.blocks:
        return
    fixed = f", {len(review.fixed)} put right" if review.fixed else ""
    left = len(settled.problems)
    blocks = f"{review.parsed} of {counted(review.blocks, 'code block')}"
    output.line(f"{blocks} parsed and checked: {left or 'no'} problem{'' if left == 1 else 's'} left{fixed}")


def _coverage(coverage: "Coverage") -> str:
    named = ", ".join(coverage.stale_files[:_MOST_NAMED])
    stale = (
        f"; {coverage.stale} of those found changed since they were indexed ({named})"
        if coverage.stale
        else ""
    )
    turns = f" and {counted(coverage.turns, 'earlier turn')}" if coverage.turns else ""
    commit = f" at commit {coverage.commit}" if coverage.commit else ""
    return (
        f"Rests on {counted(coverage.passages, 'passage')} in {counted(coverage.files, 'file')}"
        f"{turns}{commit}{stale} (index: {counted(coverage.indexed_files, 'file')} in"
        f" {counted(coverage.indexed_chunks, 'chunk')}, {coverage.index_state}{_missing(coverage)})"
    )


def _missing(coverage: "Coverage") -> str:
    """Return what a search could not go by yet. An index that is to have no vectors is ready without any."""
    if coverage.index_state == "ready" or coverage.embedded_chunks == coverage.indexed_chunks:
        return ""
    return f"; {coverage.embedded_chunks} of them can be found by meaning"
