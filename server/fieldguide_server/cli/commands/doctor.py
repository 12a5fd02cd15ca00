"""``fieldguide doctor``: check the installation, the settings and the index."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, add_common
from fieldguide_server.cli.command_context import CommandContext
from fieldguide_server.settings import EDITOR_MODELS

if TYPE_CHECKING:
    from fieldguide_indexer import HealthCheck


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="check the installation, the settings and the index")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the result of each check; exit status 1 if one of them failed."""
    session = CommandContext.start(args, shows_problems=False)
    checks = list(_checks(session))
    if args.json:
        output.document([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = ("✓", "green") if check.ok else ("✗", "red")
            output.line(mark, (f" {check.name:10}", "bold"), check.text)
    return 0 if all(check.ok for check in checks) else 1


def _checks(session: CommandContext) -> "Iterator[HealthCheck]":
    from fieldguide_indexer import FieldguideError, HealthCheck, State, diagnose  # noqa: PLC0415 - heavy

    problems = session.loaded.problems
    yield HealthCheck("settings", ok=not problems, text="; ".join(problems) or "All settings are valid.")
    yield from diagnose(session.folder, session.settings.index_options())
    try:
        with session.index() as index:
            status = index.status()
    except FieldguideError as error:
        yield HealthCheck("index", ok=False, text=str(error))
        return
    text = status.reason or f"{status.files} files in {status.chunks} chunks: {status.state}."
    yield HealthCheck("index", ok=status.state is not State.DEGRADED, text=text)
    limit = session.settings.index.memory_mib
    text = f"The index uses {status.memory_mib} MiB of memory; the limit is {limit} MiB."
    yield HealthCheck("memory", ok=status.memory_mib <= limit, text=text)
    yield HealthCheck("model", ok=not session.settings.model.off, text=_model(session))


def _model(session: CommandContext) -> str:
    model = session.settings.model
    if model.off:
        return model.off
    if not model.title:
        return "No language model is configured: answers are offline."
    if model.profile == EDITOR_MODELS:
        return f"{model.title} is provided by your editor; in the shell, answers are offline."
    return f"{model.title} at {model.address} is configured; it was not contacted."
