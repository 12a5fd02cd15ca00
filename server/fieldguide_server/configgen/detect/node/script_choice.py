"""Ranks the package scripts by how likely a developer runs them to work on the project."""

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

# How likely a script of that name is the one to work with.
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
RELOADS, DOCUMENTED = 10, 25
# A script that runs a build needs another build for each change; one that starts several parts starts the product.
BUILT, SEVERAL = 25, 10
# A script known by its family alone (``start:browser``), and one that only a guide names.
FAMILY, IN_GUIDE = 40, 10
FAMILIES = re.compile(r"(?:start|dev|serve)[:-]|.+[:-](?:dev|develop|start|serve)$")
CHORE = re.compile(
    r"(?:build|test|lint|format|init|seed|migrate|generate|deploy|clean|setup|preview|eject|release|publish|db|prepare|post|pre|debug|inspect|profile)\b|.*[:-](?:build|test|lint|prod|production|debug|ci|e2e|preview|coverage)$"
    r"|.*[:-]docker\b"
)
MAX_SERVERS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A script with the servers that it starts, and its rank among the scripts of its project."""

    project: NodeProject
    script: str
    servers: tuple[tuple[SimpleCommand, Server], ...]
    rank: int
    line: int
    is_documented: bool = False

    @property
    def is_named(self) -> bool:
        """Whether the script has one of the customary names."""
        return self.script in RANKS or FAMILIES.match(self.script) is not None

    @property
    def signature(self) -> frozenset[tuple[str | None, str]]:
        """The folders and tools that the script starts: two scripts with the same ones do the same."""
        return frozenset((command.folder, server.tool) for command, server in self.servers)


def choices_of(repo: Repository, project: NodeProject, scripts: Scripts) -> list[Choice]:
    """Return the scripts of a project that start something, the best first."""
    written = _written_scripts(repo, project)
    found: list[Choice] = []
    for script in project.scripts:
        base = _rank(script, script in written)
        if not base or not is_safe_name(script):
            continue
        servers = tuple(islice(_servers(project, scripts, script), MAX_SERVERS))
        is_documented_start = script in written and FAMILIES.match(script)
        if not servers and script not in {"start", "dev"} and not is_documented_start:
            continue
        if not servers and (_only_watches(project.scripts[script]) or scripts.runs_nothing(project, script)):
            continue
        rank = base + DOCUMENTED * (script in written) + _weight(servers)
        line = repo.line(project.path, '"scripts"', f'"{script}"')
        found.append(Choice(project, script, servers, rank, line, script in written))
    return _widest_first(sorted(found, key=lambda choice: -choice.rank))


def _widest_first(found: list[Choice]) -> list[Choice]:
    """Put a documented script first if it starts all that the best one does, and more."""
    wider = [item for item in found if item.is_documented and item.signature > found[0].signature]
    return wider[:1] + [item for item in found if item not in wider[:1]]


def _weight(servers: tuple[tuple[SimpleCommand, Server], ...]) -> int:
    """Return what the servers of a script add to its rank."""
    if not servers:
        return -40
    is_several = len({command.folder for command, _ in servers}) > 1
    reloads = any(server.reloads for _, server in servers)
    return RELOADS * reloads + SEVERAL * is_several - BUILT * all(server.is_built for _, server in servers)


def _rank(script: str, in_guide: bool) -> int:
    """Return the rank of a script by its name, 0 if it is not one to work with."""
    if script in RANKS or CHORE.match(script):
        return RANKS.get(script, 0)
    return FAMILY if FAMILIES.match(script) else IN_GUIDE if in_guide else 0


def _only_watches(body: str) -> bool:
    """Return whether a script only compiles or prints, and starts no app."""
    return (
        re.search(r"\b(tsc|rollup|babel|tsup|unbuild|microbundle|swc|esbuild|echo|exit)\b", body) is not None
    )


def _servers(project: NodeProject, scripts: Scripts, script: str) -> Iterator[tuple[SimpleCommand, Server]]:
    for command in scripts.leaves(project.folder, script):
        versions = scripts.versions(command.folder)
        if (server := server_of(command, versions)) is not None:
            yield command, server


def _written_scripts(repo: Repository, project: NodeProject) -> set[str]:
    """Return the scripts of a project that guides run."""
    found: set[str] = set()
    for item in written_commands(repo):
        words = [word for word in item.command.positional() if word != "run"]
        is_near = item.command.folder in {project.folder, None} or item.path == join(
            project.folder, "README.md"
        )
        if item.command.program in NODE_MANAGERS and words and is_near:
            found.add(words[0])
    return found & set(project.scripts)
