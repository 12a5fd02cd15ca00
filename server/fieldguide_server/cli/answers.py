"""Getting an answer and showing it: what ``ask`` and ``explain`` share."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from fieldguide_server.cli import output
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.assistant import Answer, Assistant, Coverage

Question: TypeAlias = "Callable[[Assistant, Callable[[str], None]], Awaitable[Answer]]"


def answer(args: argparse.Namespace, session: Session, question: Question) -> int:
    """Put the question to the assistant over a current index, and show the answer as text or JSON."""
    import asyncio  # noqa: PLC0415 - --help needs none

    preview = _Preview(is_wanted=not args.json and output.is_terminal())
    with session.current_index() as index:
        settled = asyncio.run(_asked(question, session.assistant(index), preview))
    if args.json:
        output.document(settled.to_json())
    else:
        _show(settled, preview.text)
    return 0


def show_prompt(args: argparse.Namespace, session: Session) -> int:
    """Print the exact messages that a model would be sent for a question."""
    import asyncio  # noqa: PLC0415 - see above

    with session.current_index() as index:
        messages = asyncio.run(session.assistant(index).prompt_for(args.question))
    if args.json:
        output.document({"messages": list(messages)})
        return 0
    for message in messages:
        output.line((f"--- {message['role']} ---", "bold"))
        output.line(message["content"])
    return 0


async def _asked(question: Question, assistant: "Assistant", preview: "_Preview") -> "Answer":
    return await question(assistant, preview.add)


class _Preview:
    """The text as it arrives, for somebody who watches. Into a pipe goes only what has been checked."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self.text = ""

    def add(self, piece: str) -> None:
        if self._is_wanted:
            self.text += piece
            output.stream(piece)


def _show(settled: "Answer", previewed: str) -> None:
    if previewed and not previewed.endswith("\n"):
        output.line()
    if previewed.strip() != settled.answer.strip():
        if previewed:
            output.line()
            output.line(("After checking its citations, the answer is:", "bold"))
        output.line(settled.answer.rstrip("\n"))
    _show_citations(settled)
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
    corrected = f", {settled.corrected} of them corrected" if settled.corrected else ""
    removed = f"; {settled.removed} did not check and were taken out" if settled.removed else ""
    output.line(f"{settled.verified} of {total} citations verified{corrected}{removed}")


def _coverage(coverage: "Coverage") -> str:
    stale = f", {coverage.stale} of them changed since they were indexed" if coverage.stale else ""
    turns = f" and {coverage.turns} earlier turns" if coverage.turns else ""
    state = "" if coverage.embedded_chunks >= coverage.indexed_chunks else f", {coverage.index_state}"
    return (
        f"Rests on {coverage.passages} passages in {coverage.files} files{stale}{turns}"
        f" (index: {coverage.indexed_files} files{state})"
    )
