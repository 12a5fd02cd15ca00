"""The entry point: the parser of all commands, and the one place that turns errors into a sentence and an exit status."""

import argparse
import os
import sys
from collections.abc import Sequence

from fieldguide_server import __version__
from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Parser, UsageError
from fieldguide_server.cli.commands import (
    ask,
    config,
    doctor,
    explain,
    generate_config,
    history,
    index,
    mcp,
    models,
    search,
    serve,
    status,
)
from fieldguide_server.services import Services

COMMANDS = (serve, index, search, ask, explain, generate_config, history, status, models, config, doctor, mcp)
INTERRUPTED = 130
READER_GONE = 141


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. It imports none of the modules that do their work."""
    parser = Parser(
        prog="fieldguide", description="An expert on your codebase: cited answers, offline by default."
    )
    parser.add_argument("--version", action="version", version=f"fieldguide {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(subparsers)
    return parser


def run(argv: Sequence[str], services: Services | None = None) -> int:
    """Run one command and return its exit status. No exception leaves this function."""
    output.prepare_streams()
    log_level = os.environ.get("FIELDGUIDE_LOG", "").upper()
    try:
        args = build_parser().parse_args(argv)
        log_level = "DEBUG" if args.verbose else log_level
        _start_logging(log_level)
        args.services = services or Services()
        code = int(args.run(args))
        sys.stdout.flush()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return READER_GONE
    except Exception as error:  # noqa: BLE001 - the boundary: users get a sentence, the log gets the rest
        return _failed(error, verbose=log_level == "DEBUG")
    return code


def _failed(error: Exception, *, verbose: bool) -> int:
    import logging  # noqa: PLC0415 - --version and --help need none

    if verbose:
        logging.getLogger(__name__).error("the command failed", exc_info=error)
    output.note(f"fieldguide: {_sentence(error)}")
    return 2 if isinstance(error, UsageError) else 1


def _sentence(error: Exception) -> str:
    from fieldguide_indexer import FieldguideError  # noqa: PLC0415 - --version and --help need none

    if isinstance(error, FieldguideError | UsageError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'system error'}: {error.strerror}"
    return f"unexpected error ({type(error).__name__}); run with --verbose for details"


def _start_logging(level: str) -> None:
    import logging  # noqa: PLC0415 - --version and --help need none

    logging.basicConfig(
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level="WARNING",
    )
    chosen = level if level in logging.getLevelNamesMapping() else "WARNING"
    # Only our own packages: libraries log complete payloads, which contain the user's source.
    for name in ("fieldguide_server", "fieldguide_indexer"):
        logging.getLogger(name).setLevel(chosen)
