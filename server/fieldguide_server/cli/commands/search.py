"""``fieldguide search``: passages for a query, or for a file of queries."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
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
        choices=("all", "code", "docs"),
        help="where to look (default: everywhere)",
    )
    parser.add_argument(
        "--path",
        action="append",
        metavar="PATH",
        help="the workspace folder (default: this one); several are searched together",
    )
    add_common(parser, path_flag=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Search once, or once a line."""
    if (args.query is None) == (args.queries is None):
        raise UsageError("give either a QUERY or --queries FILE.jsonl")
    if args.query is not None and not args.query.strip():
        raise UsageError("the query is empty")
    return _search_once(args) if args.queries is None else _search_lines(args)


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder that is searched, under the name it was given."""

    name: str
    session: Session
    index: "Index"


@contextmanager
def _places(args: argparse.Namespace) -> Iterator[list[_Place]]:
    """Every folder with its index, each looked at once more."""
    names = {Path(name).resolve(): name for name in args.path or ["."]}.values()
    sessions = [(name, Session.start(argparse.Namespace(**{**vars(args), "path": name}))) for name in names]
    with ExitStack() as opened:
        yield [
            _Place(name, session, opened.enter_context(session.current_index())) for name, session in sessions
        ]


def _search(places: Sequence[_Place], query: str, args: argparse.Namespace) -> "list[tuple[_Place, Hit]]":
    if len(places) == 1:
        return [(places[0], hit) for hit in places[0].index.search(query, args.limit, args.within)]
    from fieldguide_indexer import merge_hits  # noqa: PLC0415 - see Session

    # Of folders in each other some hits are left out again.
    found = [
        (place.session.folder, place.index.search(query, 2 * args.limit, args.within)) for place in places
    ]
    by_folder = {place.session.folder: place for place in places}
    return [(by_folder[folder], hit) for folder, hit in merge_hits(found, args.limit)]


def _told(hits: "Sequence[tuple[_Place, Hit]]", places: Sequence[_Place]) -> list[dict[str, object]]:
    return [asdict(hit) | ({"folder": place.name} if len(places) > 1 else {}) for place, hit in hits]


def _search_once(args: argparse.Namespace) -> int:
    with _places(args) as places:
        hits = _search(places, args.query, args)
        if not args.json:
            for place in places:
                place.session.note_state(place.index)
    if args.json:
        output.document({"query": args.query, "hits": _told(hits, places)})
        return 0
    for place, hit in hits:
        _show(hit, f"{place.name.rstrip('/')}/" if len(places) > 1 else "")
    if not hits:
        places[0].session.note("nothing found")
    return 0


def _search_lines(args: argparse.Namespace) -> int:
    failures = 0
    with _opened(args.queries) as lines, _places(args) as places:
        # Measurements are made this way: every query must meet the same index.
        for place in places:
            with output.progress(quiet=place.session.quiet) as draw:
                wait_for_vectors(place.index, draw)
        for line in lines:
            if line.strip():
                answered = _answer_line(places, line, args)
                failures += "error" in answered
                output.record(answered)
    if failures:
        output.note(f"fieldguide: {output.counted(failures, 'line')} held no query")
    return 1 if failures else 0


def _answer_line(places: Sequence[_Place], line: str, args: argparse.Namespace) -> dict[str, object]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    identity = asked.get("id") if isinstance(asked, dict) else None
    query = asked.get("query") if isinstance(asked, dict) else None
    if not isinstance(query, str):
        return {"id": identity, "hits": [], "error": 'expected a JSON object {"id", "query"}'}
    return {"id": identity, "hits": _told(_search(places, query, args), places)}


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8-sig", errors="replace") as lines:
        yield lines


def _show(hit: "Hit", folder: str) -> None:
    about = "  ".join(part for part in (hit.symbol, hit.kind) if part)
    output.line((f"{folder}{hit.path}:{hit.start_line}-{hit.end_line}", "cyan"), (f"  {about}", "bold"))
    lines = hit.text.splitlines()
    for text in lines[:_SHOWN_LINES]:
        output.line(("    " + text[:200], "dim"))
    if len(lines) > _SHOWN_LINES:
        output.line(("    …", "dim"))
