"""Which evidence a line of a config file stands on: for the reader of a generated file, and for a hover on one's own."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from fieldguide_server.configgen.types import ConfigFile, Evidence, Explained, Key

COMMANDS = frozenset(
    {Key.INSTALL, Key.SETUP, Key.BUILD, Key.START, Key.COMPANION, Key.SERVICE, Key.PREPARE, Key.TEST}
)
# They say that a folder or a tool chain is worked with at all.
FOUNDING = frozenset({Key.INSTALL, Key.VERSION, Key.START})
NAMES = frozenset({Key.EXTENSION, Key.PACKAGE})
# What a database's name becomes in an image's name or a wait.
DATABASE_WORDS = {"postgresql": "postgres", "mysql": "mysql", "mongodb": "mongodb"}


def explain(files: Sequence[ConfigFile], evidence: Sequence[Evidence]) -> tuple[Explained, ...]:
    """Return every line of the files that some evidence speaks for, in order."""
    found = []
    for file in files:
        for number, line in enumerate(file.content.split("\n"), start=1):
            if line.strip() and (because := tuple(evidence_for(line, evidence))):
                found.append(Explained(file.path, number, line.strip(), because))
    return tuple(found)


def evidence_for(line: str, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """Yield the evidence whose value stands in a line, each once."""
    if line.lstrip().startswith(("#", "//")):
        return
    seen: set[tuple[str, str, int]] = set()
    for item in evidence:
        place = (item.value, item.path, item.line)
        if place not in seen and _speaks_for(item, line):
            seen.add(place)
            yield item


def _speaks_for(item: Evidence, line: str) -> bool:
    # A port's comment names the line that it comes from.
    return f"# {item.path}:{item.line}" in line or _founds(item, line) or _names(item, line)


def _founds(item: Evidence, line: str) -> bool:
    """Return whether a line enters the folder, or sets the tool chain up, that the evidence is of."""
    return item.key in FOUNDING and (
        (item.folder != "" and item.folder in line and _entered(item.folder).search(line) is not None)
        or (item.stack in line and _set_up(item.stack).search(line) is not None)
    )


def _names(item: Evidence, line: str) -> bool:
    """Return whether the evidence's value stands in a line, as that kind of value does."""
    if item.key in COMMANDS or item.key in NAMES:
        return item.value in line and _whole(item.value).search(line) is not None
    if item.key is Key.PORT:
        return item.value in line and _number(item.value).search(line.partition(" #")[0]) is not None
    if item.key is Key.VARIABLE:
        name, _, value = item.value.partition("=")
        return name in line and value in line
    if item.key is Key.DATABASE:
        return f"workspace-{DATABASE_WORDS.get(item.value, '-')}" in line
    if item.key is Key.VERSION:
        return "ersion" in line and (item.value in line or item.path in line)
    return False


@cache
def _entered(folder: str) -> re.Pattern[str]:
    return re.compile(rf"(?:\bcd|working-directory:)\s+['\"]?{re.escape(folder)}(?![\w./-])")


@cache
def _set_up(stack: str) -> re.Pattern[str]:
    """Return a tool chain as a feature of a devcontainer, or as an action."""
    return re.compile(rf"(?:features/|/setup-){re.escape(stack)}[:@]")


@cache
def _whole(value: str) -> re.Pattern[str]:
    """Return the value as a whole: ``npm run dev`` is not in ``npm run dev:all``."""
    return re.compile(rf"(?<![\w:./-]){re.escape(value)}(?![\w:/-])")


@cache
def _number(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.]){value}(?![\d.])")
