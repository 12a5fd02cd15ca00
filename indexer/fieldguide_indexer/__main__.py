"""``python -m fieldguide_indexer index|search|status``: an index from the command line, without an editor."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.index import Index


def _index(index: Index, _: argparse.Namespace) -> object:
    report = index.update()
    return {**asdict(report), "status": asdict(index.wait_until_ready())}


def _search(index: Index, arguments: argparse.Namespace) -> object:
    index.update()
    return [asdict(hit) for hit in index.search(arguments.query, arguments.limit)]


def _status(index: Index, _: argparse.Namespace) -> object:
    return asdict(index.status())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fieldguide_indexer",
        description="Index a folder. Each command prints one JSON document.",
    )
    commands = parser.add_subparsers(required=True)
    for name, run, text in (
        ("index", _index, "bring the index up to date and print what was done"),
        ("search", _search, "bring the index up to date and print the best chunks for a question"),
        ("status", _status, "print the status of the index"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument(
            "--path", type=Path, default=Path(), help="the folder (default: the current one)"
        )
    search = commands.choices["search"]
    search.add_argument("--limit", type=int, default=10, help="how many chunks (default: %(default)s)")
    search.add_argument("query", help="a question, or names")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; 1 with a sentence on standard error when it does not succeed."""
    arguments = _parser().parse_args(argv)
    try:
        with Index.open(arguments.path) as index:
            sys.stdout.write(json.dumps(arguments.run(index, arguments)) + "\n")
    except FieldguideError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
