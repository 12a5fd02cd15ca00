"""Which evidence a line of a config file stands on: for the reader of a generated file, and for a hover on one's own."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from fieldguide_server.configgen.types import ConfigFile, Evidence, Explained, Key

COMMANDS = frozenset(
    {Key.INSTALL, Key.SETUP, Key.BUILD, Key.START, Key.COMPANION, Key.SERVICE, Key.PREPARE, Key.TEST}
)
NAMES = frozenset({Key.EXTENSION, Key.PACKAGE})
# What a database's name becomes in an image's name or a wait.
DATABASE_WORDS = {"postgresql": "postgres", "mysql": "mysql", "mongodb": "mongodb"}


def explain(files: Sequence[ConfigFile], evidence: Sequence[Evidence]) -> tuple[Explained, ...]:
    """Every line of the files that some evidence speaks for, in order."""
    found = []
    for file in files:
        for number, line in enumerate(file.content.split("\n"), start=1):
            if line.strip() and (because := tuple(evidence_for(line, evidence))):
                found.append(Explained(file.path, number, line.strip(), because))
    return tuple(found)


def evidence_for(line: str, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """The evidence whose value stands in a line, each once."""
    if line.lstrip().startswith(("#", "//")):
        return
    seen: set[tuple[str, str, int]] = set()
    for item in evidence:
        place = (item.value, item.path, item.line)
        if place not in seen and _speaks_for(item, line):
            seen.add(place)
            yield item


def _speaks_for(item: Evidence, line: str) -> bool:
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
def _whole(value: str) -> re.Pattern[str]:
    """The value as a whole: ``npm run dev`` is not in ``npm run dev:all``."""
    return re.compile(rf"(?<![\w:./-]){re.escape(value)}(?![\w:/-])")


@cache
def _number(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.]){value}(?![\d.])")
