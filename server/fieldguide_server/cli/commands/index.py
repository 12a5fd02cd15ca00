"""``fieldguide index``: bring the index of a folder up to date."""

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common
from fieldguide_server.cli.session import PAUSED, Session, wait_for_vectors

if TYPE_CHECKING:
    from fieldguide_indexer import IndexPlan, IndexStatus, SkippedFile, UpdateReport


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("index", help="index a folder, or bring its index up to date")
    parser.add_argument("folder", nargs="?", metavar="PATH", help="the folder, as with --path")
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="return when text search works; vectors follow in the background",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="tell what would be indexed and how long it takes; write nothing",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--pause", action="store_true", help="have indexing of the folder rest until --resume; searches go on"
    )
    choice.add_argument("--resume", action="store_true", help="go on where indexing was paused")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Index, and say what was done and what was left out."""
    args.path = args.folder or args.path
    session = Session.start(args)
    if args.pause or args.resume:
        return _hold(session, args)
    return _plan(session, args) if args.dry_run else _index(session, args)


def _hold(session: Session, args: argparse.Namespace) -> int:
    with session.index() as index:
        status = index.pause() if args.pause else index.resume()
    if args.json:
        output.document(asdict(status))
    elif args.pause:
        output.line(
            ("Indexing is paused", "bold"),
            " until `fieldguide index --resume`, or until nobody uses the index.",
        )
    else:
        missing = output.counted(status.chunks - status.embedded, "vector")
        output.line(("Indexing goes on", "bold"), f" with {missing} still to be made.")
    return 0


def _plan(session: Session, args: argparse.Namespace) -> int:
    from fieldguide_indexer import plan_index  # noqa: PLC0415 - heavy

    plan = plan_index(session.folder, session.settings.index_options())
    if args.json:
        output.document(asdict(plan))
        return 0
    size = f"{plan.text_bytes / 1e6:.1f} MB"
    output.line((_size(plan), "bold"), f" would be indexed ({size})")
    output.line(
        f"Searchable in about {plan.seconds:.1f} s, with vectors in {plan.seconds + plan.vector_seconds:.0f} s"
    )
    _show_rest(plan, verbose=args.verbose)
    return 0


def _index(session: Session, args: argparse.Namespace) -> int:
    with session.index() as index, output.progress(quiet=args.quiet) as draw:
        if index.status().paused:
            output.note(f"fieldguide: {PAUSED}")
            return 1
        with _told_of_the_end(
            "stopped; what was indexed is kept, and the next `fieldguide index` goes on with it"
        ):
            report = index.update(on_progress=draw)
        with _told_of_the_end("words and names can be searched; vectors are made on in the background"):
            status = index.status() if args.no_wait else wait_for_vectors(index, draw)
    if args.json:
        output.document({**asdict(report), "status": asdict(status)})
    else:
        _show(report, status, verbose=args.verbose)
    return 0


@contextmanager
def _told_of_the_end(sentence: str) -> Iterator[None]:
    """Say what Ctrl-C means for the index."""
    try:
        yield
    except KeyboardInterrupt:
        output.note(f"fieldguide: {sentence}")
        raise


def _show(report: "UpdateReport", status: "IndexStatus", *, verbose: bool) -> None:
    changes = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    output.line((_size(status), "bold"), f" ({changes}; {report.seconds:.1f} s)")
    output.line(f"Vectors: {status.embedded} of {output.counted(status.chunks, 'chunk')}")
    _show_rest(report, verbose=verbose)
    if status.reason and status.state == "degraded":
        output.line(("Degraded: ", "yellow"), status.reason)


def _size(index: "IndexStatus | IndexPlan") -> str:
    return f"{output.counted(index.files, 'file')} in {output.counted(index.chunks, 'chunk')}"


def _show_rest(report: "UpdateReport | IndexPlan", *, verbose: bool) -> None:
    if report.redacted:
        output.line(f"Withheld: the values of {output.counted(report.redacted, 'secret')}")
    _show_left_out("Skipped", report.skipped, verbose=verbose)
    _show_left_out("Failed", report.failed, verbose=verbose)
    for note in report.notes:
        output.line(("Note: ", "yellow"), note)


def _show_left_out(title: str, files: "tuple[SkippedFile, ...]", *, verbose: bool) -> None:
    if not files:
        return
    reasons = Counter(file.reason for file in files)
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    output.line(f"{title}: {len(files)} ({counts})")
    for file in files if verbose else ():
        output.line(f"  {file.path}", (f"  {file.reason}", "dim"))
