"""How a Node project is started: by a script, the apps of its workspace, a watcher or its entry file, and on which ports."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.node.monorepo import nx_ports, nx_starts, turbo_start
from fieldguide_server.configgen.detect.node.script_choice import Choice, choices_of
from fieldguide_server.configgen.detect.node.scripts import NodeProject, Scripts
from fieldguide_server.configgen.reading.repository import Repository, folder_of, is_safe_name, is_side, join
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import NodeManager
from fieldguide_server.configgen.tools.servers import Server
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

# Scripts that serve documentation rather than the product.
DOCUMENTATION = ("storybook", "docs", "doc:", "styleguide")
# Packages that serve from within a program → their default port.
EMBEDDED_SERVERS = {
    "browser-sync": 3000,
    "gulp-connect": 8080,
    "gulp-webserver": 8000,
    "grunt-contrib-connect": 8000,
    "@nestjs/core": 3000,
}
WATCH_SCRIPTS = ("watch", "dev", "start")
WATCHES = re.compile(r"(?<!\w)(?:-w|--watch|watch\w*)(?!\w)")
# Tools that take their port from a configuration file.
CONFIGURED = frozenset(
    {"vite", "nuxt", "nuxi", "vue-cli-service", "webpack", "webpack-dev-server", "rsbuild", "snowpack"}
)
BUILD_RUNNERS = frozenset({"gulp", "grunt", "nest"})
MAX_MEMBERS = 3
MAX_ENTRIES = 3
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
IMPORT = re.compile(r"""(?:from|require\(|import\()\s*['"](\.{1,2}/[\w./-]{1,100})['"]""")
MAX_IMPORTS = 20
ENDINGS = (".js", ".ts", ".mjs", ".cjs", ".mts", "")

PROGRAM_ENDINGS = {"node": (".js", ".mjs", ".cjs"), "bun": (".ts", ".tsx", ".js", ".mjs")}
PROGRAM_STEMS = ("index", "server", "app", "bot")
# A package with such a key is published, unless it is private.
EXPORTS = re.compile(r"^(?:module\.exports\b|exports\.|export\s)", re.MULTILINE)
LIBRARY = frozenset({"peerDependencies", "exports", "files", "types", "typings", "publishConfig"})


def starts(
    repo: Repository,
    project: NodeProject,
    members: Sequence[NodeProject],
    scripts: Scripts,
    manager: NodeManager,
) -> Iterator[Evidence]:
    """Yield the start command of a project, the servers to start beside it, and the ports they listen on."""
    choices = choices_of(repo, project, scripts)
    if choices and (not members or any(choice.is_named for choice in choices)):
        yield from _chosen(repo, project, choices, manager)
        return
    found = list(nx_starts(repo, project.folder, manager))
    found = found or list(turbo_start(repo, project.folder, manager, members))
    found = found or list(_member_starts(repo, project, members, scripts, manager))
    if choices:
        yield from _with_documented(repo, found, choices, manager)
        return
    found = found or list(_watcher(repo, project, manager))
    yield from found or list(_entry(repo, project, manager))


def _with_documented(
    repo: Repository, found: list[Evidence], choices: list[Choice], manager: NodeManager
) -> Iterator[Evidence]:
    """Yield the apps of a workspace, and the servers that a guide starts from its root beside them."""
    yield from found
    started = any(item.key is Key.START for item in found)
    for choice in choices:
        if choice.is_documented and choice.servers:
            key = Key.COMPANION if started else Key.START
            yield from _start(repo, choice, key, manager.run_script(choice.script))
            started = True


def _watcher(repo: Repository, project: NodeProject, manager: NodeManager) -> Iterator[Evidence]:
    """Yield a script that watches and compiles: what developers run where nothing serves."""
    script = next((name for name in WATCH_SCRIPTS if WATCHES.search(project.scripts.get(name, ""))), None)
    if script is not None:
        line = repo.line(project.path, '"scripts"', f'"{script}"')
        text, note = manager.run_script(script), "it watches the sources"
        yield Evidence(Key.START, text, project.path, line, CONVENTION, project.folder, "node", note)


def _chosen(
    repo: Repository, project: NodeProject, choices: list[Choice], manager: NodeManager
) -> Iterator[Evidence]:
    """Yield the best script, other documented servers beside it, and the build that it needs."""
    main = choices[0]
    yield from _start(repo, main, Key.START, manager.run_script(main.script))
    seen = set(main.signature)
    for other in choices[1:]:
        if _is_companion(other, main) and not other.signature & seen:
            companion = list(_start(repo, other, Key.COMPANION, manager.run_script(other.script)))
            if other.is_named or any(item.key is Key.PORT for item in companion):
                seen |= other.signature
                yield from companion
    if any(server.is_built for _, server in main.servers) and "build" in project.scripts:
        line = repo.line(project.path, '"scripts"', '"build"')
        text, note = manager.run_script("build"), f"{main.script} runs what the build makes"
        yield Evidence(Key.BUILD, text, project.path, line, DEFAULT, project.folder, "node", note)


def _is_companion(other: Choice, main: Choice) -> bool:
    """Return whether a script starts a documented server of its own, and no build, documentation or variant of the main one."""
    is_built = any(server.is_built for _, server in other.servers)
    is_variant = other.script.startswith((f"{main.script}:", *DOCUMENTATION))
    return other.is_documented and bool(other.signature) and not (is_built or is_variant)


def _member_starts(
    repo: Repository,
    project: NodeProject,
    members: Sequence[NodeProject],
    scripts: Scripts,
    manager: NodeManager,
) -> Iterator[Evidence]:
    """Yield the apps of a workspace whose root starts nothing, the best first."""
    apps = [
        choices[0]
        for member in members
        if not is_side(member.folder) and _is_app(member)
        if (choices := choices_of(repo, member, scripts)) and choices[0].servers
    ]
    for index, choice in enumerate(sorted(apps, key=lambda item: -item.rank)[:MAX_MEMBERS]):
        key = Key.COMPANION if index else Key.START
        text = manager.run_member_script(choice.project.name, choice.script)
        yield from _start(repo, choice, key, text, project.folder)


def _is_app(member: NodeProject) -> bool:
    return bool(member.name) and is_safe_name(member.name)


def _entry(repo: Repository, project: NodeProject, manager: NodeManager) -> Iterator[Evidence]:
    """Yield the entry file of a package that is a program, if it needs no build."""
    runner = "bun" if manager.name == "bun" else "node"
    endings = PROGRAM_ENDINGS[runner]
    if LIBRARY & project.manifest.keys() and not project.manifest.get("private"):
        return
    keys = [project.manifest.get(key) for key in ("main", "module")]
    named = [name.removeprefix("./") for name in keys if isinstance(name, str)]
    for name in (*named, *(f"{stem}{end}" for stem in PROGRAM_STEMS for end in endings)):
        path = join(project.folder, name)
        if path in repo.files and name.endswith(endings) and is_safe_name(name):
            if EXPORTS.search(repo.read(path)) and not ports.IN_CODE.search(repo.read(path)):
                return
            where = (project.path, repo.line(project.path, '"main"')) if name in named else (path, 1)
            text, note = f"{runner} {name}", "the package's entry"
            yield Evidence(Key.START, text, *where, CONVENTION, project.folder, "node", note)
            found = ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
            yield from ports.best(found, project.folder, "node")
            return


def _start(
    repo: Repository, choice: Choice, key: Key, text: str, folder: str | None = None
) -> Iterator[Evidence]:
    project = choice.project
    home = project.folder if folder is None else folder
    confidence = DOCUMENTED + 0.1 if choice.is_documented else DOCUMENTED if choice.servers else CONVENTION
    tools = ", ".join(dict.fromkeys(server.tool for _, server in choice.servers))
    yield Evidence(key, text, project.path, choice.line, round(confidence, 2), home, "node", tools)
    for command, server in choice.servers:
        if command.folder is not None and command.folder != home:
            note = f"started by {choice.script}"
            yield Evidence(Key.COVERS, command.folder, project.path, choice.line, STATED, home, "node", note)
        if server.tool == "nx":
            yield from nx_ports(repo, home, command)
        yield from ports.best(_ports(repo, choice, command, server), home, "node")


def _ports(repo: Repository, choice: Choice, command: SimpleCommand, server: Server) -> Iterator[Evidence]:
    project, folder = choice.project, command.folder or ""
    yield from ports.of_command(command, project.path, choice.line)
    yield from ports.of_environment_files(repo, command)
    yield from ports.in_configs(repo, folder, command.option("--config", "-c"))
    if server.tool == "ng":
        yield from ports.in_angular(repo, join(folder, "angular.json"))
    if server.port is None:
        entries = _entries(repo, project, folder, server.entry)
        for entry in entries:
            yield from ports.in_file(repo, entry, ports.IN_CODE, 0.9, "the code listens there")
        for path in _imported(repo, entries):
            yield from ports.only_in_file(repo, path, ports.IN_CODE, 0.7, "the code imports it")
        yield from _embedded(repo, choice, server, entries)
    yield from ports.around(repo, folder, 0.75 if server.port is None else CONVENTION)
    if server.port is not None:
        note = f"{server.tool}'s default"
        yield Evidence(Key.PORT, str(server.port), project.path, choice.line, DEFAULT, note=note)
        # A README is surer than a default only where the configuration that may name the port is not in the repository.
        is_hidden = server.tool in CONFIGURED and not ports.configs(repo, folder)
        confidence = ports.IN_README if is_hidden else CONVENTION
        yield from (replace(item, confidence=confidence) for item in ports.in_readme(repo, folder))
    else:
        yield from ports.in_file(repo, project.path, ports.LOCAL_URL, 0.72, "a script names the address")
        yield from ports.in_readme(repo, folder)
        yield from ports.in_readme(repo, "")


def _embedded(repo: Repository, choice: Choice, server: Server, entries: list[str]) -> Iterator[Evidence]:
    """Yield the default ports of the servers that a build runner or the code of an entry starts."""
    for package, number in EMBEDDED_SERVERS.items():
        if package not in choice.project.versions:
            continue
        users = [path for path in entries if package in repo.read(path)]
        if server.tool in BUILD_RUNNERS:
            users.append(choice.project.path)
        for path in users[:1]:
            note = f"{package}'s default"
            yield ports.port(path, repo.line(path, package), number, CONVENTION + 0.05, note)


def _imported(repo: Repository, entries: list[str]) -> list[str]:
    """Return the files of the project that its entries import directly."""
    named = [
        join(folder_of(entry), name)
        for entry in entries
        for name in IMPORT.findall(repo.read(entry))[:MAX_IMPORTS]
    ]
    found = [path for name in named for end in ("", *ENDINGS) if (path := name + end) in repo.files]
    return list(dict.fromkeys(path for path in found if path not in entries))


def _entries(repo: Repository, project: NodeProject, folder: str, named: str) -> list[str]:
    """Return the source files of the program that a command runs; built files are traced back to ``src``."""
    stem = re.sub(r"\.[cm]?[jt]sx?$", "", named.removeprefix("./"))
    source = re.sub(r"^(dist|build|lib|out|prod)/", "src/", stem)
    main = project.manifest.get("main")
    mains = [re.sub(r"\.[cm]?[jt]s$", "", main)] if isinstance(main, str) else []
    stems = [item for item in (stem, source, *mains, *SOURCE_ENTRIES) if item and item != "."]
    found = [path for item in stems for end in ENDINGS if (path := join(folder, item + end)) in repo.files]
    return found[:MAX_ENTRIES]
