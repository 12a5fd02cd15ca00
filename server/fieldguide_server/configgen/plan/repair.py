"""Takes out of an environment what a check refused, and says so."""

from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Failure, Task

MAX_ROUNDS = 10


def repaired(environment: DevEnvironment, repo: Repository) -> tuple[DevEnvironment, list[str]]:
    """Return the plan with no failures left, and a sentence for everything that had to go."""
    reasons: list[str] = []
    for _ in range(MAX_ROUNDS):
        failures = check_environment(environment, repo)
        if not failures:
            return environment, reasons
        reasons += [f"Left out `{failure.command}`: {failure.message}" for failure in failures]
        environment = _without(environment, failures)
    return DevEnvironment(unknown=environment.unknown), reasons


def rendered(
    environment: DevEnvironment, repo: Repository, target: str
) -> tuple[tuple[ConfigFile, ...], list[str]]:
    """Return a target's files; none, with the reasons, where one of its own checks fails.

    Nothing is better than a file that the platform would drop whole.
    """
    files = TARGETS[target].render(environment, repo)
    failures = validate(files, repo, target)
    return ((), [failure.message for failure in failures]) if failures else (files, [])


def _without(environment: DevEnvironment, failures: Sequence[Failure]) -> DevEnvironment:
    """Return the tasks without the refused lines, and the ports without those that nothing listens on any more."""
    bad = {failure.command for failure in failures}
    tasks = tuple(cleaned for task in environment.tasks if (cleaned := _clean(task, bad)).lines)
    signals = {task.signal for task in tasks}
    # Nobody waits for a task that is gone.
    tasks = tuple(task if task.after in signals else replace(task, after="") for task in tasks)
    running = {line for task in tasks for line in task.start}
    ports = tuple(port for port in environment.ports if not port.needs or running & {*port.needs})
    checks = tuple(check for check in environment.checks if check.command not in bad)
    return replace(environment, tasks=tasks, ports=ports, checks=checks)


def _clean(task: Task, bad: set[str]) -> Task:
    """Return a task without the refused lines; nothing is left of one that cannot enter its folder."""
    if f"cd {quoted(task.folder)}" in bad:
        return Task(task.name)
    return replace(
        task,
        prepare=tuple(line for line in task.prepare if line not in bad),
        setup=tuple(line for line in task.setup if line not in bad),
        late=tuple(line for line in task.late if line not in bad),
        start=tuple(line for line in task.start if line not in bad),
    )
