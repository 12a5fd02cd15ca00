"""That nothing is lowered: what stood in a plan, or in a file, stands there after an addition, too."""

from collections import Counter
from collections.abc import Sequence

from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.types import DevEnvironment, GeneratedConfig, Task


def lost(before: DevEnvironment, after: DevEnvironment) -> str:
    """Return what of a plan is gone or changed, in words; "" when it all stands."""
    for task in before.tasks:
        if not any(_holds(other, task) for other in after.tasks):
            return f"the terminal {task.name}"
    for name in ("ports", "extensions", "packages", "containers", "checks", "variables", "conflicts"):
        gone = [item for item in getattr(before, name) if item not in getattr(after, name)]
        if gone:
            return f"{name}: {gone[0]}"
    kept = {tool.stack: tool for tool in after.tools}
    for tool in before.tools:
        if kept.get(tool.stack) != tool and (tool.version or tool.stack not in kept):
            return f"the version of {tool.stack}"
    return before.database if before.database not in ("", after.database) else ""


def _holds(task: Task, old: Task) -> bool:
    phases = ("prepare", "setup", "late", "start")
    same = (task.name, task.folder, task.wait_port, task.service) == (
        old.name,
        old.folder,
        old.wait_port,
        old.service,
    )
    return same and all(_in_order(getattr(old, phase), getattr(task, phase)) for phase in phases)


def _in_order(wanted: Sequence[str], found: Sequence[str]) -> bool:
    rest = iter(found)
    return all(item in rest for item in wanted)


def lost_commands(before: GeneratedConfig, after: GeneratedConfig) -> list[str]:
    """Return the commands of a target's files that its new files run no more, or less often."""
    gone = _commands(before) - _commands(after)
    return [" ".join(words) for words in gone]


def _commands(config: GeneratedConfig) -> Counter[tuple[str, ...]]:
    target = TARGETS[config.target]
    return Counter(
        command.words
        for file in config.files
        if target.format.matches(file.path)
        for session in target.sessions(parse(file.content, target.syntax).value)
        for phase in session.phases
        for command in split_quietly(phase.text)
    )
