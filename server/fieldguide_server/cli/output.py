"""All that the command line writes. Results go to stdout, everything said about them to stderr.

Text that comes from a repository or a model is untrusted: ``plain`` takes out what would steer a terminal.
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
# The C0 and C1 controls but tab and newline, and the marks that turn the direction of writing.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def counted(number: int, thing: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def prepare_streams() -> None:
    """UTF-8 everywhere; a file name that is no text is written with escapes instead of failing."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def abandon() -> None:
    """Send the rest of stdout nowhere: its reader has left, and Python would complain again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def plain(text: str) -> str:
    """Return ``text`` without terminal sequences and control characters."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def is_terminal() -> bool:
    """Return whether somebody watches the result as it is written."""
    return sys.stdout.isatty()


def line(*spans: Span) -> None:
    """One line of result for people. A span is a text, or a text with a style ("bold", "cyan", "dim" …)."""
    _write_line(sys.stdout, _plain_spans(spans))


def note(text: str) -> None:
    """One line for people beside the result, on stderr."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def aside(*spans: Span) -> None:
    """One line for people beside the result, on stderr, with styles as ``line`` has them."""
    _write_line(sys.stderr, _plain_spans(spans))
    sys.stderr.flush()


def stream(text: str) -> None:
    """A piece of a text that is still being written."""
    sys.stdout.write(plain(text))
    sys.stdout.flush()


def exact(text: str) -> None:
    """The content of a file: byte for byte into a pipe, harmless on a terminal."""
    sys.stdout.write(plain(text) if sys.stdout.isatty() else text)


def document(value: object) -> None:
    """One JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def record(value: object) -> None:
    """One JSON object on one line, sent at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(*, quiet: bool) -> Iterator["Callable[[Progress], None]"]:
    """Hand out a function that draws a bar on stderr; it draws nothing where nobody would see it move."""
    if quiet or not _coloured(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for people at a terminal
    from rich.progress import BarColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description:10}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Bars(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(step: "Progress") -> None:
            task = tasks.get(step.phase)
            if task is None:
                task = tasks[step.phase] = bars.add_task(step.phase.capitalize(), told="")
            bars.update(task, completed=step.done, total=step.total or None, told=step.text)

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

    # Text is never read as markup, so brackets in code stay brackets.
    Console(file=target, highlight=False, soft_wrap=True).print(Text.assemble(*spans))


def _coloured(target: TextIO) -> bool:
    return target.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
