"""The plan with an addition more. Where evidence speaks already, the addition is refused and the plan stays."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fieldguide_server.configgen.additions.command_kinds import (
    brings_up,
    installs,
    is_aside,
    serves,
    stays_on,
    strays,
    uses_containers,
)
from fieldguide_server.configgen.additions.filling import FILL
from fieldguide_server.configgen.additions.growth import Grown, Plan, conflict, known, too_many
from fieldguide_server.configgen.additions.types import COMMANDS, Addition, Refusal, Why
from fieldguide_server.configgen.detect.documents import GUIDE
from fieldguide_server.configgen.plan.plan import UNKNOWN_INSTALL, UNKNOWN_START, unknown_port
from fieldguide_server.configgen.reading.repository import is_side
from fieldguide_server.configgen.types import Check, Key, Task


def grown(plan: Plan, addition: Addition) -> Grown:
    """Return the plan with this addition, or why it cannot have it."""
    if addition.key not in COMMANDS:
        return GROW[addition.key](plan, addition)
    if _is_there(plan, addition):
        return known(addition)
    if addition.folder not in plan.repo.folders:
        return Refusal(Why.CHECK, f"The folder {addition.folder} does not exist.", addition)
    if words := strays(addition.value, addition.folder, plan.repo):
        return Refusal(Why.CHECK, f"`{words[0]}` is no target.", addition)
    if is_side(addition.folder):
        reason = f"{addition.folder} shows, tests or ships the project rather than being it."
        return Refusal(Why.CONFLICT, reason, addition)
    return _weighed(plan, addition) or GROW[addition.key](plan, addition)


def _is_there(plan: Plan, addition: Addition) -> bool:
    lines = {(task.folder, line) for task in plan.environment.tasks for line in task.lines}
    lines |= {(check.folder, check.command) for check in plan.environment.checks}
    return (addition.folder, addition.value) in lines


def _weighed(plan: Plan, addition: Addition) -> Refusal | None:
    """Return what the rules found themselves and left out of the plan was weighed against something better."""
    same = [
        item
        for item in plan.facts.all
        if item.key in COMMANDS and (item.value, item.folder) == (addition.value, addition.folder)
    ]
    if not same:
        return None
    return conflict(addition, same[0], "was weighed, and the plan does without it")


def _install(plan: Plan, addition: Addition) -> Grown:
    covering = [item for item in plan.facts.of(Key.COVERS) if item.value == addition.folder]
    if found := [*plan.facts.of(Key.INSTALL, addition.folder), *covering]:
        return conflict(addition, found[0], "installs what this folder needs")
    task = plan.task_in(addition.folder) or plan.new_task(addition.folder, "Setup")
    if task is None:
        return too_many(addition)
    return plan.with_task(replace(task, setup=(addition.value, *task.setup)), without=UNKNOWN_INSTALL)


def _setup(plan: Plan, addition: Addition) -> Grown:
    task = plan.task_in(addition.folder)
    if task is None and plan.environment.tasks:
        return Refusal(Why.CONFLICT, "The plan enters no such folder: others set up what is in it.", addition)
    task = task or Task("Setup", addition.folder)
    return plan.with_task(replace(task, setup=(*task.setup, addition.value)))


def _once(plan: Plan, addition: Addition) -> Grown:
    """Return what is done once; which of it installs is told by the command, not by what it was called."""
    if installs(addition.value):
        return _install(plan, addition)
    if stays_on(addition.value, addition.folder, plan.repo):
        return Refusal(Why.CHECK, "It does not end, and set-up must.", addition)
    return _aside(addition) or _setup(plan, addition)


def _aside(addition: Addition) -> Refusal | None:
    if is_aside(addition.value):
        return Refusal(Why.CONFLICT, "It looks at the code or changes it, and readies nothing.", addition)
    if uses_containers(addition.value):
        return Refusal(
            Why.CONFLICT, "What runs in containers is a service, and set up by its image.", addition
        )
    return None


def _start(plan: Plan, addition: Addition) -> Grown:
    """Only where nothing is started, and nothing that was weighed could be."""
    if refusal := _aside(addition) or _no_start(plan, addition):
        return refusal
    task = plan.task_in(addition.folder) or plan.new_task(addition.folder, "App")
    if task is None:
        return too_many(addition)
    made = plan.with_task(replace(task, start=(addition.value,)), without=UNKNOWN_START)
    return replace(made, unknown=(*made.unknown, unknown_port(addition.value, addition.folder)))


def _no_start(plan: Plan, addition: Addition) -> Refusal | None:
    folder, starts = addition.folder, plan.facts.of(Key.START)
    if running := plan.starts_in(folder):
        return Refusal(Why.CONFLICT, f"`{running[0]}` starts what is here.", addition)
    covering = [item for item in plan.facts.of(Key.COVERS) if item.value == folder]
    if found := [*(item for item in starts if item.folder == folder), *covering]:
        return conflict(addition, found[0], "was weighed as what starts it")
    return (
        None if folder or not starts else conflict(addition, starts[0], "starts it, in a folder of its own")
    )


def _companion(plan: Plan, addition: Addition) -> Grown:
    """Return a worker or watcher beside what is started, if people are told to run it."""
    first = plan.task_in(addition.folder)
    running = plan.starts_in(addition.folder)
    if refusal := _aside(addition) or _no_companion(plan, addition, running):
        return refusal
    task = plan.new_task(addition.folder, addition.name or "Beside")
    if task is None or first is None:
        return too_many(addition)
    # Named after the terminal, as files do that mark its set-up as done: those stay what they are.
    signal = first.signal or re.sub(r"[^a-z0-9]+", "-", first.name.lower()).strip("-")
    made = plan.with_task(replace(first, signal=signal))
    beside = replace(task, start=(addition.value,), after=signal, prepare=first.prepare)
    return replace(made, tasks=(*made.tasks, beside))


def _no_companion(plan: Plan, addition: Addition, running: Sequence[str]) -> Refusal | None:
    is_told = GUIDE.fullmatch(addition.path.rpartition("/")[2]) or addition.path.startswith("docs/")
    if not is_told:
        return Refusal(Why.PROOF, "A companion has to stand in a guide that tells to run it.", addition)
    if not running:
        return Refusal(Why.CONFLICT, "Nothing is started there that it could run beside.", addition)
    if serves(addition.value, addition.folder, plan.repo):
        return Refusal(Why.CONFLICT, f"It is a second server beside `{running[0]}`.", addition)
    if installs(addition.value):
        return Refusal(Why.CHECK, "It installs, and does not stay.", addition)
    return None


def _service(plan: Plan, addition: Addition) -> Grown:
    if not brings_up(addition.value):
        return Refusal(Why.CHECK, "A service is brought up by docker compose.", addition)
    if found := [*plan.facts.of(Key.SERVICE), *plan.facts.of(Key.START, stacks={"compose"})]:
        return conflict(addition, found[0], "was weighed for the services")
    if any(task.service for task in plan.environment.tasks):
        return Refusal(Why.CONFLICT, "The plan starts its services already.", addition)
    task = Task("Services", addition.folder, start=(addition.value,), service=True)
    return replace(plan.environment, tasks=(*plan.environment.tasks, task))


def _test(plan: Plan, addition: Addition) -> Grown:
    checks = [check for check in plan.environment.checks if check.folder == addition.folder]
    if checks:
        return Refusal(Why.CONFLICT, f"`{checks[0].command}` checks it.", addition)
    check = Check(addition.value, addition.folder, "proposal")
    return replace(plan.environment, checks=(*plan.environment.checks, check))


GROW: Mapping[Key, Callable[[Plan, Addition], Grown]] = {
    **FILL,
    Key.INSTALL: _once,
    Key.SETUP: _once,
    Key.BUILD: _once,
    Key.START: _start,
    Key.COMPANION: _companion,
    Key.SERVICE: _service,
    Key.TEST: _test,
}
