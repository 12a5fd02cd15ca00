"""A plan that may grow, and the words in which it refuses to."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from fieldguide_server.configgen.additions.types import Addition, Refusal, Why
from fieldguide_server.configgen.plan.plan import MAX_TASKS
from fieldguide_server.configgen.reading.evidence_index import Facts
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import DevEnvironment, Evidence, Task

Grown: TypeAlias = DevEnvironment | Refusal


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that may grow, with all evidence that it was weighed from."""

    environment: DevEnvironment
    facts: Facts
    repo: Repository

    def task_in(self, folder: str) -> Task | None:
        """Return the first terminal of a folder."""
        tasks = self.environment.tasks
        return next((task for task in tasks if task.folder == folder and not task.service), None)

    def starts_in(self, folder: str) -> list[str]:
        """Return what is started in a folder."""
        tasks = self.environment.tasks
        return [line for task in tasks if task.folder == folder and not task.service for line in task.start]

    def with_task(self, task: Task, *, without: str = "") -> DevEnvironment:
        """Return the plan with a task put in place of its folder's first, or behind all; ``without`` is unknown no more."""
        old, tasks = self.task_in(task.folder), self.environment.tasks
        tasks = tuple(task if each is old else each for each in tasks) if old else (*tasks, task)
        unknown = tuple(sentence for sentence in self.environment.unknown if sentence != without)
        return replace(self.environment, tasks=tasks, unknown=unknown)

    def new_task(self, folder: str, title: str) -> Task | None:
        """Return a terminal for a folder that has none; None where there are enough of them."""
        if len(self.environment.tasks) >= MAX_TASKS:
            return None
        shown = f"{folder}: {title}" if folder else title
        taken = {task.name for task in self.environment.tasks}
        return Task(shown if shown not in taken else f"{shown} {len(taken) + 1}", folder)


def conflict(addition: Addition, item: Evidence, told: str) -> Refusal:
    """Return the refusal that names the line which says otherwise."""
    return Refusal(Why.CONFLICT, f"`{item.value}` ({item.path}:{item.line}) {told}.", addition)


def known(addition: Addition) -> Refusal:
    """Return the refusal of what is there."""
    return Refusal(Why.KNOWN, "The plan has it already.", addition)


def too_many(addition: Addition) -> Refusal:
    """Return the refusal of one more than a file can bear."""
    return Refusal(Why.NO_PLACE, "The plan has as many of these as a file should.", addition)
