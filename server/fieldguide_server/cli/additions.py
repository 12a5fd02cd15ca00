"""``generate-config --model``: what a language model may add, and how that is told beside the file."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.answers import show_messages
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.assistant.config_writer import SuggestedConfig

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def suggest(args: argparse.Namespace, session: Session, targets: Sequence[str]) -> "SuggestedConfig":
    """Ask the model over the index, if there is one."""
    import asyncio  # noqa: PLC0415 - --help needs none

    def on_round(answers: int) -> None:
        told = "what the rules missed" if not answers else "to put right what the checks found"
        session.note(f"asking {session.settings.model.title} {told}")

    with session.config_writer() as writer:
        return asyncio.run(writer.write(targets, fresh=args.force, on_round=on_round))


def show_prompt(args: argparse.Namespace, session: Session, targets: Sequence[str]) -> int:
    """Print the exact messages that a model would be sent."""
    import asyncio  # noqa: PLC0415 - see above

    with session.config_writer() as writer:
        messages = asyncio.run(writer.prompt_for(targets, fresh=args.force))
    show_messages(messages, as_json=args.json)
    return 0


def tell(session: Session, suggested: "SuggestedConfig") -> None:
    """The diff from the rules' file to the model's, what was refused and why; on stderr, for stdout is the file's."""
    if session.quiet:
        return
    if suggested.diff:
        session.note("from what the rules make to what the model adds:")
    for line in suggested.diff.splitlines():
        style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
        output.aside((line, style))
    for refusal in suggested.refused:
        session.note(f"refused ({refusal.why}): {refusal}")
    session.note(suggested.notice)
