"""``fieldguide ask``: a question about the code, answered with checked citations."""

import argparse

from fieldguide_server.cli.answers import answer, show_prompt
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, add_model
from fieldguide_server.cli.command_context import CommandContext


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("ask", help="ask a question about the code")
    parser.add_argument("question", metavar="QUESTION", help="the question, in your own words")
    parser.add_argument(
        "--show-prompt", action="store_true", help="print the prompt for a language model without sending it"
    )
    add_model(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer one question."""
    if not args.question.strip():
        raise UsageError("the question is empty")
    session = CommandContext.start(args)
    if args.show_prompt:
        return show_prompt(args, session)
    return answer(args, session, lambda assistant, stream: assistant.ask(args.question, stream=stream))
