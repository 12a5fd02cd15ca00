"""``generate-config --model``: ask a language model for additions, and show them next to the file."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.answers import show_messages
from fieldguide_server.cli.command_context import CommandContext

if TYPE_CHECKING:
    from fieldguide_server.assistant.config_writer import SuggestedConfig

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def suggest(args: argparse.Namespace, session: CommandContext, targets: Sequence[str]) -> "SuggestedConfig":
    """Ask the model for additions, with the index if there is one."""
    import asyncio  # noqa: PLC0415 - --help needs none

    def on_round(answers: int) -> None:
        request = "for additions" if not answers else "to correct the problems found by the checks"
        session.note(f"asking {session.settings.model.title} {request}")

    with session.config_writer() as writer:
        return asyncio.run(writer.write(targets, fresh=args.force, on_round=on_round))


def show_prompt(args: argparse.Namespace, session: CommandContext, targets: Sequence[str]) -> int:
    """Print the exact messages that would be sent to a model."""
    import asyncio  # noqa: PLC0415 - see above

    with session.config_writer() as writer:
        messages = asyncio.run(writer.prompt_for(targets, fresh=args.force))
    show_messages(messages, as_json=args.json)
    return 0


def show(session: CommandContext, suggested: "SuggestedConfig") -> None:
    """Print on stderr what the model adds to the generated file, and which proposals were refused and why."""
    if session.quiet:
        return
    if suggested.diff:
        session.note("changes by the model:")
    for line in suggested.diff.splitlines():
        style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
        output.aside((line, style))
    for refusal in suggested.refused:
        session.note(f"refused ({refusal.kind}): {refusal}")
    session.note(suggested.notice)
