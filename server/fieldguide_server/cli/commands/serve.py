"""``fieldguide serve``: the language server, on stdio or TCP."""

import argparse
import ipaddress
from typing import NoReturn

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_verbosity


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="start the language server (for editors)")
    transport = parser.add_mutually_exclusive_group()
    transport.add_argument(
        "--stdio", action="store_true", help="communicate over stdin and stdout (the default)"
    )
    transport.add_argument(
        "--tcp", type=_address, metavar="HOST:PORT", help="listen on a TCP port for one client"
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="allow --tcp to listen on an address that is not loopback"
    )
    add_verbosity(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> NoReturn:
    """Serve until the client leaves; the server ends the process with the status that LSP asks for."""
    if args.tcp and not args.allow_remote and not _is_loopback(args.tcp[0]):
        raise UsageError(
            f"{args.tcp[0]} can be reached by other machines, which could read your files; to allow this, add --allow-remote"
        )
    from fieldguide_server.app import create_app  # noqa: PLC0415 - heavy

    server = create_app().server
    if args.tcp:
        host, port = args.tcp
        if not args.quiet:
            output.note(f"fieldguide: listening on {host}:{port}")
        server.start_tcp(host, port)
    server.start_io()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, not {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
