"""The plan with one more addition. Where evidence exists already, the addition is refused and the plan stays."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from fieldguide_server.configgen.additions.command_kinds import (
    installs,
    is_compose_up,
    is_unrelated,
    may_stay,
    serves,
    trailing_words,
    uses_containers,
)
from fieldguide_server.configgen.additions.types import COMMANDS, Addition, Refusal, RefusalKind
from fieldguide_server.configgen.detect.documents import GUIDE
from fieldguide_server.configgen.detect.ports import is_port
from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.plan.plan import (
    MAX_EXTENSIONS,
    MAX_TASKS,
    UNKNOWN_DATABASE,
    UNKNOWN_INSTALL,
    UNKNOWN_START,
    unknown_port,
)
from fieldguide_server.configgen.reading.repository import Repository, is_side
from fieldguide_server.configgen.targets.devcontainer_features import FEATURES, plain_version
from fieldguide_server.configgen.tools.databases import DATABASES
from fieldguide_server.configgen.types import Check, DevEnvironment, Evidence, Key, Port, Task

Outcome: TypeAlias = DevEnvironment | Refusal
PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,60}")
EXTENSION_ID = re.compile(r"[A-Za-z0-9][\w-]{0,60}\.[A-Za-z0-9][\w.-]{0,80}")


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A plan to which something may be added, with all the evidence for it."""

    environment: DevEnvironment
    facts: Facts
    repo: Repository

    def task_in(self, folder: str) -> Task | None:
        """Return the first task of a folder."""
        tasks = self.environment.tasks
        return next((task for task in tasks if task.folder == folder and not task.service), None)

    def starts_in(self, folder: str) -> list[str]:
        """Return the start commands of a folder."""
        tasks = self.environment.tasks
        return [line for task in tasks if task.folder == folder and not task.service for line in task.start]

    def with_task(self, task: Task, *, without: str = "") -> DevEnvironment:
        """Return the plan with a task in place of its folder's first one, or at the end.

        The sentence ``without`` is removed from what is unknown.
        """
        old, tasks = self.task_in(task.folder), self.environment.tasks
        tasks = tuple(task if each is old else each for each in tasks) if old else (*tasks, task)
        unknown = tuple(sentence for sentence in self.environment.unknown if sentence != without)
        return replace(self.environment, tasks=tasks, unknown=unknown)

    def new_task(self, folder: str, title: str) -> Task | None:
        """Return an empty task for a folder, None if there are too many tasks already."""
        if len(self.environment.tasks) >= MAX_TASKS:
            return None
        name = f"{folder}: {title}" if folder else title
        names = {task.name for task in self.environment.tasks}
        return Task(name if name not in names else f"{name} {len(names) + 1}", folder)


def with_addition(plan: PlanDraft, addition: Addition) -> Outcome:
    """Return the plan with an addition, or why it cannot be added."""
    if addition.key not in COMMANDS:
        return CHANGES[addition.key](plan, addition)
    if _has_command(plan, addition):
        return _existing(addition)
    if addition.folder not in plan.repo.folders:
        return Refusal(RefusalKind.CHECK, f"The folder {addition.folder} does not exist.", addition)
    if words := trailing_words(addition.value, addition.folder, plan.repo):
        return Refusal(RefusalKind.CHECK, f"`{words[0]}` is not a target.", addition)
    if is_side(addition.folder):
        reason = f"{addition.folder} contains examples, tests or packaging rather than the project itself."
        return Refusal(RefusalKind.CONFLICT, reason, addition)
    return _considered(plan, addition) or CHANGES[addition.key](plan, addition)


def _has_command(plan: PlanDraft, addition: Addition) -> bool:
    lines = {(task.folder, line) for task in plan.environment.tasks for line in task.lines}
    lines |= {(check.folder, check.command) for check in plan.environment.checks}
    return (addition.folder, addition.value) in lines


def _considered(plan: PlanDraft, addition: Addition) -> Refusal | None:
    """Refuse a command that the rules found too, and left out for a better one."""
    for item in plan.facts.all:
        if item.key in COMMANDS and (item.value, item.folder) == (addition.value, addition.folder):
            return _conflict(addition, item, "was considered and left out of the plan")
    return None


def _conflict(addition: Addition, item: Evidence, predicate: str) -> Refusal:
    """Return a refusal that names the contradicting line."""
    reason = f"`{item.value}` ({item.path}:{item.line}) {predicate}."
    return Refusal(RefusalKind.CONFLICT, reason, addition)


def _existing(addition: Addition) -> Refusal:
    return Refusal(RefusalKind.KNOWN, "The plan already has it.", addition)


def _too_many(addition: Addition) -> Refusal:
    reason = "The plan already has the maximum number of these."
    return Refusal(RefusalKind.NO_PLACE, reason, addition)


def _setup_command(plan: PlanDraft, addition: Addition) -> Outcome:
    """Add what runs once; whether it installs depends on the command, not on the proposed kind."""
    if installs(addition.value):
        return _install(plan, addition)
    if may_stay(addition.value, addition.folder, plan.repo):
        return Refusal(RefusalKind.CHECK, "It does not exit, but a set-up command must.", addition)
    if refusal := _unrelated(addition):
        return refusal
    task = plan.task_in(addition.folder)
    if task is None and plan.environment.tasks:
        reason = "The plan has no task in this folder, which other tasks set up."
        return Refusal(RefusalKind.CONFLICT, reason, addition)
    task = task or Task("Setup", addition.folder)
    return plan.with_task(replace(task, setup=(*task.setup, addition.value)))


def _install(plan: PlanDraft, addition: Addition) -> Outcome:
    covering = [item for item in plan.facts.of(Key.COVERS) if item.value == addition.folder]
    if found := [*plan.facts.of(Key.INSTALL, addition.folder), *covering]:
        return _conflict(addition, found[0], "already installs what this folder needs")
    task = plan.task_in(addition.folder) or plan.new_task(addition.folder, "Setup")
    if task is None:
        return _too_many(addition)
    return plan.with_task(replace(task, setup=(addition.value, *task.setup)), without=UNKNOWN_INSTALL)


def _unrelated(addition: Addition) -> Refusal | None:
    """Refuse a command that does not set up or run the project itself."""
    reason = ""
    if is_unrelated(addition.value):
        reason = "It inspects or changes the code, and sets up nothing."
    elif uses_containers(addition.value):
        reason = "What runs in a container is a service, which its image sets up."
    return Refusal(RefusalKind.CONFLICT, reason, addition) if reason else None


def _start(plan: PlanDraft, addition: Addition) -> Outcome:
    """Add a start command, only where nothing is started and no other command was considered for it."""
    if refusal := _unrelated(addition) or _other_start(plan, addition):
        return refusal
    task = plan.task_in(addition.folder) or plan.new_task(addition.folder, "App")
    if task is None:
        return _too_many(addition)
    made = plan.with_task(replace(task, start=(addition.value,)), without=UNKNOWN_START)
    return replace(made, unknown=(*made.unknown, unknown_port(addition.value, addition.folder)))


def _other_start(plan: PlanDraft, addition: Addition) -> Refusal | None:
    folder, starts = addition.folder, plan.facts.of(Key.START)
    if running := plan.starts_in(folder):
        return Refusal(RefusalKind.CONFLICT, f"`{running[0]}` is already started in this folder.", addition)
    covering = [item for item in plan.facts.of(Key.COVERS) if item.value == folder]
    if found := [*(item for item in starts if item.folder == folder), *covering]:
        return _conflict(addition, found[0], "was considered as the start command")
    if starts and not folder:
        return _conflict(addition, starts[0], "is the start command, in another folder")
    return None


def _companion(plan: PlanDraft, addition: Addition) -> Outcome:
    """Add a worker or watcher to the started commands, if a guide says to run it."""
    first = plan.task_in(addition.folder)
    running = plan.starts_in(addition.folder)
    if refusal := _unrelated(addition) or _no_companion(plan, addition, running):
        return refusal
    task = plan.new_task(addition.folder, addition.name or "Companion")
    if task is None or first is None:
        return _too_many(addition)
    # The signal has the name of the terminal, so that files which mark the end of its set-up do not change.
    signal = first.signal or re.sub(r"[^a-z0-9]+", "-", first.name.lower()).strip("-")
    made = plan.with_task(replace(first, signal=signal))
    companion = replace(task, start=(addition.value,), after=signal, prepare=first.prepare)
    return replace(made, tasks=(*made.tasks, companion))


def _no_companion(plan: PlanDraft, addition: Addition, running: Sequence[str]) -> Refusal | None:
    is_guide = GUIDE.fullmatch(addition.path.rpartition("/")[2]) or addition.path.startswith("docs/")
    if not is_guide:
        return Refusal(RefusalKind.PROOF, "Only a guide can say to run a companion.", addition)
    if not running:
        return Refusal(RefusalKind.CONFLICT, "No server is started there for it to run alongside.", addition)
    if serves(addition.value, addition.folder, plan.repo):
        return Refusal(RefusalKind.CONFLICT, f"It is a second server next to `{running[0]}`.", addition)
    if installs(addition.value):
        return Refusal(RefusalKind.CHECK, "It installs something, and does not keep running.", addition)
    return None


def _service(plan: PlanDraft, addition: Addition) -> Outcome:
    if not is_compose_up(addition.value):
        return Refusal(RefusalKind.CHECK, "A service must be started by docker compose up.", addition)
    if found := [*plan.facts.of(Key.SERVICE), *plan.facts.of(Key.START, stacks={"compose"})]:
        return _conflict(addition, found[0], "was considered for the services")
    if any(task.service for task in plan.environment.tasks):
        return Refusal(RefusalKind.CONFLICT, "The plan already starts its services.", addition)
    task = Task("Services", addition.folder, start=(addition.value,), service=True)
    return replace(plan.environment, tasks=(*plan.environment.tasks, task))


def _test(plan: PlanDraft, addition: Addition) -> Outcome:
    checks = [check for check in plan.environment.checks if check.folder == addition.folder]
    if checks:
        reason = f"`{checks[0].command}` already tests this folder."
        return Refusal(RefusalKind.CONFLICT, reason, addition)
    check = Check(addition.value, addition.folder, "proposal")
    return replace(plan.environment, checks=(*plan.environment.checks, check))


def _port(plan: PlanDraft, addition: Addition) -> Outcome:
    """Add the port of something that is started and has no known port."""
    environment = plan.environment
    if not addition.value.isdecimal() or not is_port(int(addition.value)):
        reason = f"{addition.value} is not a port of a development server."
        return Refusal(RefusalKind.FORM, reason, addition)
    number = int(addition.value)
    if any(port.number == number for port in environment.ports):
        return _existing(addition)
    candidates = _without_port(environment, addition.folder)
    if not candidates:
        ports = ", ".join(f"{port.number} ({port.source})" for port in environment.ports) or "none"
        reason = f"Nothing is started whose port is unknown; known ports: {ports}."
        return Refusal(RefusalKind.CONFLICT, reason, addition)
    start, folder = candidates[0]
    opens = "notify" if any(port.opens == "preview" for port in environment.ports) else "preview"
    source = f"{addition.path}:{addition.line}"
    port = Port(number, addition.name or folder or "App", opens, source, (start,))
    unknown = tuple(each for each in environment.unknown if each != unknown_port(start, folder))
    return replace(environment, ports=(*environment.ports, port), unknown=unknown)


def _without_port(environment: DevEnvironment, folder: str) -> list[tuple[str, str]]:
    """Return the start commands with an unknown port and their folders, of one folder if that is not the root."""
    served = {need for port in environment.ports for need in port.needs}
    return [
        (line, task.folder)
        for task in environment.tasks
        if not task.service and folder in ("", task.folder)
        for line in task.start
        if unknown_port(line, task.folder) in environment.unknown and line not in served
    ]


def _version(plan: PlanDraft, addition: Addition) -> Outcome:
    environment = plan.environment
    tool = next((tool for tool in environment.tools if tool.stack == addition.name), None)
    if tool is None:
        reason = f"{addition.name or 'A language without a name'} is not installed in this project."
        return Refusal(RefusalKind.CONFLICT, reason, addition)
    if tool.version:
        kind = RefusalKind.KNOWN if tool.version == addition.value else RefusalKind.CONFLICT
        return Refusal(kind, f"{tool.path}:{tool.line} requires {tool.stack} {tool.version}.", addition)
    changed = replace(tool, version=addition.value, path=addition.path, line=addition.line)
    if tool.stack not in FEATURES or not plain_version(changed):
        return Refusal(
            RefusalKind.FORM, f"{addition.value} is not a version that can be requested.", addition
        )
    tools = tuple(changed if each is tool else each for each in environment.tools)
    return replace(environment, tools=tools)


def _database(plan: PlanDraft, addition: Addition) -> Outcome:
    environment, named = plan.environment, plan.facts.of(Key.DATABASE)
    if addition.value not in DATABASES:
        reason = f"`value` must be one of {', '.join(DATABASES)}."
        return Refusal(RefusalKind.FORM, reason, addition)
    if environment.database:
        kind = RefusalKind.KNOWN if environment.database == addition.value else RefusalKind.CONFLICT
        return Refusal(kind, f"The plan already has {environment.database}.", addition)
    if any(task.service for task in environment.tasks):
        return Refusal(RefusalKind.CONFLICT, "The plan runs its services in containers.", addition)
    if named and addition.value not in {item.value for item in named}:
        return _conflict(addition, named[0], "is the database that the files name")
    unknown = tuple(each for each in environment.unknown if each != UNKNOWN_DATABASE)
    return replace(environment, database=addition.value, unknown=unknown)


def _package(plan: PlanDraft, addition: Addition) -> Outcome:
    if addition.value in plan.environment.packages:
        return _existing(addition)
    if not PACKAGE_NAME.fullmatch(addition.value):
        reason = f"{addition.value} is not the name of a Debian package."
        return Refusal(RefusalKind.FORM, reason, addition)
    return replace(plan.environment, packages=(*plan.environment.packages, addition.value))


def _extension(plan: PlanDraft, addition: Addition) -> Outcome:
    listed = plan.environment.extensions
    if addition.value.lower() in map(str.lower, listed):
        return _existing(addition)
    if not EXTENSION_ID.fullmatch(addition.value):
        reason = f"{addition.value} is not the ID of an extension, which has the form publisher.name."
        return Refusal(RefusalKind.FORM, reason, addition)
    if len(listed) >= MAX_EXTENSIONS:
        return _too_many(addition)
    return replace(plan.environment, extensions=(*listed, addition.value))


def _variable(plan: PlanDraft, addition: Addition) -> Outcome:
    values = dict(plan.environment.variables)
    if addition.name in values:
        value = values[addition.name]
        kind = RefusalKind.KNOWN if value == addition.value else RefusalKind.CONFLICT
        return Refusal(kind, f"The plan already has {addition.name}={value}.", addition)
    copied = [line for task in plan.environment.tasks for line in task.lines if addition.path in line]
    if copied:
        return Refusal(RefusalKind.KNOWN, f"`{copied[0]}` already sets it.", addition)
    variables = (*plan.environment.variables, (addition.name, addition.value))
    return replace(plan.environment, variables=variables)


CHANGES: Mapping[Key, Callable[[PlanDraft, Addition], Outcome]] = {
    Key.INSTALL: _setup_command,
    Key.SETUP: _setup_command,
    Key.BUILD: _setup_command,
    Key.START: _start,
    Key.COMPANION: _companion,
    Key.SERVICE: _service,
    Key.TEST: _test,
    Key.PORT: _port,
    Key.VERSION: _version,
    Key.DATABASE: _database,
    Key.PACKAGE: _package,
    Key.EXTENSION: _extension,
    Key.VARIABLE: _variable,
}
