"""Removes from a plan what the checks refuse, with the reasons."""

from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.types import DevEnvironment, Problem, Task

MAX_ROUNDS = 10


def repair(environment: DevEnvironment, repo: Repository) -> tuple[DevEnvironment, list[str]]:
    """Return the plan without problems, and a sentence for everything that was removed."""
    reasons: list[str] = []
    for _ in range(MAX_ROUNDS):
        problems = check_environment(environment, repo)
        if not problems:
            return environment, reasons
        reasons += [f"Left out `{problem.command}`: {problem.message}" for problem in problems]
        environment = _without(environment, problems)
    return DevEnvironment(unknown=environment.unknown), reasons


def _without(environment: DevEnvironment, problems: Sequence[Problem]) -> DevEnvironment:
    """Return the plan without the refused commands, and without the ports that nothing listens on any more."""
    refused = {problem.command for problem in problems}
    tasks = tuple(kept for task in environment.tasks if (kept := _without_lines(task, refused)).lines)
    signals = {task.signal for task in tasks}
    # No task waits for one that was removed.
    tasks = tuple(task if task.after in signals else replace(task, after="") for task in tasks)
    started = {line for task in tasks for line in task.start}
    ports = tuple(port for port in environment.ports if not port.needs or started & {*port.needs})
    checks = tuple(check for check in environment.checks if check.command not in refused)
    return replace(environment, tasks=tasks, ports=ports, checks=checks)


def _without_lines(task: Task, refused: set[str]) -> Task:
    """Return the task without the refused lines; without any if its folder cannot be entered."""
    if f"cd {quoted(task.folder)}" in refused:
        return Task(task.name)
    return replace(
        task,
        prepare=tuple(line for line in task.prepare if line not in refused),
        setup=tuple(line for line in task.setup if line not in refused),
        late=tuple(line for line in task.late if line not in refused),
        start=tuple(line for line in task.start if line not in refused),
    )
