"""Takes out of an environment what a check refused, and says so."""

from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.targets import RENDERERS
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Failure, Task
from fieldguide_server.configgen.validate import VALIDATORS

MAX_ROUNDS = 10


def repaired(
    environment: DevEnvironment, repo: Repository, target: str
) -> tuple[tuple[ConfigFile, ...], list[str]]:
    """Files with no failures left, and a sentence for everything that had to go.

    A failure that no line can be blamed for empties the environment: nothing is better than a file that the
    platform would drop whole.
    """
    reasons: list[str] = []
    for _ in range(MAX_ROUNDS):
        files = RENDERERS[target](environment)
        failures = VALIDATORS[target](files, repo)
        if not failures:
            return files, reasons
        reasons += [_reason(failure) for failure in failures]
        environment = _without(environment, failures)
    return RENDERERS[target](DevEnvironment(unknown=environment.unknown)), reasons


def _reason(failure: Failure) -> str:
    return f"Left out `{failure.command}`: {failure.message}" if failure.command else failure.message


def _without(environment: DevEnvironment, failures: Sequence[Failure]) -> DevEnvironment:
    bad = {failure.command for failure in failures if failure.command}
    if not bad:
        return DevEnvironment(unknown=environment.unknown)
    tasks = [_clean(task, bad) for task in environment.tasks]
    return replace(environment, tasks=tuple(task for task in tasks if not task.is_empty))


def _clean(task: Task, bad: set[str]) -> Task:
    """A task without the refused lines; nothing is left of one that cannot enter its folder."""
    if any(line in bad and line.startswith("cd ") for line in task.before):
        return Task(task.name)
    return replace(
        task,
        before=tuple(line for line in task.before if line not in bad),
        init=tuple(line for line in task.init if line not in bad),
        command=tuple(line for line in task.command if line not in bad),
    )
