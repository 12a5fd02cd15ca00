"""Weighs evidence into one environment: which apps matter, what runs when, which ports to expect.

Nothing is invented here: each line of the plan is the value of a piece of evidence, or a ``cd`` and a wait
between such lines. What no evidence speaks of becomes a sentence in ``unknown``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldguide_server.configgen.repository import folder_depth, word_set
from fieldguide_server.configgen.shell import inside, quoted
from fieldguide_server.configgen.types import CONVENTION, DevEnvironment, Evidence, Key, Port, Task

# A later tier is asked only when no earlier one can start anything.
TIERS = (
    frozenset({"php", "ruby", "python", "java", "go", "rust", "dotnet", "elixir", "deno", "node"}),
    frozenset({"hugo", "jekyll", "mkdocs", "html"}),
    frozenset({"runner"}),
    frozenset({"compose"}),
)
# Names under which people keep the parts of one product, next to each other.
APP_NAMES = word_set(
    "client frontend front front-end web webapp webui web-ui ui app server backend back back-end api www "
    "site dashboard admin portal gateway service angular react vue express django"
)
FACES = word_set("client frontend front front-end web webapp webui web-ui ui www site angular react vue")
MAX_TASKS = 6
MAX_EXTENSIONS = 12
DATABASES = {
    "postgresql": ("gitpod/workspace-postgres", 5432),
    "mysql": ("gitpod/workspace-mysql", 3306),
    "mongodb": ("gitpod/workspace-mongodb", 27017),
}
TITLES = {"node": "Node", "php": "PHP", "dotnet": ".NET", "mkdocs": "MkDocs", "html": "Site", "runner": "App"}
NEEDS_DATABASE = "sets up the database"


@dataclass(frozen=True, slots=True)
class Facts:
    """Evidence with the questions a plan asks of it."""

    all: tuple[Evidence, ...]

    def of(self, key: Key, folder: str | None = None, stacks: Iterable[str] | None = None) -> list[Evidence]:
        """Evidence of a key, in a folder and of some stacks where given."""
        wanted = None if stacks is None else frozenset(stacks)
        return [
            item
            for item in self.all
            if item.key is key
            and (folder is None or item.folder == folder)
            and (wanted is None or item.stack in wanted)
        ]


def make_plan(evidence: Sequence[Evidence]) -> DevEnvironment:
    """One environment out of all evidence; the same evidence gives the same plan."""
    facts = Facts(tuple(evidence))
    starts = _starts(facts)
    folders = _folders(facts, starts)
    tasks = [task for folder in folders for task in _tasks(facts, starts, folder, folders)]
    services = facts.of(Key.SERVICE) if tasks and not any(item.stack == "compose" for item in starts) else []
    tasks = tasks[:MAX_TASKS] + [
        Task("Services", _enter(item.folder), (), (item.value,)) for item in services
    ]
    image, database = _database(facts, bool(services), folders)
    started = [item for item in starts if item.folder in folders]
    return DevEnvironment(
        tasks=tuple(task for task in tasks if not task.is_empty),
        ports=tuple(_ports(facts, started, bool(services)) + database),
        extensions=_extensions(facts, folders),
        image=image,
        packages=tuple(sorted({item.value for item in facts.of(Key.PACKAGE) if item.folder in folders})),
        unknown=tuple(_unknown(facts, started, folders)),
    )


def _starts(facts: Facts) -> list[Evidence]:
    """The start commands worth running: the first tier that has one, the surest per folder and stack."""
    for tier in TIERS:
        found: dict[tuple[str, str], Evidence] = {}
        for item in facts.of(Key.START, stacks=tier):
            best = found.get((item.folder, item.stack))
            if best is None or item.confidence > best.confidence:
                found[item.folder, item.stack] = item
        if found:
            return _without_rivals(list(found.values()), facts)
    return []


def _without_rivals(starts: list[Evidence], facts: Facts) -> list[Evidence]:
    """A mere habit (``python main.py``) gives way to a stated command beside it; ``bin/dev`` runs everything."""
    covered = {item.value for item in facts.of(Key.COVERS)}
    kept = []
    for item in starts:
        rivals = [other for other in starts if other.folder == item.folder and other is not item]
        habit = item.confidence < 0.6 and any(other.confidence > 0.6 for other in rivals)
        if not habit and item.folder not in covered and not any(other.value == "bin/dev" for other in rivals):
            kept.append(item)
    return kept


def _folders(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """The folders that get a task, the root first: parts of the product, not its examples and side shows."""
    installs = {item.folder for item in facts.of(Key.INSTALL, stacks=TIERS[0])}
    running = {item.folder for item in starts}
    covered = {item.value for item in facts.of(Key.COVERS)}
    root_is_app = "" in running or "" in installs
    others = {item.folder for item in starts if item.stack not in _stacks(facts, "")}
    chosen = {folder for folder in running if not root_is_app or not folder or _is_part(folder, others)}
    if not root_is_app:
        chosen |= {folder for folder in installs if folder_depth(folder) == 1 and folder not in covered}
    if "" in installs or (not chosen and facts.of(Key.INSTALL, "")):
        chosen.add("")
    return sorted(chosen, key=lambda folder: (folder_depth(folder), folder))


def _stacks(facts: Facts, folder: str) -> set[str]:
    return {item.stack for item in facts.of(Key.INSTALL, folder)}


def _is_part(folder: str, others: set[str]) -> bool:
    """A folder with a part's name, or an app right below the root in another language than the root's."""
    parts = set(re.split(r"[-_.]", folder.rpartition("/")[2].lower()))
    return folder_depth(folder) <= 2 and (
        bool(parts & APP_NAMES) or (folder_depth(folder) == 1 and folder in others)
    )


def _tasks(facts: Facts, starts: Sequence[Evidence], folder: str, folders: Sequence[str]) -> list[Task]:
    """The terminals of one folder: the first prepares, the others wait for it."""
    here = [item for item in starts if item.folder == folder]
    stacks = {item.stack for item in here}
    here += [item for item in facts.of(Key.COMPANION, folder) if item.stack in stacks]
    before = (*_enter(folder), *_values(facts.of(Key.PREPARE, folder)))
    init, late = _preparation(facts, folder, stacks, folders)
    if not here:
        return [Task(_title(folder, "Setup"), before, init)]
    if len(here) == 1:
        return [Task(_title(folder, _stack_title(here[0])), before, init, (*late, here[0].value))]
    signal = f"{folder.replace('/', '-') or 'install'}-ready" if folder else "install"
    first, *others = here
    tasks = [
        Task(
            _title(folder, _stack_title(first)),
            before,
            (*init, f"gp sync-done {signal}"),
            (*late, first.value),
        )
    ]
    for item in others:
        name = _title(folder, _companion_title(item) if item.key is Key.COMPANION else _stack_title(item))
        tasks.append(Task(name, before, (f"gp sync-await {signal}",), (item.value,)))
    return tasks


def _preparation(
    facts: Facts, folder: str, stacks: set[str], folders: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(once, before each start): samples, installs, set-up and builds; what needs a running service comes late."""
    primary = _worthwhile(facts.of(Key.INSTALL, folder, TIERS[0] | {"cmake"}))
    installs = primary or facts.of(Key.INSTALL, folder, {"runner"})
    installs += [item for item in facts.of(Key.INSTALL, folder, TIERS[1]) if item.stack in stacks]
    inner = [item for item in _covered_installs(facts, folder) if item.folder not in folders]
    setups = [item for item in facts.of(Key.SETUP, folder) if item.stack != "env"]
    served = bool(facts.of(Key.SERVICE))
    waits = [item for item in setups if served and item.note == NEEDS_DATABASE and facts.of(Key.DATABASE)]
    once = [*facts.of(Key.SETUP, folder, {"env"}), *installs]
    lines = [*_values(once), *(inside(_relative(item.folder, folder), item.value) for item in inner)]
    lines += _values([item for item in setups if item not in waits]) + _values(
        facts.of(Key.BUILD, folder, stacks)
    )
    late = (
        [f"gp ports await {DATABASES[facts.of(Key.DATABASE)[0].value][1]}", *_values(waits)] if waits else []
    )
    return tuple(lines), tuple(late)


def _worthwhile(installs: list[Evidence]) -> list[Evidence]:
    """Without packages that only lint, where something else is the project."""
    return [item for item in installs if item.confidence >= CONVENTION] or installs


def _covered_installs(facts: Facts, folder: str) -> list[Evidence]:
    """Installs of other packages that this folder's start command runs."""
    covered = dict.fromkeys(item.value for item in facts.of(Key.COVERS, folder))
    return [item for inner in covered for item in facts.of(Key.INSTALL, inner, TIERS[0])]


def _relative(inner: str, folder: str) -> str:
    return inner.removeprefix(folder + "/") if folder else inner


def _values(items: Iterable[Evidence]) -> list[str]:
    return list(dict.fromkeys(item.value for item in items))


def _enter(folder: str) -> tuple[str, ...]:
    """``before`` runs on every kind of start, so that a ``cd`` there holds for all phases."""
    return (f"cd {quoted(folder)}",) if folder else ()


def _title(folder: str, title: str) -> str:
    return f"{folder}: {title}" if folder else title


def _companion_title(item: Evidence) -> str:
    """The member's folder, or the script's name."""
    home = item.path.rpartition("/")[0]
    return home.rpartition("/")[2] if home != item.folder else item.value.split()[-1]


def _stack_title(item: Evidence) -> str:
    return TITLES.get(item.stack, item.stack.capitalize())


def _database(facts: Facts, served: bool, folders: Sequence[str]) -> tuple[str, list[Port]]:
    """An image that runs the one database the project names, unless compose provides it."""
    needed = [item for item in facts.of(Key.DATABASE) if item.folder in folders]
    if served or len({item.value for item in needed}) != 1:
        return "", []
    image, number = DATABASES[needed[0].value]
    return image, [Port(number, needed[0].value, "ignore", f"{needed[0].path}:{needed[0].line}")]


def _ports(facts: Facts, starts: Sequence[Evidence], served: bool) -> list[Port]:
    """Ports of what is started, the face of the product first."""
    chosen = {(item.folder, item.stack) for item in starts}
    found = [item for item in facts.of(Key.PORT) if (item.folder, item.stack) in chosen]
    found.sort(key=lambda item: item.folder.rpartition("/")[2] not in FACES)
    background = facts.of(Key.PORT, stacks={"service"}) if served or _compose_only(starts) else []
    quiet = {item.value for item in background if item.stack == "service"}
    ports: dict[int, Port] = {}
    for item in [*found, *background]:
        seen = any(port.opens == "preview" for port in ports.values())
        opens = "ignore" if item.value in quiet else "notify" if seen else "preview"
        number = int(item.value)
        ports.setdefault(number, Port(number, _port_name(item), opens, f"{item.path}:{item.line}"))
    return list(ports.values())


def _compose_only(starts: Sequence[Evidence]) -> bool:
    return any(item.stack == "compose" for item in starts)


def _port_name(item: Evidence) -> str:
    if item.stack in {"service", "compose"}:
        return item.note.removeprefix("service ")
    return item.folder or _stack_title(item)


def _extensions(facts: Facts, folders: Sequence[str]) -> tuple[str, ...]:
    """Recommended ones first, then those of the stacks in use, each once."""
    found = sorted(facts.of(Key.EXTENSION), key=lambda item: -item.confidence)
    usable = [item.value for item in found if item.stack == "editor" or item.folder in folders]
    return tuple({value.lower(): value for value in reversed(usable)}.values())[::-1][:MAX_EXTENSIONS]


def _unknown(facts: Facts, starts: Sequence[Evidence], folders: Sequence[str]) -> list[str]:
    """What a reader might look for in the file and not find, each in one sentence."""
    found = [item.value + "." for item in facts.of(Key.UNKNOWN)]
    if not folders:
        found.append("What to install: no manifest that is known here was found.")
    if not starts:
        found.append("How the project is started: nothing in its files says so.")
    for item in starts:
        if not facts.of(Key.PORT, item.folder, {item.stack}):
            where = f" in {item.folder}" if item.folder else ""
            found.append(f"Which port `{item.value}`{where} listens on, if any.")
    if len({item.value for item in facts.of(Key.DATABASE)}) > 1:
        found.append("Which of the databases its files name is meant for development.")
    return found
