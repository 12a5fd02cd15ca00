"""``python -m fieldguide_indexer index|search|status``: an index without any editor or server."""

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
    parser = argparse.ArgumentParser(prog="python -m fieldguide_indexer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run in (("index", _index), ("search", _search), ("status", _status)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--path", type=Path, default=Path())
    search = commands.choices["search"]
    search.add_argument("--limit", type=int, default=10)
    search.add_argument("query")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and write one JSON document; 1 and a sentence when it fails."""
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
