"""``fieldguide search``: passages for a query, or for a file of queries."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, positive
from fieldguide_server.cli.session import Session, wait_for_vectors

if TYPE_CHECKING:
    from fieldguide_indexer import Hit, Index

_SHOWN_LINES = 6


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("search", help="find passages by words, names or meaning")
    parser.add_argument("query", nargs="?", metavar="QUERY", help="what to look for")
    parser.add_argument(
        "--queries", metavar="FILE.jsonl", help='a file of {"id", "query"} lines; "-" reads stdin'
    )
    parser.add_argument("--limit", type=positive, default=10, metavar="N", help="hits at most (default: 10)")
    parser.add_argument(
        "--in",
        dest="within",
        default="all",
        metavar="code|docs|NAME",
        help="where to look (default: everywhere)",
    )
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Search once, or once a line."""
    if (args.query is None) == (args.queries is None):
        raise UsageError("give either a QUERY or --queries FILE.jsonl")
    return _search_once(args) if args.queries is None else _search_lines(args)


def _search_once(args: argparse.Namespace) -> int:
    session = Session.start(args)
    with session.current_index() as index:
        hits = index.search(args.query, args.limit, args.within)
        if not args.json:
            session.note_state(index)
    if args.json:
        output.document({"query": args.query, "hits": [asdict(hit) for hit in hits]})
        return 0
    for hit in hits:
        _show(hit)
    if not hits:
        session.note("nothing found")
    return 0


def _search_lines(args: argparse.Namespace) -> int:
    session = Session.start(args)
    failures = 0
    with _opened(args.queries) as lines, session.current_index() as index:
        # Measurements are made this way: every query must meet the same index.
        with output.progress(quiet=session.quiet) as draw:
            wait_for_vectors(index, draw)
        for line in lines:
            if line.strip():
                answered = _answer_line(index, line, args)
                failures += "error" in answered
                output.record(answered)
    if failures:
        output.note(f"fieldguide: {failures} lines held no query")
    return 1 if failures else 0


def _answer_line(index: "Index", line: str, args: argparse.Namespace) -> dict[str, object]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    identity = asked.get("id") if isinstance(asked, dict) else None
    query = asked.get("query") if isinstance(asked, dict) else None
    if not isinstance(query, str):
        return {"id": identity, "hits": [], "error": 'expected a JSON object {"id", "query"}'}
    return {"id": identity, "hits": [asdict(hit) for hit in index.search(query, args.limit, args.within)]}


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8-sig", errors="replace") as lines:
        yield lines


def _show(hit: "Hit") -> None:
    about = "  ".join(part for part in (hit.symbol, hit.kind) if part)
    output.line((f"{hit.path}:{hit.start_line}-{hit.end_line}", "cyan"), (f"  {about}", "bold"))
    lines = hit.text.splitlines()
    for text in lines[:_SHOWN_LINES]:
        output.line(("    " + text[:200], "dim"))
    if len(lines) > _SHOWN_LINES:
        output.line(("    …", "dim"))
