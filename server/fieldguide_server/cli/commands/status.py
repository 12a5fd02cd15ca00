"""``fieldguide status``: the state of the index, or of one file in it."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common, path_in
from fieldguide_server.cli.command_context import CommandContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fieldguide_indexer import FileStatus, Index, IndexStatus


_STATES = ("indexed", "skipped", "failed", "stale")
_PAGE = 1_000


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("status", help="show the state of the index, or of one file in it")
    parser.add_argument("file", nargs="?", metavar="FILE", help="a file in the folder")
    parser.add_argument("--files", choices=_STATES, help="list the files in this state, with reasons")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the status without updating the index."""
    session = CommandContext.start(args)
    if args.files:
        return _list(session, args)
    path = path_in(session.folder, args.file) if args.file else None
    with session.index() as index:
        status = index.status() if path is None else index.file_status(path)
    if args.json:
        output.document(asdict(status))
    else:
        _show(status)
    return 0


def _list(session: CommandContext, args: argparse.Namespace) -> int:
    with session.index() as index:
        files = list(_all(index, args.files))
    if args.json:
        output.document({"files": [asdict(each) for each in files]})
        return 0
    for each in files:
        output.line((each.path, "bold"), f"  {each.reason}" if each.reason else "")
    return 0


def _all(index: "Index", state: str) -> "Iterator[FileStatus]":
    after = ""
    while page := index.files_in(state, "", after, _PAGE):
        yield from page
        after = page[-1].path


def _show(status: "IndexStatus | FileStatus") -> None:
    for name, value in asdict(status).items():
        text = _formatted(name, value)
        if text:
            output.line((f"{name.removesuffix('_mib').capitalize():9}", "bold"), text)
    if status.state == "empty":
        output.line("The index is empty; run `fieldguide index`.")


def _formatted(name: str, value: object) -> str:
    """Return a value for people; "" to omit it. Booleans are omitted: the reason says that indexing is paused."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {reason}" for reason, count in value.items())
    if name == "memory_mib":
        return f"{value} MiB"
    return "" if isinstance(value, bool) else str(value)
