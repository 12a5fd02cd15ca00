"""``fieldguide index``: create or update the index of a folder."""

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common
from fieldguide_server.cli.command_context import PAUSED, CommandContext, wait_for_vectors

if TYPE_CHECKING:
    from fieldguide_indexer import IndexPlan, IndexStatus, SkippedFile, UpdateReport


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("index", help="create or update the index of a folder")
    parser.add_argument("folder", nargs="?", metavar="PATH", help="the workspace folder, same as --path")
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="return when words can be searched; vectors follow in the background",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be indexed and how long it would take, without writing anything",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--pause",
        action="store_true",
        help="pause indexing of the folder until --resume; searches still work",
    )
    choice.add_argument("--resume", action="store_true", help="resume paused indexing")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Update the index, and print what changed and what was skipped."""
    args.path = args.folder or args.path
    session = CommandContext.start(args)
    if args.pause or args.resume:
        return _pause_or_resume(session, args)
    return _plan(session, args) if args.dry_run else _index(session, args)


def _pause_or_resume(session: CommandContext, args: argparse.Namespace) -> int:
    with session.index() as index:
        status = index.pause() if args.pause else index.resume()
    if args.json:
        output.document(asdict(status))
    elif args.pause:
        output.line(
            ("Indexing is paused", "bold"),
            " until `fieldguide index --resume`, or until no program uses the index.",
        )
    else:
        missing = output.counted(status.chunks - status.embedded, "vector")
        output.line(("Indexing is resumed", "bold"), f"; {missing} still to be computed.")
    return 0


def _plan(session: CommandContext, args: argparse.Namespace) -> int:
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


def _index(session: CommandContext, args: argparse.Namespace) -> int:
    with session.index() as index, output.progress(quiet=args.quiet) as draw:
        if index.status().paused:
            output.note(f"fieldguide: {PAUSED}")
            return 1
        with _on_interrupt(
            "stopped; the files indexed so far are kept, and the next `fieldguide index` continues"
        ):
            report = index.update(on_progress=draw)
        with _on_interrupt("words and names can be searched; vectors are computed in the background"):
            status = index.status() if args.no_wait else wait_for_vectors(index, draw)
    if args.json:
        output.document({**asdict(report), "status": asdict(status)})
    else:
        _show(report, status, verbose=args.verbose)
    missing = (
        0
        if args.no_wait or session.settings.index_options().embedding.provider == "none"
        else status.chunks - status.embedded
    )
    if missing:
        output.note(
            f"fieldguide: {output.counted(missing, 'vector')} could not be computed. {status.reason}".rstrip()
        )
    return 1 if missing else 0


@contextmanager
def _on_interrupt(sentence: str) -> Iterator[None]:
    """Print what Ctrl-C means for the index, if it is pressed in the block."""
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
        output.line(f"Redacted: the values of {output.counted(report.redacted, 'secret')}")
    _show_excluded("Skipped", report.skipped, verbose=verbose)
    _show_excluded("Failed", report.failed, verbose=verbose)
    for note in report.notes:
        output.line(("Note: ", "yellow"), note)


def _show_excluded(title: str, files: "tuple[SkippedFile, ...]", *, verbose: bool) -> None:
    if not files:
        return
    reasons = Counter(file.reason for file in files)
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    output.line(f"{title}: {len(files)} ({counts})")
    for file in files if verbose else ():
        output.line(f"  {file.path}", (f"  {file.reason}", "dim"))
