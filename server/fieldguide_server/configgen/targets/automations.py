"""Ona's ``automations.yaml``: set-up as tasks, servers as services."""

import re
from collections.abc import Iterator
from typing import Any

from fieldguide_server.configgen.checks.portability import ShellEnvironment
from fieldguide_server.configgen.checks.problems import closest_match
from fieldguide_server.configgen.checks.references import FileContext
from fieldguide_server.configgen.checks.sessions import Phase, ShellSession, visited_folders
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.targets.base import Target, UpdatedText
from fieldguide_server.configgen.targets.text import dump, scalar, unknown_comments
from fieldguide_server.configgen.targets.yaml_edits import add_member, replace_outdated
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Problem, Task

FILE = ".ona/automations.yaml"
SECTIONS = ("services", "tasks")
ONCE = ("postDevcontainerStart", "prebuild")
ALWAYS = ("postEnvironmentStart",)
SHELL = ShellEnvironment(is_non_interactive=True, is_unattended=True)
# A function of interactive shells, which these are not; the devcontainer has the version.
OMITTED = frozenset({"nvm install"})


def render(environment: DevEnvironment, _: Repository) -> tuple[ConfigFile, ...]:
    """Return one file; ports and packages belong to the devcontainer."""
    return (ConfigFile(FILE, unknown_comments(environment.unknown) + dump(_sections(environment))),)


def _sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return the sections that are not empty."""
    taken: set[str] = set()
    sections: dict[str, Any] = {"services": {}, "tasks": {}}
    first = next((task.signal or task.name for task in environment.tasks if task.setup), "")
    for task in environment.tasks:
        name = _identifier(task.name, taken)
        if task.service:
            sections["tasks"][name] = _task(task.name, task, task.start, ALWAYS)
            continue
        marker = _marker(task.after or task.signal or (task.name if task.setup else ""))
        if task.setup:
            lines = (*task.prepare, *task.setup, *([f"touch {marker}"] if task.start else []))
            # A task that only sets up has such a name already.
            key, title = (f"{name}-setup", f"Set up {task.name}") if task.start else (name, task.name)
            sections["tasks"][key] = _task(title, task, lines, ONCE)
        if task.start:
            wait = [f"until [ -e {marker} ]; do sleep 1; done"] if marker and first else []
            start = _command(task, (*wait, *task.prepare, *task.late, *task.start))
            service = {"commands": {"start": start}, "triggeredBy": list(ALWAYS)}
            sections["services"][name] = {"name": scalar(task.name), **service}
    return {key: value for key, value in sections.items() if value}


def _task(title: str, task: Task, lines: tuple[str, ...], triggers: tuple[str, ...]) -> dict[str, Any]:
    return {"name": scalar(title), "command": _command(task, lines), "triggeredBy": list(triggers)}


def _command(task: Task, lines: tuple[str, ...]) -> str:
    """Return the lines joined so that each runs only if the one before succeeded."""
    enter = [f"cd {quoted(task.folder)}"] if task.folder else []
    return scalar(" &&\n".join([*enter, *(line for line in lines if line not in OMITTED)]))


def _identifier(name: str, taken: set[str]) -> str:
    """Return an ID of letters, digits and dashes for a name, and add it to those that are ``taken``."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100] or "task"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    taken.add(found)
    return found


def _marker(signal: str) -> str:
    """Return the file that shows that the set-up is done, since services start with the machine and have to wait."""
    return f"/tmp/{_identifier(signal, set())}.ready" if signal else ""  # noqa: S108 - in the workspace's container


def sessions(document: object) -> Iterator[ShellSession]:
    """Yield a session for each command. The start of a service stays, as may a task that nothing depends on."""
    tasks = as_object(as_object(document).get("tasks"))
    required = {name for body in tasks.values() for name in as_strings(as_object(body).get("dependsOn"))}
    for name, body in tasks.items():
        must_exit = name in required or "prebuild" in as_strings(as_object(body).get("triggeredBy"))
        yield from _session(as_object(body), ("tasks", name), "command", must_exit=must_exit)
    for name, body in as_object(as_object(document).get("services")).items():
        commands = as_object(as_object(body).get("commands"))
        for key in ("start", "ready", "stop"):
            yield from _session(commands, ("services", name, "commands"), key, must_exit=key != "start")


def _session(
    body: dict[str, object], path: tuple[str, ...], key: str, *, must_exit: bool
) -> Iterator[ShellSession]:
    text = body.get(key)
    if isinstance(text, str):
        yield ShellSession((Phase(key, (*path, key), text, must_exit, shell=SHELL),))


def check_references(document: object, _: FileContext) -> Iterator[Problem]:
    """Check the tasks that other tasks depend on."""
    tasks = as_object(as_object(document).get("tasks"))
    existing = tasks.keys() | as_object(as_object(document).get("services")).keys()
    for name, body in tasks.items():
        for each in as_strings(as_object(body).get("dependsOn")):
            if each not in existing:
                place = ("tasks", name, "dependsOn")
                near = closest_match(each, existing)
                yield Problem(f"There is no task {each}.", each, place, 0, each, near)


def update(text: str, environment: DevEnvironment, repo: Repository) -> UpdatedText:
    """Replace outdated commands, and add entries to a file that has none; folders without one are only named."""
    text, notes = replace_outdated(text, sessions(_document(text)), repo)
    parts = _sections(environment)
    entries = [(kind, name, entry) for kind in SECTIONS for name, entry in parts.get(kind, {}).items()]
    if not any(_document(text).get(kind) for kind in SECTIONS):
        for kind, name, entry in entries:
            text = add_member(text, kind, name, entry)
            notes.append(f"Added {name} to {kind}.")
        return UpdatedText(text, tuple(notes))
    folders = visited_folders(sessions(_document(text))) | {""}
    for _, name, entry in entries:
        visited = visited_folders(sessions({"tasks": {name: entry}, "services": {name: entry}}))
        notes += [f"No task or service runs in {folder}." for folder in sorted(visited - folders)]
    return UpdatedText(text, tuple(dict.fromkeys(notes)))


def _document(text: str) -> dict[str, object]:
    return as_object(parse(text, Syntax.YAML).value)


TARGET = Target("automations", Syntax.YAML, render, sessions, check_references, update)
