"""The parser of all commands, and the one place where errors become a sentence and an exit status."""

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
    """Return every command with its flags. Light: no command's work is imported by it."""
    parser = Parser(
        prog="fieldguide", description="An expert on your codebase: cited answers, offline by default."
    )
    parser.add_argument("--version", action="version", version=f"fieldguide {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(subparsers)
    return parser


def run(argv: Sequence[str], services: Services | None = None) -> int:
    """Run one command and answer its exit status. No exception leaves this function."""
    output.prepare_streams()
    wanted = os.environ.get("FIELDGUIDE_LOG", "").upper()
    try:
        args = build_parser().parse_args(argv)
        wanted = "DEBUG" if args.verbose else wanted
        _start_logging(wanted)
        args.services = services or Services()
        code = int(args.run(args))
        sys.stdout.flush()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return READER_GONE
    except Exception as error:  # noqa: BLE001 - the boundary: users get a sentence, the log gets the rest
        return _failed(error, verbose=wanted == "DEBUG")
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
        return f"{error.filename or 'the system says'}: {error.strerror}"
    return f"something unexpected went wrong ({type(error).__name__}); --verbose says more"


def _start_logging(level: str) -> None:
    import logging  # noqa: PLC0415 - --version and --help need none

    logging.basicConfig(
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level="WARNING",
    )
    chosen = level if level in logging.getLevelNamesMapping() else "WARNING"
    # Only our own rooms get talkative: others log whole payloads, which are the user's source.
    for name in ("fieldguide_server", "fieldguide_indexer"):
        logging.getLogger(name).setLevel(chosen)
