"""``fieldguide mcp``: the index and the assistant as tools of the Model Context Protocol, over stdio."""

import argparse
from typing import TYPE_CHECKING

from fieldguide_server.cli.arguments import Subparsers, add_common, add_model
from fieldguide_server.cli.command_context import CommandContext

if TYPE_CHECKING:
    from types import ModuleType

_MISSING = "fieldguide mcp needs the package mcp; install it with: pip install 'fieldguide[mcp]'"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("mcp", help="serve agents over the Model Context Protocol (stdio)")
    add_model(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the client closes stdin."""
    from fieldguide_server.cli.docs import opened_docs  # noqa: PLC0415 - --help needs none

    tools = _load()
    session = CommandContext.start(args)
    with session.index() as index, opened_docs([session]) as docs:
        tools.Tools(session, index, docs).server().run("stdio")
    return 0


def _load() -> "ModuleType":
    from fieldguide_indexer import FieldguideError  # noqa: PLC0415 - --help needs none

    try:
        from fieldguide_server.cli import mcp_tools  # noqa: PLC0415 - an extra, and a second of imports
    except ModuleNotFoundError as error:
        raise FieldguideError(_MISSING) from error
    return mcp_tools
