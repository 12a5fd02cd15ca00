"""Output of the command line. Results go to stdout, everything else to stderr.

Text from a repository or a model is untrusted: ``plain`` removes what would control a terminal.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO, TypeAlias

if TYPE_CHECKING:
    from rich.progress import TaskID

    from fieldguide_indexer import Progress

Span: TypeAlias = "str | tuple[str, str]"
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
# The C0 and C1 control characters except tab and newline, and the marks that change the direction of text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def counted(number: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def prepare_streams() -> None:
    """Use UTF-8 for all streams. File names that are not valid text are escaped."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def abandon() -> None:
    """Discard the rest of stdout: its reader has gone, and flushing it at exit would fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def plain(text: str) -> str:
    """Return ``text`` without terminal sequences and control characters."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def is_terminal() -> bool:
    """Return whether stdout is a terminal."""
    return sys.stdout.isatty()


def line(*spans: Span) -> None:
    """Write one line of the result. A span is a string, or a string with a style ("bold", "cyan", "dim" …)."""
    _write_line(sys.stdout, _plain_spans(spans))


def note(text: str) -> None:
    """Write one line about the result to stderr."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def aside(*spans: Span) -> None:
    """Write one line about the result to stderr, with styles as in ``line``."""
    _write_line(sys.stderr, _plain_spans(spans))
    sys.stderr.flush()


def stream(text: str) -> None:
    """Write a piece of a text that is still being generated."""
    sys.stdout.write(plain(text))
    sys.stdout.flush()


def exact(text: str) -> None:
    """Write the content of a file: unchanged into a pipe, sanitized on a terminal."""
    sys.stdout.write(plain(text) if sys.stdout.isatty() else text)


def document(value: object) -> None:
    """Write one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def record(value: object) -> None:
    """Write one JSON object on one line, and flush it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(*, quiet: bool) -> Iterator["Callable[[Progress], None]"]:
    """Yield a function that draws a progress bar on stderr; it draws nothing if stderr is not a terminal."""
    if quiet or not _coloured(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for people at a terminal
    from rich.progress import BarColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description:10}"), BarColumn(), TextColumn("{task.fields[text]}"))
    with Bars(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(step: "Progress") -> None:
            task = tasks.get(step.phase)
            if task is None:
                task = tasks[step.phase] = bars.add_task(step.phase.capitalize(), text="")
            bars.update(task, completed=step.done, total=step.total or None, text=step.text)

        yield draw


def _plain_spans(spans: Sequence[Span]) -> list[tuple[str, str]]:
    pairs = [(span, "") if isinstance(span, str) else span for span in spans]
    return [(plain(text), style) for text, style in pairs]


def _write_line(target: TextIO, spans: list[tuple[str, str]]) -> None:
    if not _coloured(target):
        target.write("".join(text for text, _ in spans) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - only for people at a terminal
    from rich.text import Text  # noqa: PLC0415

    # Text.assemble does not parse markup, so brackets in code stay as they are.
    Console(file=target, highlight=False, soft_wrap=True).print(Text.assemble(*spans))


def _coloured(target: TextIO) -> bool:
    return target.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
