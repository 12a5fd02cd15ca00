"""Security checks: dangerous calls in Python, found by bandit, and secrets in any language."""

import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fieldguide_indexer import redact
from fieldguide_server.review.python_source import PythonSource
from fieldguide_server.review.types import LineProblem

log = logging.getLogger(__name__)

_SECONDS = 20.0
# Calls that are dangerous in nearly every program. Bandit's other tests would flag half of all example code: asserts, any use
# of subprocess, binding to all interfaces, requests without a timeout …
_TESTS = (
    "B102", "B202", "B302", "B304", "B305", "B306", "B307", "B323", "B324", "B501", "B502", "B503", "B504", "B505",
    "B506", "B507", "B601", "B602", "B604", "B605", "B608", "B609", "B701", "B702",
)  # fmt: skip
# None of these tests can report code without one of these words; most code has none and needs no bandit process.
_WORDS = re.compile(
    r"exec|eval|extractall|marshal|md[245]|sha1?\b|hashlib|crypt|cipher|mktemp|input|ssl|tls|verify|yaml|snmp|paramiko|ssh"
    r"|popen|spawn|system|shell|subprocess|commands|select|insert|update|delete|replace|jinja|mako|template|key|policy",
    re.IGNORECASE,
)


def secrets_in(code: str) -> list[LineProblem]:
    """Return the lines with what looks like a secret."""
    redacted, count = redact(code)
    if not count:
        return []
    lines = zip(code.split("\n"), redacted.split("\n"), strict=True)
    message = "this looks like a real secret; read it from the environment or a secret store instead"
    return [
        LineProblem(number, message) for number, (before, after) in enumerate(lines, 1) if before != after
    ]


def dangers_in(blocks: Mapping[int, Sequence[PythonSource]]) -> dict[int, list[LineProblem]] | None:
    """Return bandit's findings in the Python of each block; None if bandit could not be run.

    Bandit runs in a process of its own: its command line is its stable interface, and it stays out of our memory.
    """
    blocks = {
        number: sources
        for number, sources in blocks.items()
        if any(_WORDS.search(source.text) for source in sources)
    }
    if not blocks:
        return {}
    with tempfile.TemporaryDirectory(prefix="fieldguide-review-") as folder:
        shifts: dict[str, tuple[int, int]] = {}
        for number, sources in blocks.items():
            for at, source in enumerate(sources):
                name = f"block_{number}_{at}.py"
                (Path(folder) / name).write_text(source.text, encoding="utf-8", newline="\n")
                shifts[name] = (number, source.shift)
        findings = _bandit(folder, sorted(shifts))
    if findings is None:
        return None
    found: dict[int, list[LineProblem]] = {}
    for finding in findings:
        number, shift = shifts[Path(finding["filename"]).name]
        text = " ".join(str(finding["issue_text"]).split()).rstrip(".")
        found.setdefault(number, []).append(
            LineProblem(int(finding["line_number"]) - shift, f"{text} ({finding['test_id']})")
        )
    return found


def _bandit(folder: str, names: Sequence[str]) -> list[dict[str, str]] | None:
    # -I: do not import from the current folder or the user's PYTHONPATH.
    command = [
        sys.executable,
        "-I",
        "-m",
        "bandit",
        "-q",
        "-f",
        "json",
        "--ignore-nosec",
        "-t",
        ",".join(_TESTS),
        *names,
    ]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
        findings: list[dict[str, str]] = json.loads(run.stdout)["results"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        log.warning("bandit could not be run: %s", error)
        return None
    return findings
