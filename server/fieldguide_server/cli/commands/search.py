"""``fieldguide search``: find passages for a query, or for a file of queries."""

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
from fieldguide_server.cli.command_context import CommandContext, wait_for_vectors

if TYPE_CHECKING:
    from fieldguide_indexer import Hit, Index
    from fieldguide_server.docs.view import DocsView

_PREVIEW_LINES = 6
_PARTS = ("all", "code", "docs")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("search", help="find passages by words, names or meaning")
    parser.add_argument("query", nargs="?", metavar="QUERY", help="words, names, or a question")
    parser.add_argument(
        "--queries", metavar="FILE.jsonl", help='a file of {"id", "query"} lines; "-" reads stdin'
    )
    parser.add_argument(
        "--limit", type=positive, default=10, metavar="N", help="maximum number of hits (default: 10)"
    )
    parser.add_argument(
        "--in",
        dest="within",
        default="all",
        metavar="WHERE",
        help="where to search: all (the default), code, docs, or the name of a source of documentation",
    )
    parser.add_argument(
        "--path",
        action="append",
        metavar="PATH",
        help="workspace folder (default: the current folder); several are searched together",
    )
    add_common(parser, path_flag=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one query, or one per line."""
    if (args.query is None) == (args.queries is None):
        raise UsageError("give either a QUERY or --queries FILE.jsonl")
    if args.query is not None and not args.query.strip():
        raise UsageError("the query is empty")
    return _search_once(args) if args.queries is None else _search_lines(args)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to search, with the name given on the command line."""

    name: str
    session: CommandContext
    index: "Index"


@dataclass(frozen=True, slots=True)
class _Targets:
    """The folders to search, and the documentation if there is any; with ``source``, only that source."""

    folders: Sequence[_Folder]
    docs: "DocsView | None"
    source: str = ""

    def search(self, query: str, args: argparse.Namespace) -> "list[tuple[_Folder | None, Hit]]":
        """Return the best hits, each with its folder; None for documentation."""
        if self.docs is None and len(self.folders) == 1:
            return [
                (self.folders[0], hit) for hit in self.folders[0].index.search(query, args.limit, args.within)
            ]
        from fieldguide_indexer import merge_hits  # noqa: PLC0415 - see CommandContext

        # Twice as many, since hits in nested folders are dropped again.
        results: list[tuple[Path, Sequence[Hit]]] = [
            (each.session.folder, each.index.search(query, 2 * args.limit, args.within))
            for each in self.folders
        ]
        if self.docs is not None:
            only = [self.source] if self.source else []
            results.append((self.docs.home, self.docs.search(query, args.limit, only=only)))
        by_path = {each.session.folder: each for each in self.folders}
        return [(by_path.get(path), hit) for path, hit in merge_hits(results, args.limit)]

    def to_json(self, hits: "Sequence[tuple[_Folder | None, Hit]]") -> list[dict[str, object]]:
        """Return hits as JSON: with their folder if there are several, and with the source of documentation."""
        return [
            asdict(hit)
            | ({"folder": folder and folder.name} if len(self.folders) > 1 else {})
            | ({"source": self.docs.source_of(hit.path)} if folder is None and self.docs else {})
            for folder, hit in hits
        ]


@contextmanager
def _targets(args: argparse.Namespace) -> Iterator[_Targets]:
    """Open and update everything that is searched."""
    names = {Path(name).resolve(): name for name in args.path or ["."]}.values()
    sessions = {
        name: CommandContext.start(argparse.Namespace(**{**vars(args), "path": name})) for name in names
    }
    from fieldguide_server.cli.docs import current_docs  # noqa: PLC0415 - --help needs none

    source = "" if args.within in _PARTS else args.within.removeprefix("@")
    with ExitStack() as stack:
        docs = None
        if args.within != "code":
            docs = stack.enter_context(current_docs(list(sessions.values())))
        if source and (docs is None or source not in docs.names):
            raise UsageError(_no_source(source, docs))
        folders = [
            _Folder(name, session, stack.enter_context(session.current_index()))
            for name, session in sessions.items()
            if not source
        ]
        yield _Targets(folders, docs, source)


def _no_source(name: str, docs: "DocsView | None") -> str:
    names = f": {', '.join(docs.names)}" if docs else ""
    return f"unknown documentation {name}; --in takes {', '.join(_PARTS)}, or the name of a source of documentation{names}"


def _search_once(args: argparse.Namespace) -> int:
    with _targets(args) as targets:
        hits = targets.search(args.query, args)
        if not args.json:
            for each in targets.folders:
                each.session.note_state(each.index)
    if args.json:
        output.document({"query": args.query, "hits": targets.to_json(hits)})
        return 0
    for folder, hit in hits:
        _show(hit, f"{folder.name.rstrip('/')}/" if folder and len(targets.folders) > 1 else "")
    if not hits and not args.quiet:
        output.note("fieldguide: nothing found")
    return 0


def _search_lines(args: argparse.Namespace) -> int:
    failures = 0
    with _opened(args.queries) as lines, _targets(args) as targets:
        # All queries must use the same index, since this is how search is measured.
        indexes = [each.index for each in targets.folders] + ([targets.docs.index] if targets.docs else [])
        for index in indexes:
            with output.progress(quiet=args.quiet) as draw:
                wait_for_vectors(index, draw)
        for line in lines:
            if line.strip():
                result = _search_line(targets, line, args)
                failures += "error" in result
                output.record(result)
    if failures:
        output.note(f"fieldguide: {output.counted(failures, 'line')} without a query")
    return 1 if failures else 0


def _search_line(targets: _Targets, line: str, args: argparse.Namespace) -> dict[str, object]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    identity = request.get("id") if isinstance(request, dict) else None
    query = request.get("query") if isinstance(request, dict) else None
    if not isinstance(query, str):
        return {"id": identity, "hits": [], "error": 'expected a JSON object {"id", "query"}'}
    return {"id": identity, "hits": targets.to_json(targets.search(query, args))}


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
    for text in lines[:_PREVIEW_LINES]:
        output.line(("    " + text[:200], "dim"))
    if len(lines) > _PREVIEW_LINES:
        output.line(("    …", "dim"))
