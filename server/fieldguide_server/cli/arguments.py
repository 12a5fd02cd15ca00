"""Arguments shared by the commands."""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import NoReturn, TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_PLACE = re.compile(r"(?P<file>.+?):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?")


class UsageError(Exception):
    """The arguments do not fit together; exit status 2.

    Not part of the project's error tree: it never leaves the command line, and importing the tree would slow start-up.
    """


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that reports errors in the format of all other errors."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with status 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"fieldguide: {message}\n")


def add_common(parser: argparse.ArgumentParser, *, path_flag: bool = True) -> None:
    """Add the flags of all commands that work on a workspace folder."""
    if path_flag:
        parser.add_argument(
            "--path", default=".", metavar="PATH", help="workspace folder (default: the current folder)"
        )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_verbosity(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=assignment,
        metavar="KEY=VALUE",
        help="a setting for this run, such as model.temperature=0 (see: fieldguide config)",
    )


def add_model(parser: argparse.ArgumentParser, *, is_switch: bool = False) -> None:
    """Add the flag that selects the language model. As a switch it takes an optional value; the default is the settings' model."""
    values = "a profile, a model, or both as PROFILE:MODEL (see: fieldguide models)"
    if is_switch:
        parser.add_argument(
            "--model",
            nargs="?",
            const="",
            metavar="NAME",
            help=f"also ask a language model: that of the settings, or {values}",
        )
    else:
        parser.add_argument("--model", metavar="NAME", help=f"language model for this run: {values}")


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """Add the flags for the amount of output on stderr."""
    parser.add_argument("--quiet", action="store_true", help="print only errors on stderr")
    parser.add_argument("--verbose", action="store_true", help="log details on stderr")


def assignment(text: str) -> tuple[str, str]:
    """Return ``KEY=VALUE`` as a pair."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, not {text!r}")
    return key.strip(), value


def positive(text: str) -> int:
    """Return an integer from 1 to 10000."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"expected an integer from 1 to 10000, not {text!r}")
    return int(text)


def place(text: str) -> tuple[str, int, int]:
    """Return ``FILE:LINE[-LINE]`` as file, first line and last line, both 1-based and within the range."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected FILE:LINE or FILE:LINE-LINE, not {text!r}")
    start = int(match["start"])
    end = int(match["end"] or start)
    if not 1 <= start <= end:
        raise argparse.ArgumentTypeError(f"expected lines from 1 in ascending order, not {start}-{end}")
    return match["file"], start, end


def path_in(folder: Path, file: str) -> str:
    """Return the path of a file relative to the workspace folder, with ``/``; absolute if it lies outside.

    The file need not exist. It is looked for relative to the current folder first, then to the workspace folder.
    """
    candidates = [Path(os.path.normpath(above.resolve() / file)) for above in (Path.cwd(), folder)]
    inside = [path for path in candidates if path.is_relative_to(folder)]
    chosen = next((path for path in inside if os.path.lexists(path)), (inside or candidates)[0])
    return chosen.relative_to(folder).as_posix() if chosen in inside else chosen.as_posix()


def relative_path(folder: Path, file: str) -> str:
    """Return the path of a file relative to the workspace folder, with ``/``; ``file`` may be relative to the current folder.

    Raises:
        UsageError: The file does not exist, is a folder, or is outside of the workspace folder.
    """
    for candidate in (folder / file, Path.cwd() / file):
        path = candidate.resolve()
        if path.is_file() and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    if (Path.cwd() / file).is_dir() or (folder / file).is_dir():
        raise UsageError(f"{file} is a folder; name a file in it")
    raise UsageError(f"there is no file {file} in {folder}")
