"""``fieldguide explain``: explain a file or lines of it."""

import argparse
import re

from fieldguide_server.cli.answers import answer
from fieldguide_server.cli.arguments import (
    Subparsers,
    add_common,
    add_model,
    place,
    relative_path,
)
from fieldguide_server.cli.command_context import CommandContext

_WITH_LINES = re.compile(r".+:[\d-]*")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("explain", help="explain a file or lines of it")
    parser.add_argument(
        "place",
        type=_target,
        metavar="FILE[:LINE[-LINE]]",
        help="the file, with lines from 1; @NAME/FILE is a page of documentation",
    )
    add_model(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain one place."""
    session = CommandContext.start(args)
    file, lines = args.place
    is_docs = file.startswith("@") and not (session.folder / file).exists()
    # Only the docs index can resolve paths of documentation.
    path = file if is_docs else relative_path(session.folder, file)
    if lines is None:
        return answer(args, session, lambda assistant, stream: assistant.explain_file(path, stream))
    start, end = lines
    return answer(args, session, lambda assistant, stream: assistant.explain(path, start, end, stream))


def _target(text: str) -> tuple[str, tuple[int, int] | None]:
    """Return the file, and its lines if there are any."""
    if not _WITH_LINES.fullmatch(text):
        return text, None
    file, start, end = place(text)
    return file, (start, end)
