"""Turns the evidence of one folder into tasks: what prepares, what sets up once, what stays running."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.plan.start_commands import LANGUAGES, SITES, STARTERS
from fieldguide_server.configgen.reading.shell import inside
from fieldguide_server.configgen.tools.databases import DATABASES, NEEDS_DATABASE
from fieldguide_server.configgen.types import CONVENTION, Evidence, Key, Task

TITLES = {
    "node": "Node",
    "php": "PHP",
    "dotnet": ".NET",
    "mkdocs": "MkDocs",
    "html": "Site",
    "r": "R",
    **dict.fromkeys(STARTERS, "App"),
}


def tasks_of(facts: Facts, starts: Sequence[Evidence], folder: str, folders: Sequence[str]) -> list[Task]:
    """Return the tasks of one folder: the first one sets up, the others wait for it."""
    starting = [item for item in starts if item.folder == folder]
    stacks = {item.stack for item in starting}
    starting += [item for item in facts.of(Key.COMPANION, folder) if item.stack in stacks]
    prepare = tuple(values(facts.of(Key.PREPARE, folder)))
    setup, late = _preparation(facts, folder, stacks, folders)
    first = Task(_title(folder, "Setup"), folder, prepare, setup)
    if not starting:
        return [first]
    first = replace(
        first, name=_title(folder, stack_title(starting[0])), late=late, start=(starting[0].value,)
    )
    if late:
        first = replace(first, wait_port=DATABASES[facts.of(Key.DATABASE)[0].value].port)
    if len(starting) == 1:
        return [first]
    signal = f"{folder.replace('/', '-')}-ready" if folder else "install"
    return [
        replace(first, signal=signal),
        *(
            Task(_title(folder, _role(item)), folder, prepare, start=(item.value,), after=signal)
            for item in starting[1:]
        ),
    ]


def _preparation(
    facts: Facts, folder: str, stacks: set[str], folders: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the set-up commands that run once, and those that run before each start since they need a service."""
    installs = _relevant(facts.of(Key.INSTALL, folder, LANGUAGES)) or facts.of(
        Key.INSTALL, folder, {"runner"}
    )
    installs += [item for item in facts.of(Key.INSTALL, folder, SITES) if item.stack in stacks]
    inner = [item for item in _covered_installs(facts, folder) if item.folder not in folders]
    setups = facts.of(Key.SETUP, folder)
    waiting = [item for item in setups if item.note == NEEDS_DATABASE and _is_served(facts)]
    once = [*(item for item in setups if item.stack == "env"), *installs]
    lines = [*values(once), *(inside(_relative(item.folder, folder), item.value) for item in inner)]
    lines += values(item for item in setups if item.stack != "env" and item not in waiting)
    lines += values(facts.of(Key.BUILD, folder, stacks))
    return tuple(lines), tuple(values(waiting))


def _is_served(facts: Facts) -> bool:
    """Return whether the database is a container that starts beside the app, and may not be ready yet."""
    return bool(facts.of(Key.SERVICE) and facts.of(Key.DATABASE))


def _relevant(installs: list[Evidence]) -> list[Evidence]:
    """Return the installs without those that are merely possible, such as a linter's, unless there is no other."""
    return [item for item in installs if item.confidence >= CONVENTION] or installs


def _covered_installs(facts: Facts, folder: str) -> list[Evidence]:
    """Return the installs of other packages that this folder's start command runs."""
    covered = dict.fromkeys(item.value for item in facts.of(Key.COVERS, folder))
    return [item for inner in covered for item in facts.of(Key.INSTALL, inner, LANGUAGES)]


def _relative(inner: str, folder: str) -> str:
    return inner.removeprefix(folder + "/") if folder else inner


def values(items: Iterable[Evidence]) -> list[str]:
    """Return the values in order, each once."""
    return list(dict.fromkeys(item.value for item in items))


def _title(folder: str, title: str) -> str:
    return f"{folder}: {title}" if folder else title


def _role(item: Evidence) -> str:
    """Return the title of a task: for a companion the folder of its package, or the name of its script."""
    if item.key is not Key.COMPANION:
        return stack_title(item)
    home = item.path.rpartition("/")[0]
    return home.rpartition("/")[2] if home != item.folder else item.value.split()[-1]


def stack_title(item: Evidence) -> str:
    """Return the display name of an ecosystem."""
    return TITLES.get(item.stack, item.stack.capitalize())
