"""Which package script a developer runs, what it starts in the end, and on which ports."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.detect.frameworks import Server, server_of
from fieldguide_server.configgen.detect.scripts import NodeProject, Scripts
from fieldguide_server.configgen.repository import Repository, is_safe_name, is_side, join
from fieldguide_server.configgen.shell import SimpleCommand
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

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
    "docs:dev": 30,
    "docs:start": 30,
    "docs:serve": 28,
    "storybook": 25,
}
RELOADS, DOCUMENTS = 15, 25
MAX_MEMBERS = 3
MAX_ENTRIES = 3
MAX_SERVERS = 12
SOURCE_ENTRIES = (
    "server",
    "app",
    "index",
    "main",
    "src/server",
    "src/app",
    "src/index",
    "src/main",
    "bin/www",
)
ENDINGS = (".js", ".ts", ".mjs", ".cjs", ".mts", "")


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
    def signature(self) -> frozenset[tuple[str | None, str]]:
        """What it starts, to tell two scripts for one thing from two things."""
        return frozenset((command.folder, server.tool) for command, server in self.servers)


def starts(
    repo: Repository, project: NodeProject, members: Sequence[NodeProject], scripts: Scripts, manager: str
) -> Iterator[Evidence]:
    """The start command of a project, further servers beside it, and every port they are known to take."""
    choices = _choices(repo, project, scripts)
    if choices:
        yield from _chosen(repo, project, choices, manager)
    else:
        yield from _member_starts(repo, project, members, scripts, manager)


def _chosen(
    repo: Repository, project: NodeProject, choices: list[Choice], manager: str
) -> Iterator[Evidence]:
    main = choices[0]
    yield from _start(repo, main, Key.START, run(manager, main.script))
    seen = set(main.signature)
    for other in choices[1:]:
        variant = other.script.startswith(f"{main.script}:")
        if other.documented and not variant and other.signature and not other.signature & seen:
            seen |= other.signature
            yield from _start(repo, other, Key.COMPANION, run(manager, other.script))
    if any(server.built for _, server in main.servers) and "build" in project.scripts:
        line = repo.line(project.path, '"scripts"', '"build"')
        note = f"{main.script} runs what the build makes"
        text = run(manager, "build")
        yield Evidence(Key.BUILD, text, project.path, line, DEFAULT, project.folder, "node", note)


def _member_starts(
    repo: Repository, project: NodeProject, members: Sequence[NodeProject], scripts: Scripts, manager: str
) -> Iterator[Evidence]:
    """Apps of a workspace whose root starts nothing."""
    best = [
        choices[0]
        for member in members
        if not is_side(member.folder) and _is_app(member)
        if (choices := _choices(repo, member, scripts)) and choices[0].servers
    ]
    for index, choice in enumerate(sorted(best, key=lambda item: -item.rank)[:MAX_MEMBERS]):
        key = Key.COMPANION if index else Key.START
        yield from _start(repo, choice, key, run_in(manager, choice), project.folder)


def _is_app(member: NodeProject) -> bool:
    return bool(member.name) and is_safe_name(member.name)


def run(manager: str, script: str) -> str:
    """The way to run a script: ``npm start`` has its own word, the others none."""
    if manager == "npm":
        return "npm start" if script == "start" else f"npm run {script}"
    return f"bun run {script}" if manager == "bun" else f"{manager} {script}"


def run_in(manager: str, choice: Choice) -> str:
    """Run a member's script from the workspace's root."""
    name, script = choice.project.name, choice.script
    if manager == "npm":
        return f"npm run {script} --workspace {name}"
    if manager == "bun":
        return f"bun run --filter {name} {script}"
    return f"pnpm --filter {name} {script}" if manager == "pnpm" else f"yarn workspace {name} {script}"


def _choices(repo: Repository, project: NodeProject, scripts: Scripts) -> list[Choice]:
    """The scripts that start something, best first."""
    written = _written_scripts(repo, project)
    found: list[Choice] = []
    for script in project.scripts:
        base = RANKS.get(script, 10 if script in written else 0)
        if not base or not is_safe_name(script):
            continue
        servers = tuple(islice(_servers(project, scripts, script), MAX_SERVERS))
        if not servers and script not in {"start", "dev"}:
            continue
        if not servers and _only_watches(project.scripts[script]):
            continue
        rank = base + RELOADS * any(server.reloads for _, server in servers) + DOCUMENTS * (script in written)
        line = repo.line(project.path, '"scripts"', f'"{script}"')
        found.append(Choice(project, script, servers, rank - 40 * (not servers), line, script in written))
    return sorted(found, key=lambda choice: -choice.rank)


def _only_watches(body: str) -> bool:
    """A compiler left running is no app to open."""
    return (
        re.search(r"\b(tsc|rollup|babel|tsup|unbuild|microbundle|swc|esbuild|echo|exit)\b", body) is not None
    )


def _servers(project: NodeProject, scripts: Scripts, script: str) -> Iterator[tuple[SimpleCommand, Server]]:
    for command in scripts.leaves(project.folder, script):
        versions = scripts.versions(command.folder)
        if (server := server_of(command, versions)) is not None:
            yield command, server


def _written_scripts(repo: Repository, project: NodeProject) -> set[str]:
    """The scripts that guides tell people to run here."""
    found: set[str] = set()
    for item in written_commands(repo):
        words = [word for word in item.command.positional() if word != "run"]
        near = item.command.folder in {project.folder, None} or item.path == join(project.folder, "README.md")
        if item.command.program in {"npm", "yarn", "pnpm", "bun"} and words and near:
            found.add(words[0])
    return found & set(project.scripts)


def _start(
    repo: Repository, choice: Choice, key: Key, text: str, folder: str | None = None
) -> Iterator[Evidence]:
    project = choice.project
    home = project.folder if folder is None else folder
    confidence = DOCUMENTED + 0.1 if choice.documented else DOCUMENTED if choice.servers else CONVENTION
    tools = ", ".join(dict.fromkeys(server.tool for _, server in choice.servers))
    yield Evidence(key, text, project.path, choice.line, round(confidence, 2), home, "node", tools)
    for command, server in choice.servers:
        if command.folder is not None and command.folder != home:
            note = f"started by {choice.script}"
            yield Evidence(Key.COVERS, command.folder, project.path, choice.line, STATED, home, "node", note)
        yield from ports.best(_ports(repo, choice, command, server), home, "node")


def _ports(repo: Repository, choice: Choice, command: SimpleCommand, server: Server) -> Iterator[Evidence]:
    project, folder = choice.project, command.folder or ""
    yield from ports.of_command(command, project.path, choice.line)
    yield from ports.in_configs(repo, folder)
    if server.port is None:
        for entry in _entries(repo, project, folder, server.entry):
            yield from ports.in_file(repo, entry, ports.IN_CODE, 0.9, "the code listens there")
    yield from ports.around(repo, folder)
    if server.port is not None:
        note = f"{server.tool}'s default"
        yield Evidence(Key.PORT, str(server.port), project.path, choice.line, DEFAULT, note=note)
    else:
        yield from ports.in_file(repo, project.path, ports.LOCAL_URL, 0.72, "a script names the address")
        yield from ports.in_readme(repo, folder)
        yield from ports.in_readme(repo, "")


def _entries(repo: Repository, project: NodeProject, folder: str, named: str) -> list[str]:
    """The source files behind what a command runs; built files are traced back to ``src``."""
    stem = re.sub(r"\.[cm]?[jt]sx?$", "", named.removeprefix("./"))
    source = re.sub(r"^(dist|build|lib|out|prod)/", "src/", stem)
    main = project.manifest.get("main")
    mains = [re.sub(r"\.[cm]?[jt]s$", "", main)] if isinstance(main, str) else []
    stems = [item for item in (stem, source, *mains, *SOURCE_ENTRIES) if item and item != "."]
    found = [path for item in stems for end in ENDINGS if (path := join(folder, item + end)) in repo.files]
    return found[:MAX_ENTRIES]
