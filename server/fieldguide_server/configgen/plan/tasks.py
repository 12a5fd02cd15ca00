"""Puts the evidence of one folder in order: what prepares, what is set up once, what stays."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fieldguide_server.configgen.plan.start_commands import LANGUAGES, SITES, STARTERS
from fieldguide_server.configgen.reading.evidence_index import Facts
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
    """Return the terminals of one folder: the first prepares, the others wait for it."""
    here = [item for item in starts if item.folder == folder]
    stacks = {item.stack for item in here}
    here += [item for item in facts.of(Key.COMPANION, folder) if item.stack in stacks]
    prepare = tuple(values(facts.of(Key.PREPARE, folder)))
    setup, late = _preparation(facts, folder, stacks, folders)
    first = Task(_title(folder, "Setup"), folder, prepare, setup)
    if not here:
        return [first]
    first = replace(first, name=_title(folder, stack_title(here[0])), late=late, start=(here[0].value,))
    if late:
        first = replace(first, wait_port=DATABASES[facts.of(Key.DATABASE)[0].value].port)
    if len(here) == 1:
        return [first]
    signal = f"{folder.replace('/', '-')}-ready" if folder else "install"
    return [
        replace(first, signal=signal),
        *(
            Task(_title(folder, _role(item)), folder, prepare, start=(item.value,), after=signal)
            for item in here[1:]
        ),
    ]


def _preparation(
    facts: Facts, folder: str, stacks: set[str], folders: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (once, before each start): samples, installs, set-up and builds; what needs a running service comes late."""
    installs = _worthwhile(facts.of(Key.INSTALL, folder, LANGUAGES)) or facts.of(
        Key.INSTALL, folder, {"runner"}
    )
    installs += [item for item in facts.of(Key.INSTALL, folder, SITES) if item.stack in stacks]
    inner = [item for item in _covered_installs(facts, folder) if item.folder not in folders]
    setups = facts.of(Key.SETUP, folder)
    waits = [item for item in setups if item.note == NEEDS_DATABASE and _is_served(facts)]
    once = [*(item for item in setups if item.stack == "env"), *installs]
    lines = [*values(once), *(inside(_relative(item.folder, folder), item.value) for item in inner)]
    lines += values(item for item in setups if item.stack != "env" and item not in waits)
    lines += values(facts.of(Key.BUILD, folder, stacks))
    return tuple(lines), tuple(values(waits))


def _is_served(facts: Facts) -> bool:
    """Return whether the database is a container that starts beside the app, so that it may not be up yet."""
    return bool(facts.of(Key.SERVICE) and facts.of(Key.DATABASE))


def _worthwhile(installs: list[Evidence]) -> list[Evidence]:
    """Without packages that only lint, where something else is the project."""
    return [item for item in installs if item.confidence >= CONVENTION] or installs


def _covered_installs(facts: Facts, folder: str) -> list[Evidence]:
    """Install of other packages that this folder's start command runs."""
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
    """Return a companion is called by its member's folder, or by its script's name."""
    if item.key is not Key.COMPANION:
        return stack_title(item)
    home = item.path.rpartition("/")[0]
    return home.rpartition("/")[2] if home != item.folder else item.value.split()[-1]


def stack_title(item: Evidence) -> str:
    """Return an ecosystem's name for people."""
    return TITLES.get(item.stack, item.stack.capitalize())
