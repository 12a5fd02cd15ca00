"""``fieldguide status``: what the index holds, of the folder or of one file."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common, path_in
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fieldguide_indexer import FileStatus, Index, IndexStatus


_STATES = ("indexed", "skipped", "failed", "stale")
_PAGE = 1_000


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("status", help="what the index holds, of the folder or of one file")
    parser.add_argument("file", nargs="?", metavar="FILE", help="a file of the folder")
    parser.add_argument("--files", choices=_STATES, help="list the files in a state, each with its reason")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the status as it is; nothing is indexed by asking."""
    session = Session.start(args)
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


def _list(session: Session, args: argparse.Namespace) -> int:
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
        shown = _shown(name, value)
        if shown:
            output.line((f"{name.removesuffix('_mib').capitalize():9}", "bold"), shown)
    if status.state == "empty":
        output.line("Nothing is indexed: `fieldguide index` looks at every file.")


def _shown(name: str, value: object) -> str:
    """Return a value for people; "" where it says nothing. That indexing is paused is said by the reason."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {reason}" for reason, count in value.items())
    if name == "memory_mib":
        return f"{value} MiB"
    return "" if isinstance(value, bool) else str(value)
