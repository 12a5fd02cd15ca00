"""The evidence for a line of a config file: for readers of generated files, and for hovers."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from fieldguide_server.configgen.checks.scripts import scripts
from fieldguide_server.configgen.reading.repository import Repository, join
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.project_tools import working_folder
from fieldguide_server.configgen.tools.task_runners import task_runner
from fieldguide_server.configgen.types import STATED, ConfigFile, Evidence, ExplainedLine, Key

COMMANDS = frozenset(
    {Key.INSTALL, Key.SETUP, Key.BUILD, Key.START, Key.COMPANION, Key.SERVICE, Key.PREPARE, Key.TEST}
)
# They show that a folder or a tool chain is used at all.
FOUNDATIONS = frozenset({Key.INSTALL, Key.VERSION, Key.START})
NAMES = frozenset({Key.EXTENSION, Key.PACKAGE})
# The names of databases in the names of images.
DATABASE_IMAGES = {"postgresql": "postgres", "mysql": "mysql", "mongodb": "mongodb"}
# The characters around a command in a config file: a dash, a key, quotes.
BEFORE_COMMAND = re.compile(r"^[ \t]*(?:-\s+)?(?:\"?[\w.-]+\"?:\s+)?[|>]?[\"']?")
AFTER_COMMAND = re.compile(r"[\"'],?\s*$")


def explain(files: Sequence[ConfigFile], evidence: Sequence[Evidence]) -> tuple[ExplainedLine, ...]:
    """Return the lines of the files that evidence supports, in order."""
    found = []
    for file in files:
        for number, line in enumerate(file.content.split("\n"), start=1):
            if line.strip() and (because := tuple(evidence_for(line, evidence))):
                found.append(ExplainedLine(file.path, number, line.strip(), because))
    return tuple(found)


def evidence_for(line: str, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """Yield the evidence for a line, each once."""
    if line.lstrip().startswith(("#", "//")):
        return
    seen: set[tuple[str, str, int]] = set()
    for item in evidence:
        place = (item.value, item.path, item.line)
        if place not in seen and _supports(item, line):
            seen.add(place)
            yield item


def _supports(item: Evidence, line: str) -> bool:
    # The comment of a port names the line that it comes from.
    return f"# {item.path}:{item.line}" in line or _introduces(item, line) or _names(item, line)


def _introduces(item: Evidence, line: str) -> bool:
    """Return whether a line enters the folder of the evidence, or sets up its tool chain."""
    return item.key in FOUNDATIONS and (
        (item.folder != "" and item.folder in line and _entered(item.folder).search(line) is not None)
        or (item.stack in line and _set_up(item.stack).search(line) is not None)
    )


def _names(item: Evidence, line: str) -> bool:
    """Return whether a line contains the value of the evidence as its kind of value."""
    if item.key in COMMANDS or item.key in NAMES:
        return item.value in line and _complete(item.value).search(line) is not None
    if item.key is Key.PORT:
        return item.value in line and _number(item.value).search(line.partition(" #")[0]) is not None
    if item.key is Key.VARIABLE:
        name, _, value = item.value.partition("=")
        return name in line and value in line
    if item.key is Key.DATABASE:
        return f"workspace-{DATABASE_IMAGES.get(item.value, '-')}" in line
    if item.key is Key.VERSION:
        return "ersion" in line and (item.value in line or item.path in line)
    return False


@cache
def _entered(folder: str) -> re.Pattern[str]:
    return re.compile(rf"(?:\bcd|working-directory:)\s+['\"]?{re.escape(folder)}(?![\w./-])")


@cache
def _set_up(stack: str) -> re.Pattern[str]:
    """Return the pattern of a tool chain as a feature or as a set-up action."""
    return re.compile(rf"(?:features/|/setup-){re.escape(stack)}[:@]")


@cache
def _complete(value: str) -> re.Pattern[str]:
    """Return the pattern of a complete value: ``npm run dev`` is not in ``npm run dev:all``."""
    return re.compile(rf"(?<![\w:./-]){re.escape(value)}(?![\w:/-])")


@cache
def _number(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.]){value}(?![\d.])")


def command_evidence(line: str, repo: Repository) -> Iterator[Evidence]:
    """Yield evidence for each name in a line that is a script, a target or a file of the repository."""
    text = AFTER_COMMAND.sub("", BEFORE_COMMAND.sub("", line, count=1))
    for command in split_quietly(text):
        if command.folder is not None:
            yield from _script(command, repo)
            yield from _target(command, repo)
            yield from _file(command, repo)


def _script(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    folder = working_folder(command)
    listed = scripts(repo, folder) if command.program in NODE_MANAGERS else {}
    for name in [word for word in command.positional() if word in listed][:1]:
        path = join(folder, "package.json")
        line = repo.line(path, '"scripts"', f'"{name}"')
        yield Evidence(Key.SETUP, str(listed[name]), path, line, STATED, folder, "node", f"the script {name}")


def _target(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    runner = task_runner(repo, working_folder(command))
    if runner is None or runner.program != command.program:
        return
    for name in [word for word in command.positional() if word in runner.targets][:1]:
        value, note = f"{command.program} {name}", f"the target {name}"
        line = repo.line(runner.path, f"\n{name}:", name)
        yield Evidence(Key.SETUP, value, runner.path, line, STATED, "", "runner", note)


def _file(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    for word in command.words[:2]:
        path = enter(command.folder, word)
        if path and path in repo.files:
            yield Evidence(Key.SETUP, path, path, 1, STATED, "", "", "the file")
