"""What the commands' arguments share."""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import NoReturn, TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_PLACE = re.compile(r"(?P<file>.+?):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?")


class UsageError(Exception):
    """The arguments make no sense together; exit status 2.

    No part of the project's error tree: it never leaves the command line, and importing the tree costs start-up.
    """


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that says what is wrong the way every other failure is said."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"fieldguide: {message}\n")


def add_common(parser: argparse.ArgumentParser, *, path_flag: bool = True) -> None:
    """The flags that every command with a workspace folder takes."""
    if path_flag:
        parser.add_argument(
            "--path", default=".", metavar="PATH", help="the workspace folder (default: this one)"
        )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_talking(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=assignment,
        metavar="KEY=VALUE",
        help="a setting for this run, as model.temperature=0 (see: fieldguide config)",
    )


def add_model(parser: argparse.ArgumentParser, *, is_switch: bool = False) -> None:
    """The flag that names the language model; as a switch it may stand alone and means the one of the settings."""
    told = "a profile, a model, or both as PROFILE:MODEL (see: fieldguide models)"
    if is_switch:
        parser.add_argument(
            "--model",
            nargs="?",
            const="",
            metavar="NAME",
            help=f"ask a language model what the rules missed: that of the settings, or {told}",
        )
    else:
        parser.add_argument("--model", metavar="NAME", help=f"for this run: {told}")


def add_talking(parser: argparse.ArgumentParser) -> None:
    """How much is said on stderr."""
    parser.add_argument("--quiet", action="store_true", help="say nothing on stderr but failures")
    parser.add_argument("--verbose", action="store_true", help="log details on stderr")


def assignment(text: str) -> tuple[str, str]:
    """Return ``KEY=VALUE`` as a pair."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, not {text!r}")
    return key.strip(), value


def positive(text: str) -> int:
    """Return a whole number of 1 or more."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 10000, not {text!r}")
    return int(text)


def place(text: str) -> tuple[str, int, int]:
    """Return ``FILE:LINE[-LINE]`` as file, first line and last line, both 1-based and within the range."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected FILE:LINE or FILE:LINE-LINE, not {text!r}")
    start = int(match["start"])
    end = int(match["end"] or start)
    if not 1 <= start <= end:
        raise argparse.ArgumentTypeError(f"lines count from 1 and run forwards, not {start}-{end}")
    return match["file"], start, end


def path_in(folder: Path, file: str) -> str:
    """Return ``file`` relative to the workspace folder, with ``/``, be it there or not; whole when it lies outside.

    It may be given relative to either the workspace folder or the current one, as it is there.
    """
    named = [Path(os.path.normpath(above.resolve() / file)) for above in (Path.cwd(), folder)]
    inside = [path for path in named if path.is_relative_to(folder)]
    place = next((path for path in inside if os.path.lexists(path)), (inside or named)[0])
    return place.relative_to(folder).as_posix() if place in inside else place.as_posix()


def relative_path(folder: Path, file: str) -> str:
    """Return ``file`` relative to the workspace folder, with ``/``; it may be given relative to the current folder too.

    Raises:
        UsageError: The file does not exist, or lies outside the folder.
    """
    for candidate in (folder / file, Path.cwd() / file):
        path = candidate.resolve()
        if path.is_file() and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    raise UsageError(f"there is no file {file} in {folder}")
