"""``fieldguide config``: all settings with their values and origins."""

import argparse
import os

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common
from fieldguide_server.cli.command_context import CommandContext


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("config", help="show all settings, their values and origins")
    add_common(parser)
    parser.set_defaults(run=run)


def _files(session: CommandContext) -> dict[str, str]:
    from fieldguide_server.settings import WORKSPACE_FILE, user_file  # noqa: PLC0415 - --help needs no settings

    return {
        "user_file": str(user_file(os.environ)),
        "workspace_file": str(session.folder / WORKSPACE_FILE),
    }


def run(args: argparse.Namespace) -> int:
    """Show the settings. For keys, only the variable and whether it is set are shown, never the value."""
    session = CommandContext.start(args)
    rows, files = _rows(session), _files(session)
    if args.json:
        output.document({**files, "settings": rows, "problems": list(session.loaded.problems)})
        return 0
    width = max(len(str(row["key"])) for row in rows)
    for row in rows:
        origin = "" if row["origin"] == "default" else f"  ({row['origin']})"
        is_set = ("  is set" if row["is_set"] else "  is not set") if "is_set" in row else ""
        output.line(f"{row['key']:{width}}  ", (_formatted(row["value"]), "bold"), is_set, (origin, "dim"))
    output.line(("Read from {user_file}, and from {workspace_file}".format(**files), "dim"))
    return 0


def _rows(session: CommandContext) -> list[dict[str, object]]:
    from fieldguide_server.settings import schema  # noqa: PLC0415 - --help needs no settings

    rows = []
    for key, spec in schema().items():
        value = session.settings.value(key)
        row: dict[str, object] = {
            "key": key,
            "value": value,
            "origin": session.loaded.origins[key],
            "default": spec.default,
            "doc": spec.doc,
            "scope": spec.scope,
        }
        if spec.form == "variable":
            row["is_set"] = bool(os.environ.get(str(value)))
        rows.append(row)
    return rows


def _formatted(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value) if value != "" else '""'
