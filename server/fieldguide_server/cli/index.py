"""``fieldguide index``: bring the index of a folder up to date."""

import argparse
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common
from fieldguide_server.cli.session import Session, wait_for_vectors

if TYPE_CHECKING:
    from fieldguide_indexer import IndexStatus, SkippedFile, UpdateReport


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("index", help="index a folder, or bring its index up to date")
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder (default: this one)")
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="return when text search works; vectors follow in the background",
    )
    add_common(parser, path_flag=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Index, and say what was done and what was left out."""
    session = Session.start(args)
    with session.index() as index, output.progress(quiet=args.quiet) as draw:
        report = index.update(on_progress=draw)
        status = index.status() if args.no_wait else wait_for_vectors(index, draw)
    if args.json:
        output.document({**asdict(report), "status": asdict(status)})
    else:
        _show(report, status, verbose=args.verbose)
    return 0


def _show(report: "UpdateReport", status: "IndexStatus", *, verbose: bool) -> None:
    changes = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    output.line(
        (f"{status.files} files in {status.chunks} chunks", "bold"), f" ({changes}; {report.seconds:.1f} s)"
    )
    output.line(f"Vectors: {status.embedded} of {status.chunks} chunks")
    if report.redacted:
        output.line(f"Withheld: the values of {report.redacted} secrets")
    _show_left_out("Skipped", report.skipped, verbose=verbose)
    _show_left_out("Failed", report.failed, verbose=verbose)
    if status.reason:
        output.line(("Degraded: ", "yellow"), status.reason)


def _show_left_out(title: str, files: "tuple[SkippedFile, ...]", *, verbose: bool) -> None:
    if not files:
        return
    reasons = Counter(file.reason for file in files)
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    output.line(f"{title}: {len(files)} ({counts})")
    for file in files if verbose else ():
        output.line(f"  {file.path}", (f"  {file.reason}", "dim"))
