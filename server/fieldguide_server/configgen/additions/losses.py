"""The parts of a plan or a file that an addition removed: there may be none, since additions only add."""

from collections import Counter
from collections.abc import Sequence

from fieldguide_server.configgen.checks.sessions import ShellSession
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.types import DevEnvironment, GeneratedConfig, Task

FIELDS = ("ports", "extensions", "packages", "containers", "checks", "variables", "conflicts")
PHASES = ("prepare", "setup", "late", "start")


def lost_part(before: DevEnvironment, after: DevEnvironment) -> str:
    """Return the first part of a plan that is missing or changed, "" if there is none."""
    for task in before.tasks:
        if not any(_contains(other, task) for other in after.tasks):
            return f"the terminal {task.name}"
    for name in FIELDS:
        missing = [item for item in getattr(before, name) if item not in getattr(after, name)]
        if missing:
            return f"{name}: {missing[0]}"
    tools = {tool.stack: tool for tool in after.tools}
    for tool in before.tools:
        if tools.get(tool.stack) != tool and (tool.version or tool.stack not in tools):
            return f"the version of {tool.stack}"
    return before.database if before.database not in ("", after.database) else ""


def _contains(task: Task, old: Task) -> bool:
    attributes = ("name", "folder", "wait_port", "service")
    is_same = all(getattr(task, name) == getattr(old, name) for name in attributes)
    return is_same and all(_is_subsequence(getattr(old, phase), getattr(task, phase)) for phase in PHASES)


def _is_subsequence(items: Sequence[str], others: Sequence[str]) -> bool:
    rest = iter(others)
    return all(item in rest for item in items)


def lost_commands(before: GeneratedConfig, after: GeneratedConfig) -> list[str]:
    """Return the commands that the new files of a target run less often than the old ones."""
    missing = _commands(before) - _commands(after)
    return [" ".join(words) for words in missing]


def _commands(config: GeneratedConfig) -> Counter[tuple[str, ...]]:
    return Counter(
        command.words
        for session in _sessions(config)
        for phase in session.phases
        for command in split_quietly(phase.text)
    )


def _sessions(config: GeneratedConfig) -> list[ShellSession]:
    target = TARGETS[config.target]
    files = [file for file in config.files if target.format.matches(file.path)]
    return [
        session for file in files for session in target.sessions(parse(file.content, target.syntax).value)
    ]
