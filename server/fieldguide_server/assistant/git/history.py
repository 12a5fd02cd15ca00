"""The last change of some lines, from ``git blame``, in a way that no repository can use to run a program.

Repositories are untrusted. Blaming the work tree would run the filters that its configuration names, so the committed
text is blamed and the lines are found in it; text conversion, lazy fetching and every transport are off.
"""

import logging
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldguide_indexer import decode, git_command, git_environment
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.sanitizer import clean

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 2.0
# The repository's value may name a missing file, which would be an error.
_CONFIG = ("blame.ignoreRevsFile=",)
_LINES_TO_MATCH = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A commit: its short hash, author, day (``2026-01-31``) and the first line of its message."""

    commit: str
    author: str
    day: str
    summary: str


def last_change(folder: Path, path: str, lines: Sequence[str], start: int, end: int) -> Change | None:
    """Return the latest commit that changed lines of a file; None if they are not committed, or git fails.

    Args:
        folder: The workspace folder.
        path: The path of a file, relative to the folder, with ``/``.
        lines: The lines of the file as they are now.
        start: The first line, 1-based.
        end: The last line, inclusive.
    """
    committed = decode(_git(folder, "cat-file", "blob", f"HEAD:./{path}"), keep_line_ends=True)
    shift = _shift(split_lines(committed), lines, start, end) if committed else None
    if shift is None:
        return None
    blame = (
        "blame",
        "--porcelain",
        "--no-textconv",
        "-L",
        f"{start + shift},{end + shift}",
        "HEAD",
        "--",
        path,
    )
    return _latest(_git(folder, *blame).decode("utf-8", "replace"))


def _shift(old: Sequence[str], new: Sequence[str], start: int, end: int) -> int | None:
    """Return how many lines further down the lines are in the old text; None if not exactly once."""
    head = list(new[start - 1 : min(end, start - 1 + _LINES_TO_MATCH)])
    places = [at for at in range(len(old) - len(head) + 1) if list(old[at : at + len(head)]) == head]
    exact = start - 1 in places and list(old[start - 1 : end]) == list(new[start - 1 : end])
    if exact or not head:
        return 0 if exact else None
    return places[0] - start + 1 if len(places) == 1 and places[0] + end - start < len(old) else None


def _latest(porcelain: str) -> Change | None:
    """Return the commit with the latest date in the output of ``git blame --porcelain``."""
    commits: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    for line in porcelain.split("\n"):
        word, _, rest = line.partition(" ")
        if len(word) in (40, 64) and all(character in "0123456789abcdef" for character in word):
            fields = commits.setdefault(word, {})
        elif word in ("author", "author-time", "summary"):
            fields.setdefault(word, rest)
    dated = {name: fields for name, fields in commits.items() if fields.get("author-time", "").isdecimal()}
    if not dated:
        return None
    name = max(dated, key=lambda each: int(dated[each]["author-time"]))
    seconds = min(int(dated[name]["author-time"]), 4_000_000_000)
    day = datetime.fromtimestamp(seconds, UTC).date().isoformat()
    author, summary = (clean(dated[name].get(field, ""))[:120] for field in ("author", "summary"))
    return Change(name[:10], author, day, summary)


def _git(folder: Path, *arguments: str) -> bytes:
    """Return the output of git; empty if it fails for any reason, since an answer can do without it."""
    try:
        done = subprocess.run(
            git_command(*arguments, config=_CONFIG),
            cwd=folder,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.info("git failed: %s", error)
        return b""
    return done.stdout if done.returncode == 0 else b""
