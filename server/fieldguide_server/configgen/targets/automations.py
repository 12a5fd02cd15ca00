"""Ona's ``automations.yaml``: set-up as tasks, what stays as services."""

import re
from collections.abc import Iterator
from typing import Any

from fieldguide_server.configgen.checks.portability import Surroundings
from fieldguide_server.configgen.checks.problems import like
from fieldguide_server.configgen.checks.sessions import Phase, Session
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.targets.automations_update import merged
from fieldguide_server.configgen.targets.base import Context, Target, Updated
from fieldguide_server.configgen.targets.text import comments, dump, scalar
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Failure, Task

FILE = ".ona/automations.yaml"
ONCE = ("postDevcontainerStart", "prebuild")
ALWAYS = ("postEnvironmentStart",)
WHERE = Surroundings(is_bare=True, is_alone=True)
# A function of interactive shells, which these are not; the devcontainer has the version.
NOT_HERE = frozenset({"nvm install"})


def render(environment: DevEnvironment, _: Repository) -> tuple[ConfigFile, ...]:
    """Return one file; ports and packages are the devcontainer's."""
    return (ConfigFile(FILE, comments(environment.unknown) + dump(sections(environment))),)


def sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return ``services`` and ``tasks``, each only where there is one."""
    taken: set[str] = set()
    parts: dict[str, Any] = {"services": {}, "tasks": {}}
    first = next((task.signal or task.name for task in environment.tasks if task.setup), "")
    for task in environment.tasks:
        name = _identifier(task.name, taken)
        if task.service:
            parts["tasks"][name] = _entry(task.name, task, task.start, ALWAYS)
            continue
        marker = _marker(task.after or task.signal or (task.name if task.setup else ""))
        if task.setup:
            lines = (*task.prepare, *task.setup, *([f"touch {marker}"] if task.start else []))
            # What only sets up is named for that already.
            key, title = (f"{name}-setup", f"Set up {task.name}") if task.start else (name, task.name)
            parts["tasks"][key] = _entry(title, task, lines, ONCE)
        if task.start:
            wait = [f"until [ -e {marker} ]; do sleep 1; done"] if marker and first else []
            start = _lines(task, (*wait, *task.prepare, *task.late, *task.start))
            service = {"commands": {"start": start}, "triggeredBy": list(ALWAYS)}
            parts["services"][name] = {"name": scalar(task.name), **service}
    return {key: value for key, value in parts.items() if value}


def _entry(title: str, task: Task, lines: tuple[str, ...], triggers: tuple[str, ...]) -> dict[str, Any]:
    return {"name": scalar(title), "command": _lines(task, lines), "triggeredBy": list(triggers)}


def _lines(task: Task, lines: tuple[str, ...]) -> str:
    """Return each line only after the one before went well."""
    enter = [f"cd {quoted(task.folder)}"] if task.folder else []
    return scalar(" &&\n".join([*enter, *(line for line in lines if line not in NOT_HERE)]))


def _identifier(name: str, taken: set[str]) -> str:
    """Return the name as an id of letters, digits and dashes that no other entry has."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100] or "task"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    taken.add(found)
    return found


def _marker(signal: str) -> str:
    """Return a file that says the set-up is done: services start with the machine and may not come first."""
    return f"/tmp/{_identifier(signal, set())}.ready" if signal else ""  # noqa: S108 - in the workspace's container


def sessions(document: object) -> Iterator[Session]:
    """Yield every command; a service's start stays, and so may a task that nothing waits for."""
    tasks = as_object(as_object(document).get("tasks"))
    awaited = {wanted for body in tasks.values() for wanted in as_strings(as_object(body).get("dependsOn"))}
    for name, body in tasks.items():
        must_end = name in awaited or "prebuild" in as_strings(as_object(body).get("triggeredBy"))
        yield from _session(as_object(body), ("tasks", name), "command", must_end=must_end)
    for name, body in as_object(as_object(document).get("services")).items():
        commands = as_object(as_object(body).get("commands"))
        for key in ("start", "ready", "stop"):
            yield from _session(commands, ("services", name, "commands"), key, must_end=key != "start")


def _session(
    body: dict[str, object], path: tuple[str, ...], key: str, *, must_end: bool
) -> Iterator[Session]:
    text = body.get(key)
    if isinstance(text, str):
        yield Session((Phase(key, (*path, key), text, must_end, where=WHERE),))


def names(document: object, _: Context) -> Iterator[Failure]:
    """Yield the tasks that tasks wait for."""
    tasks = as_object(as_object(document).get("tasks"))
    known = tasks.keys() | as_object(as_object(document).get("services")).keys()
    for name, body in tasks.items():
        for wanted in as_strings(as_object(body).get("dependsOn")):
            if wanted not in known:
                path = ("tasks", name, "dependsOn")
                yield Failure(f"There is no task {wanted}.", wanted, path, 0, wanted, like(wanted, known))


def update(text: str, environment: DevEnvironment, repo: Repository) -> Updated:
    """Return an existing file with what evidence adds."""
    return merged(text, sections(environment), sessions, repo)


TARGET = Target("automations", Syntax.YAML, render, sessions, names, update)
