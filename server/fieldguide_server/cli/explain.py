"""``fieldguide explain``: what some lines of a file do, and what they are for."""

import argparse

from fieldguide_server.cli.answers import answer
from fieldguide_server.cli.arguments import (
    Subparsers,
    add_common,
    add_model,
    place,
    relative_path,
)
from fieldguide_server.cli.session import Session


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("explain", help="explain lines of a file; the answer cites file and line")
    parser.add_argument("place", type=place, metavar="FILE:LINE[-LINE]", help="the lines to explain, from 1")
    add_model(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain one place."""
    session = Session.start(args)
    file, start, end = args.place
    path = relative_path(session.folder, file)
    return answer(args, session, lambda assistant, on_delta: assistant.explain(path, start, end, on_delta))
