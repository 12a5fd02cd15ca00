"""``fieldguide history``: what was asked and answered on this machine, listed, shown, exported, deleted."""

import argparse
import os
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, positive
from fieldguide_server.cli.output import counted
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.records import Record, Records

_WIDEST_QUESTION = 70


def register(subparsers: Subparsers) -> None:
    """Add the command with its four verbs."""
    parser = subparsers.add_parser("history", help="list, show, export or delete what was asked and answered")
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True)
    listing = _verb(verbs, "list", "the latest questions", _list)
    listing.add_argument("--limit", type=positive, default=20, metavar="N", help="how many (default: 20)")
    showing = _verb(verbs, "show", "one question with its prompt, its texts and its checks", _show)
    showing.add_argument(
        "id", metavar="ID", nargs="?", help="whose (default: the latest); its beginning is enough"
    )
    exporting = _verb(verbs, "export", "every record, to stdout", _export)
    exporting.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    deleting = _verb(verbs, "delete", "remove records for good", _delete)
    deleting.add_argument("id", metavar="ID", nargs="?", help="the record")
    deleting.add_argument("--all", action="store_true", help="every record of the folder")
    deleting.add_argument("--before", type=_day, metavar="DATE", help="those before a day, as 2026-01-31")


def _verb(verbs: Subparsers, name: str, text: str, run: object) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text)
    add_common(parser)
    parser.add_argument("--everywhere", action="store_true", help="of every folder, not only this one")
    parser.set_defaults(run=run)
    return parser


def _list(args: argparse.Namespace) -> int:
    from fieldguide_server.records import summary  # noqa: PLC0415 - --help needs none

    session = Session.start(args)
    rows = [summary(record) for record in islice(_chosen(args, session), args.limit)]
    if args.json:
        output.document({"records": rows, "enabled": session.settings.records.enabled})
        return 0
    for row in rows:
        _show_row(row)
    if not rows:
        output.line("Nothing is recorded" + ("." if args.everywhere else f" of {session.folder}."))
    if not session.settings.records.enabled:
        session.note("nothing more is recorded: records.enabled is false")
    return 0


def _show(args: argparse.Namespace) -> int:
    session = Session.start(args)
    record = _found(args.id) if args.id else next(_chosen(args, session), None)
    if record is None:
        raise UsageError("nothing is recorded of this folder")
    if args.json:
        output.document(record)
        return 0
    _show_row_of(record)
    for message in record.get("prompt", ()):
        _section(f"prompt: {message['role']}", message["content"])
    for number, draft in enumerate(record.get("drafts", ()), 1):
        if draft["asked"]:
            _section("what the checks said", draft["asked"])
        _section(f"text {number} of the model, {draft['seconds']:g} s", draft["text"])
    _section("answer", record.get("answer") or record.get("heard", ""))
    if record.get("notice"):
        output.line((record["notice"], "yellow"))
    return 0


def _export(args: argparse.Namespace) -> int:
    from fieldguide_server.records import as_csv  # noqa: PLC0415 - --help needs none

    records = _chosen(args, Session.start(args))
    if args.format == "csv":
        output.exact(as_csv(records))
        return 0
    for record in records:
        output.record(record)
    return 0


def _delete(args: argparse.Namespace) -> int:
    if sum(map(bool, (args.id, args.all, args.before))) != 1:
        raise UsageError("say which: an ID, --all, or --before DATE")
    session = Session.start(args)
    folder = None if args.everywhere else str(session.folder)
    wanted = _found(args.id)["id"] if args.id else None

    def unwanted(record: "Record") -> bool:
        if wanted is not None:
            return bool(record["id"] == wanted)
        is_here = folder in (None, record.get("folder"))
        return is_here and (args.before is None or record["time"][:10] < str(args.before))

    count = _records().delete(unwanted)
    if args.json:
        output.document({"deleted": count})
    else:
        output.line(f"Deleted {counted(count, 'record')}.")
    return 0


def _records() -> "Records":
    from fieldguide_server.records import Records, folder_of  # noqa: PLC0415 - --help needs none

    return Records(folder_of(os.environ))


def _chosen(args: argparse.Namespace, session: Session) -> "Iterator[Record]":
    return _records().newest_first(None if args.everywhere else Path(session.folder))


def _found(identity: str) -> "Record":
    record = _records().find(identity)
    if record is None:
        raise UsageError(f"there is no record {identity} (see: fieldguide history list)")
    return record


def _show_row_of(record: "Record") -> None:
    from fieldguide_server.records import summary  # noqa: PLC0415 - --help needs none

    _show_row(summary(record))


def _show_row(row: dict[str, Any]) -> None:
    question = " ".join(str(row["question"]).split())
    if len(question) > _WIDEST_QUESTION:
        question = question[: _WIDEST_QUESTION - 1] + "…"
    answered = row["model"] if row["outcome"] != "offline" else None
    told = [str(answered or "offline"), f"{row['seconds']:g} s"]
    told += [f"{row['tokens_read']}+{row['tokens_written']} tokens"] if row["tokens_read"] else []
    told += [f"{row['problems']} problems"] if row["problems"] else []
    told += [f"cost {row['cost']:g}"] if row["cost"] is not None else []
    told += [row["outcome"]] if row["outcome"] == "stopped" else []
    output.line((row["id"], "cyan"), f"  {row['kind']}  {question}  ", (f"({', '.join(told)})", "dim"))


def _section(title: str, text: str) -> None:
    output.line((f"--- {title} ---", "bold"))
    output.line(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day as 2026-01-31, not {text!r}") from None
