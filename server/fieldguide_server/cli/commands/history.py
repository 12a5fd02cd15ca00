"""``fieldguide history``: list, show, export or delete the records of questions and answers on this machine."""

import argparse
import os
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, positive
from fieldguide_server.cli.command_context import CommandContext
from fieldguide_server.cli.output import counted

if TYPE_CHECKING:
    from fieldguide_server.records import Record, Records

_MAX_QUESTION_WIDTH = 70


def register(subparsers: Subparsers) -> None:
    """Add the command with its four subcommands."""
    parser = subparsers.add_parser("history", help="list, show, export or delete past questions and answers")
    subcommands = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True)
    list_ = _subcommand(subcommands, "list", "list the latest questions", _list)
    list_.add_argument(
        "--limit", type=positive, default=20, metavar="N", help="number of questions (default: 20)"
    )
    show = _subcommand(subcommands, "show", "show one question with its prompt, drafts and checks", _show)
    show.add_argument(
        "id", metavar="ID", nargs="?", help="the record, or the start of its id (default: the latest)"
    )
    export = _subcommand(subcommands, "export", "print all records", _export)
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    delete = _subcommand(subcommands, "delete", "delete records permanently", _delete)
    delete.add_argument("id", metavar="ID", nargs="?", help="the record")
    delete.add_argument("--all", action="store_true", help="all records of the folder")
    delete.add_argument(
        "--before", type=_day, metavar="DATE", help="records before a day, such as 2026-01-31"
    )


def _subcommand(subcommands: Subparsers, name: str, text: str, run: object) -> argparse.ArgumentParser:
    parser = subcommands.add_parser(name, help=text)
    add_common(parser)
    parser.add_argument("--everywhere", action="store_true", help="for all folders, not only this one")
    parser.set_defaults(run=run)
    return parser


def _list(args: argparse.Namespace) -> int:
    from fieldguide_server.records import summary  # noqa: PLC0415 - --help needs none

    session = CommandContext.start(args)
    rows = [summary(record) for record in islice(_chosen(args, session), args.limit)]
    if args.json:
        output.document({"records": rows, "enabled": session.settings.records.enabled})
        return 0
    for row in rows:
        _show_row(row)
    if not rows:
        output.line("There are no records" + ("." if args.everywhere else f" of {session.folder}."))
    if not session.settings.records.enabled:
        session.note("recording is disabled: records.enabled is false")
    return 0


def _show(args: argparse.Namespace) -> int:
    from fieldguide_server.records import summary  # noqa: PLC0415 - --help needs none

    session = CommandContext.start(args)
    record = _found(args.id) if args.id else next(_chosen(args, session), None)
    if record is None:
        raise UsageError("there are no records of this folder")
    if args.json:
        output.document(record)
        return 0
    _show_row(summary(record))
    for message in record.get("prompt", ()):
        _section(f"prompt: {message['role']}", message["content"])
    for number, draft in enumerate(record.get("drafts", ()), 1):
        if draft["asked"]:
            _section("problems found by the checks", draft["asked"])
        _section(f"draft {number} of the model, {draft['seconds']:g} s", draft["text"])
    _section("answer", record.get("answer") or record.get("heard", ""))
    if record.get("notice"):
        output.line((record["notice"], "yellow"))
    return 0


def _export(args: argparse.Namespace) -> int:
    from fieldguide_server.records import as_csv  # noqa: PLC0415 - --help needs none

    records = _chosen(args, CommandContext.start(args))
    if args.format == "csv":
        output.exact(as_csv(records))
        return 0
    for record in records:
        output.record(record)
    return 0


def _delete(args: argparse.Namespace) -> int:
    if sum(map(bool, (args.id, args.all, args.before))) != 1:
        raise UsageError("give either an ID, --all, or --before DATE")
    session = CommandContext.start(args)
    folder = None if args.everywhere else str(session.folder)
    identifier = _found(args.id)["id"] if args.id else None

    def is_selected(record: "Record") -> bool:
        if identifier is not None:
            return bool(record["id"] == identifier)
        is_in_folder = folder in (None, record.get("folder"))
        return is_in_folder and (args.before is None or record["time"][:10] < str(args.before))

    count = _records().delete(is_selected)
    if args.json:
        output.document({"deleted": count})
    else:
        output.line(f"Deleted {counted(count, 'record')}.")
    return 0


def _records() -> "Records":
    from fieldguide_server.records import Records, folder_of  # noqa: PLC0415 - --help needs none

    return Records(folder_of(os.environ))


def _chosen(args: argparse.Namespace, session: CommandContext) -> "Iterator[Record]":
    return _records().newest_first(None if args.everywhere else Path(session.folder))


def _found(identity: str) -> "Record":
    record = _records().find(identity)
    if record is None:
        raise UsageError(f"there is no record {identity} (see: fieldguide history list)")
    return record


def _show_row(row: dict[str, Any]) -> None:
    question = " ".join(str(row["question"]).split())
    if len(question) > _MAX_QUESTION_WIDTH:
        question = question[: _MAX_QUESTION_WIDTH - 1] + "…"
    answered = row["model"] if row["outcome"] != "offline" else None
    details = [str(answered or "offline"), f"{row['seconds']:g} s"]
    details += [f"{row['tokens_read']}+{row['tokens_written']} tokens"] if row["tokens_read"] else []
    details += [f"{row['problems']} problems"] if row["problems"] else []
    details += [f"cost {row['cost']:g}"] if row["cost"] is not None else []
    details += [row["outcome"]] if row["outcome"] == "stopped" else []
    output.line((row["id"], "cyan"), f"  {row['kind']}  {question}  ", (f"({', '.join(details)})", "dim"))


def _section(title: str, text: str) -> None:
    output.line((f"--- {title} ---", "bold"))
    output.line(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2026-01-31, not {text!r}") from None
