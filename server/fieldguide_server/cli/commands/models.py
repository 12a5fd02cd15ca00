"""``fieldguide models``: list the language models that can be used, and with ``--probe`` those that run on this machine."""

import argparse
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common, add_model
from fieldguide_server.cli.command_context import CommandContext

if TYPE_CHECKING:
    from fieldguide_server.assistant.models import LocalServer


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("models", help="list the language models that can be used")
    parser.add_argument(
        "--probe",
        action="store_true",
        help="look for model servers on this machine; none is used unless you select it",
    )
    add_model(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the profiles. Nothing is contacted, except loopback addresses with ``--probe``."""
    from fieldguide_server.assistant.models import list_models  # noqa: PLC0415 - --help needs none

    session = CommandContext.start(args)
    listed = list_models(session.loaded, os.environ)
    found = _found(session) if args.probe else ()
    if args.json:
        more = {"local": [asdict(each) for each in found]} if args.probe else {}
        output.document({**listed, **more})
        return 0
    _show(listed)
    if args.probe:
        _show_found(found)
    return 0


def _found(session: CommandContext) -> "tuple[LocalServer, ...]":
    import asyncio  # noqa: PLC0415 - --help needs none

    async def probe() -> "tuple[LocalServer, ...]":
        return await session.services.local_servers()

    return asyncio.run(probe())


def _show(listed: dict[str, Any]) -> None:
    width = max(len(each["profile"]) for each in listed["profiles"])
    for each in listed["profiles"]:
        is_used = each["profile"] == listed["profile"]
        variable = each["api_key_env"]
        key = f"  ({variable} {'is set' if each['has_key'] else 'is not set'})" if variable else ""
        output.line(
            "* " if is_used else "  ",
            (f"{each['profile']:{width}}  ", "bold"),
            each["model"] or "",
            (f"  {each['address']}", "cyan"),
            (key, "dim"),
        )
    used = f"{listed['model']} at {listed['address']}" if listed["model"] else "no model, answers are offline"
    output.line(f"In use: {used}")
    if listed["off"]:
        output.line((listed["off"], "red"))


def _show_found(found: "tuple[LocalServer, ...]") -> None:
    if not found:
        output.line("No model server was found on this machine.")
    for each in found:
        output.line(f"A server at {each.base_url} offers models; to use one of them:")
        for name in each.models:
            output.line(f"  --model {each.profile}:{name}")
