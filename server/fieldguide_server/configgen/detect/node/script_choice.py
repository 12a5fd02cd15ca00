"""Which package script somebody wants who works on the project, and what it starts in the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.detect.node.scripts import NodeProject, Scripts
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name, join
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.servers import Server, server_of

# What a script's name promises to somebody who wants to work on the project.
RANKS = {
    "dev": 100,
    "develop": 98,
    "start:dev": 96,
    "start-dev": 96,
    "dev:start": 96,
    "dev:server": 88,
    "start": 90,
    "start:local": 86,
    "start:default": 84,
    "serve": 82,
    "server": 78,
    "start:server": 76,
    "dev:all": 94,
    "watch": 70,
    "docs:dev": 30,
    "docs:start": 30,
    "docs:serve": 28,
    "storybook": 25,
}
RELOADS, DOCUMENTS = 10, 25
# What runs a build has to be built again for each change; what starts several parts starts the product.
BUILT, WHOLE = 25, 10
# A script named by nothing but its family (``start:browser``), and one that only a guide names.
FAMILY, WRITTEN = 40, 10
FAMILIES = re.compile(r"(?:start|dev|serve)[:-]|.+[:-](?:dev|develop|start|serve)$")
CHORE = re.compile(
    r"(?:build|test|lint|format|init|seed|migrate|generate|deploy|clean|setup|preview|eject|release|publish|db|prepare|post|pre|debug|inspect|profile)\b|.*[:-](?:build|test|lint|prod|production|debug|ci|e2e|preview|coverage)$"
    r"|.*[:-]docker\b"
)
MAX_SERVERS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A script with the servers it ends in."""

    project: NodeProject
    script: str
    servers: tuple[tuple[SimpleCommand, Server], ...]
    rank: int
    line: int
    documented: bool = False

    @property
    def is_named(self) -> bool:
        """Whether the script's own name promises something to work with."""
        return self.script in RANKS or FAMILIES.match(self.script) is not None

    @property
    def signature(self) -> frozenset[tuple[str | None, str]]:
        """What it starts, to tell two scripts for one thing from two things."""
        return frozenset((command.folder, server.tool) for command, server in self.servers)


def choices(repo: Repository, project: NodeProject, scripts: Scripts) -> list[Choice]:
    """Return the scripts of a project that start something, best first."""
    written = _written_scripts(repo, project)
    found: list[Choice] = []
    for script in project.scripts:
        base = _rank(script, script in written)
        if not base or not is_safe_name(script):
            continue
        servers = tuple(islice(_servers(project, scripts, script), MAX_SERVERS))
        told = script in written and FAMILIES.match(script)
        if not servers and script not in {"start", "dev"} and not told:
            continue
        if not servers and (_only_watches(project.scripts[script]) or scripts.lead_nowhere(project, script)):
            continue
        rank = base + DOCUMENTS * (script in written) + _weight(servers)
        line = repo.line(project.path, '"scripts"', f'"{script}"')
        found.append(Choice(project, script, servers, rank, line, script in written))
    return _whole_first(sorted(found, key=lambda choice: -choice.rank))


def _whole_first(found: list[Choice]) -> list[Choice]:
    """Return a documented script that starts all that the best one does, and more, comes before it."""
    wider = [item for item in found if item.documented and item.signature > found[0].signature]
    return wider[:1] + [item for item in found if item not in wider[:1]]


def _weight(servers: tuple[tuple[SimpleCommand, Server], ...]) -> int:
    """Return what the servers of a script say for it, or that it has none."""
    if not servers:
        return -40
    several = len({command.folder for command, _ in servers}) > 1
    reloads = any(server.reloads for _, server in servers)
    return RELOADS * reloads + WHOLE * several - BUILT * all(server.built for _, server in servers)


def _rank(script: str, written: bool) -> int:
    """Return how likely a script is the one to work with, by its name; 0 for what is none."""
    if script in RANKS or CHORE.match(script):
        return RANKS.get(script, 0)
    return FAMILY if FAMILIES.match(script) else WRITTEN if written else 0


def _only_watches(body: str) -> bool:
    """Return a compiler left running is no app to open."""
    return (
        re.search(r"\b(tsc|rollup|babel|tsup|unbuild|microbundle|swc|esbuild|echo|exit)\b", body) is not None
    )


def _servers(project: NodeProject, scripts: Scripts, script: str) -> Iterator[tuple[SimpleCommand, Server]]:
    for command in scripts.leaves(project.folder, script):
        versions = scripts.versions(command.folder)
        if (server := server_of(command, versions)) is not None:
            yield command, server


def _written_scripts(repo: Repository, project: NodeProject) -> set[str]:
    """Return the scripts that guides tell people to run here."""
    found: set[str] = set()
    for item in written_commands(repo):
        words = [word for word in item.command.positional() if word != "run"]
        near = item.command.folder in {project.folder, None} or item.path == join(project.folder, "README.md")
        if item.command.program in NODE_MANAGERS and words and near:
            found.add(words[0])
    return found & set(project.scripts)
