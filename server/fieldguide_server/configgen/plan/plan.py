"""Weighs evidence into one environment: which apps matter, what runs when, which ports to expect.

Nothing is invented here: each command of the plan is the value of a piece of evidence. What the evidence does not cover
becomes a sentence in ``unknown``, and each disagreement a sentence in ``conflicts``.
"""

from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.plan.conflicts import find_conflicts
from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.plan.start_commands import LANGUAGES, choose_folders, choose_starts
from fieldguide_server.configgen.plan.tasks import stack_title, tasks_of
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.tools.databases import DATABASES
from fieldguide_server.configgen.types import (
    CONVENTION,
    DOCUMENTED,
    Check,
    Container,
    DevEnvironment,
    Evidence,
    Key,
    Port,
    Task,
    Tool,
)

FRONT_ENDS = word_set("client frontend front front-end web webapp webui web-ui ui www site angular react vue")
MAX_TASKS = 6
MAX_EXTENSIONS = 12
MAX_CHECKS = 8
UNKNOWN_INSTALL = "What to install: no supported manifest was found."
UNKNOWN_START = "How the project is started: no file specifies it."
UNKNOWN_DATABASE = "Which of the databases in its files is used in development."


def make_plan(evidence: Sequence[Evidence], containers: Sequence[Container] = ()) -> DevEnvironment:
    """Return the environment for all evidence; the same evidence always gives the same plan."""
    facts = Facts(tuple(evidence))
    starts = choose_starts(facts)
    folders = choose_folders(facts, starts)
    tasks = [task for folder in folders for task in tasks_of(facts, starts, folder, folders)]
    services = facts.of(Key.SERVICE) if tasks and not any(item.stack == "compose" for item in starts) else []
    tasks = tasks[:MAX_TASKS] + [
        Task("Services", item.folder, start=(item.value,), service=True) for item in services
    ]
    database, listening = _database(facts, bool(services), folders)
    started = [item for item in starts if item.folder in folders]
    return DevEnvironment(
        tasks=tuple(task for task in tasks if task.lines),
        ports=(*_ports(facts, started, services), *listening),
        extensions=_extensions(facts, folders),
        database=database,
        packages=tuple(sorted({item.value for item in facts.of(Key.PACKAGE) if item.folder in folders})),
        tools=tuple(_tools(facts, folders)),
        containers=tuple(containers) if services else (),
        checks=tuple(_checks(facts, folders)),
        unknown=tuple(_unknown(facts, started, folders)),
        conflicts=find_conflicts(facts, started),
    )


def _database(facts: Facts, served: bool, folders: Sequence[str]) -> tuple[str, list[Port]]:
    """Return the only database that the configuration names, with its port; none if compose provides it."""
    needed = [
        item for item in facts.of(Key.DATABASE) if item.folder in folders and item.confidence > CONVENTION
    ]
    if served or len({item.value for item in needed}) != 1:
        return "", []
    name = needed[0].value
    return name, [Port(DATABASES[name].port, name, "ignore", f"{needed[0].path}:{needed[0].line}")]


def _ports(facts: Facts, starts: Sequence[Evidence], services: Sequence[Evidence]) -> list[Port]:
    """Return the ports of what is started, those of the front end first."""
    chosen = {(item.folder, item.stack) for item in starts}
    found = [item for item in facts.of(Key.PORT) if (item.folder, item.stack) in chosen]
    found.sort(key=lambda item: item.folder.rpartition("/")[2] not in FRONT_ENDS)
    containers = any(item.stack == "compose" for item in starts)
    background = facts.of(Key.PORT, stacks={"service"}) if services or containers else []
    quiet = {item.value for item in background}
    ports: dict[int, Port] = {}
    for item in [*found, *background]:
        seen = any(port.opens == "preview" for port in ports.values())
        opens = "ignore" if item.value in quiet else "notify" if seen else "preview"
        source = f"{item.path}:{item.line}"
        needs = _listeners(facts, starts, services, item)
        ports.setdefault(int(item.value), Port(int(item.value), _port_name(item), opens, source, needs))
    return list(ports.values())


def _listeners(
    facts: Facts, starts: Sequence[Evidence], services: Sequence[Evidence], port: Evidence
) -> tuple[str, ...]:
    """Return the commands that listen on a port, of which at least one must run."""
    if port.stack == "service":
        return tuple(item.value for item in (*services, *starts) if item.stack == "compose")
    own = [item for item in starts if (item.folder, item.stack) == (port.folder, port.stack)]
    return tuple(item.value for item in [*own, *facts.of(Key.COMPANION, port.folder, {port.stack})])


def _port_name(item: Evidence) -> str:
    if item.stack in {"service", "compose"}:
        return item.note.removeprefix("service ")
    return item.folder or stack_title(item)


def _extensions(facts: Facts, folders: Sequence[str]) -> tuple[str, ...]:
    """Return the recommended extensions, then those of the stacks in use, each once."""
    found = sorted(facts.of(Key.EXTENSION), key=lambda item: -item.confidence)
    usable = [item.value for item in found if item.stack == "editor" or item.folder in folders]
    return tuple({value.lower(): value for value in reversed(usable)}.values())[::-1][:MAX_EXTENSIONS]


def _tools(facts: Facts, folders: Sequence[str]) -> list[Tool]:
    """Return the tool chain of each stack that is installed, with the version that is most certain."""
    tools = []
    stacks = dict.fromkeys(
        item.stack for item in facts.of(Key.INSTALL, stacks=LANGUAGES) if item.folder in folders
    )
    for stack in stacks:
        managers = facts.of(Key.MANAGER, stacks={stack})
        versions = [item for item in facts.of(Key.VERSION, stacks={stack}) if item.folder in {"", *folders}]
        tool = Tool(stack)
        if managers:
            tool = replace(tool, manager=managers[0].value, manager_path=managers[0].path)
        if versions:
            best = max(versions, key=lambda item: (item.confidence, -item.folder.count("/")))
            tool = replace(tool, version=best.value, path=best.path, line=best.line)
        tools.append(tool)
    return tools


def _checks(facts: Facts, folders: Sequence[str]) -> list[Check]:
    """Return the test commands of the folders in use: what CI or a guide runs, or else the default of each stack."""
    found = [item for item in facts.of(Key.TEST) if item.folder in folders]
    documented = [item for item in found if item.stack == "workflow" or item.confidence >= DOCUMENTED]
    chosen = documented or [item for item in found if item.stack != "runner"] or found
    return [Check(item.value, item.folder, item.stack) for item in chosen][:MAX_CHECKS]


def _unknown(facts: Facts, starts: Sequence[Evidence], folders: Sequence[str]) -> list[str]:
    """Return a sentence for everything that a reader might miss in the file."""
    found = [item.value + "." for item in facts.of(Key.UNKNOWN)]
    if not folders:
        found.append(UNKNOWN_INSTALL)
    if not starts:
        found.append(UNKNOWN_START)
    found += [
        unknown_port(item.value, item.folder)
        for item in starts
        if not facts.of(Key.PORT, item.folder, {item.stack})
    ]
    if len({item.value for item in facts.of(Key.DATABASE) if item.confidence > CONVENTION}) > 1:
        found.append(UNKNOWN_DATABASE)
    return found


def unknown_port(start: str, folder: str) -> str:
    """Return the sentence for a start command whose port is unknown."""
    where = f" in {folder}" if folder else ""
    return f"Which port `{start}`{where} listens on, if any."
