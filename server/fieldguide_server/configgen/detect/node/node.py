"""Node: package managers, workspaces, versions, and how projects are installed and tested."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldguide_server.configgen.detect.documents import build_lines, written_commands
from fieldguide_server.configgen.detect.node.scripts import NodeProject, Scripts
from fieldguide_server.configgen.detect.node.start import starts
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    folder_depth,
    folder_of,
    is_among,
    is_side,
    join,
)
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_LOCKS, NODE_MANAGERS, NodeManager
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

SETTINGS = {file: manager.name for manager in NODE_MANAGERS.values() for file in manager.settings}
MAX_PROJECTS = 200
INSTALLS = re.compile(
    r"\b(?:(npm) (?:ci|i|install)\b|(yarn)(?: install| --|\s*$)|(pnpm) (?:i|install)\b|(bun) install\b)"
)
VERSION_FILES = (".nvmrc", ".node-version")
# In the order in which a failure tells most for the time it takes.
CHECK_SCRIPTS = ("lint", "typecheck", "type-check", "check-types", "build", "test")
# The test script that ``npm init`` writes.
NO_TEST = "no test specified"
WORK_SCRIPTS = ("build", "dev", "start", "serve", "watch", "compile")
EXTENSIONS = {
    "eslint": "dbaeumer.vscode-eslint",
    "prettier": "esbenp.prettier-vscode",
    "vue": "Vue.volar",
    "svelte": "svelte.svelte-vscode",
    "tailwindcss": "bradlc.vscode-tailwindcss",
    "astro": "astro-build.astro-vscode",
    "@angular/core": "Angular.ng-template",
    "prisma": "Prisma.prisma",
}


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Node project that stands by itself; the members of a workspace belong to its root."""
    projects = _projects(repo)
    members = {member: root for root in projects for member in _members(repo, projects, root)}
    for folder, project in projects.items():
        if folder not in members and not is_side(folder) and folder_depth(folder) <= 2:
            inside = [projects[member] for member, root in members.items() if root == folder]
            yield from _project_evidence(repo, project, inside)


def _project_evidence(
    repo: Repository, project: NodeProject, members: list[NodeProject]
) -> Iterator[Evidence]:
    chosen = _manager(repo, project)
    manager = NODE_MANAGERS[chosen.value]
    yield chosen
    yield from _other_managers(repo, chosen)
    yield from _install(repo, project, chosen)
    yield from _extensions(repo, project)
    yield from starts(repo, project, members, scripts_of(repo), manager)
    yield from _tests(repo, project, manager)


def scripts_of(repo: Repository) -> Scripts:
    """Return the package scripts of all Node projects."""
    return Scripts(_projects(repo), repo.read)


def _projects(repo: Repository) -> dict[str, NodeProject]:
    """Return the Node projects near the root, by folder."""
    paths = [path for path in repo.named("package.json") if folder_depth(folder_of(path)) <= 3]
    return repo.once(
        "node projects", lambda: {folder_of(path): _project(repo, path) for path in paths[:MAX_PROJECTS]}
    )


def _project(repo: Repository, path: str) -> NodeProject:
    manifest = repo.json(path)
    scripts = {
        name: body for name, body in as_object(manifest.get("scripts")).items() if isinstance(body, str)
    }
    versions: dict[str, str] = {}
    for section in ("peerDependencies", "devDependencies", "dependencies"):
        versions |= {name: str(value) for name, value in as_object(manifest.get(section)).items()}
    return NodeProject(folder_of(path), path, str(manifest.get("name") or ""), scripts, versions, manifest)


def _members(repo: Repository, projects: Mapping[str, NodeProject], root: str) -> list[str]:
    """Return the folders of ``projects`` that belong to the workspace at ``root``."""
    listed = projects[root].manifest.get("workspaces")
    patterns = as_strings(as_object(listed).get("packages") if isinstance(listed, dict) else listed)
    if (path := join(root, "pnpm-workspace.yaml")) in repo.files:
        patterns += as_strings(as_object(repo.yaml(path).value).get("packages"))
    if (path := join(root, "lerna.json")) in repo.files:
        patterns += as_strings(repo.json(path).get("packages")) or ["packages/*"]
    included = [join(root, pattern) for pattern in patterns if not pattern.startswith("!")]
    return [folder for folder in projects if folder != root and is_among(folder, included)]


def _manager(repo: Repository, project: NodeProject) -> Evidence:
    """Return the package manager of a project, from the surest source that names one."""
    return (
        _manager_in_field(repo, project)
        or _manager_by_file(repo, project)
        or _manager_in_engines(repo, project)
        or _manager_of_rails(repo, project)
        or _manager_in_builds(repo, project)
        or _manager_in_manifest(repo, project)
        or _manager_in_guides(repo, project)
        or _managed_by(project, "npm", project.path, 1, CONVENTION)
    )


def _managed_by(project: NodeProject, name: str, path: str, line: int, confidence: float) -> Evidence:
    return Evidence(Key.MANAGER, name, path, line, confidence, project.folder, "node")


def _manager_in_field(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager that a field of the manifest states, unless lock files contradict it."""
    engine = as_object(as_object(project.manifest.get("devEngines")).get("packageManager")).get("name")
    locks = {manager for lock, manager in NODE_LOCKS.items() if join(project.folder, lock) in repo.files}
    for value in (project.manifest.get("packageManager"), engine):
        name = re.split(r"[@^]", value)[0] if isinstance(value, str) else ""
        # Lock files of other managers alone show that developers use one of those.
        if name in NODE_MANAGERS and (not locks or name in locks):
            return _managed_by(project, name, project.path, repo.line(project.path, "ackageManager"), STATED)
    return None


def _manager_by_file(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager whose lock file, else whose settings, lie in the project's folder or in the root."""
    for managers, confidence in ((NODE_LOCKS, STATED), (SETTINGS, DOCUMENTED)):
        for folder in dict.fromkeys((project.folder, "")):
            if path := repo.first(folder, *managers):
                return _managed_by(project, managers[path.rpartition("/")[2]], path, 1, confidence)
    return None


def _manager_in_engines(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager in ``engines``. There npm proves nothing, since it is often named beside another one."""
    for name in NODE_MANAGERS:
        if name != "npm" and name in as_object(project.manifest.get("engines")):
            line = repo.line(project.path, '"engines"', f'"{name}"')
            return _managed_by(project, name, project.path, line, DOCUMENTED)
    return None


def _manager_of_rails(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return Yarn where Webpacker is used, which calls it."""
    if "@rails/webpacker" not in project.versions:
        return None
    return _managed_by(project, "yarn", project.path, repo.line(project.path, "@rails/webpacker"), DEFAULT)


def _manager_in_builds(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager that CI or a Dockerfile installs with."""
    for path, line, text in build_lines(repo):
        if found := INSTALLS.search(text):
            return _managed_by(project, next(name for name in found.groups() if name), path, line, DOCUMENTED)
    return None


def _manager_in_manifest(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager that alone reads a key of the manifest, or the only one that the scripts call."""
    for manager in NODE_MANAGERS.values():
        if manager.manifest_key in project.manifest:
            line = repo.line(project.path, f'"{manager.manifest_key}"')
            return _managed_by(project, manager.name, project.path, line, DEFAULT)
    called = {
        command.program: body
        for body in project.scripts.values()
        for command in split_quietly(body)
        if command.program in NODE_MANAGERS
    }
    if len(called) == 1:
        name, body = called.popitem()
        return _managed_by(project, name, project.path, repo.line(project.path, body), DEFAULT)
    return None


def _manager_in_guides(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager that a guide installs or starts with."""
    scripts = set(project.scripts) | {"install", "i", "start"}
    for item in written_commands(repo):
        words = [word for word in item.command.words[1:] if word != "run"]
        if item.command.program in NODE_MANAGERS and (not words or words[0] in scripts):
            return _managed_by(project, item.command.program, item.path, item.line, DEFAULT)
    return None


def _other_managers(repo: Repository, chosen: Evidence) -> Iterator[Evidence]:
    """Yield the lock files of other managers than the chosen one."""
    for lock, name in NODE_LOCKS.items():
        path = join(chosen.folder, lock)
        if path in repo.files and name != chosen.value:
            yield replace(chosen, key=Key.OTHER_MANAGER, value=name, path=path, line=1)


def _install(repo: Repository, project: NodeProject, manager: Evidence) -> Iterator[Evidence]:
    folder, path = project.folder, project.path
    is_tools_only = _is_tools_only(project)
    yield from _versions(repo, project)
    if (nvmrc := join(folder, ".nvmrc")) in repo.files and not is_tools_only:
        note = "the version is in .nvmrc"
        yield Evidence(Key.PREPARE, "nvm install", nvmrc, 1, STATED, folder, "node", note)
    if _needs_corepack(repo, project):
        line = repo.line(path, '"packageManager"')
        yield Evidence(Key.PREPARE, "corepack enable", path, line, STATED, folder, "node")
    has_work = project.versions or project.scripts or project.manifest.get("workspaces")
    if has_work or manager.path != path:
        confidence = CONVENTION - 0.1 if is_tools_only else manager.confidence
        text = NODE_MANAGERS[manager.value].install
        yield Evidence(Key.INSTALL, text, manager.path, manager.line, confidence, folder, "node")


def _versions(repo: Repository, project: NodeProject) -> Iterator[Evidence]:
    """Yield the versions of Node in the files of version managers, in Volta's settings and in ``engines``."""
    folder, path = project.folder, project.path
    for name in VERSION_FILES:
        if (file := join(folder, name)) in repo.files and (text := repo.read(file).strip()[:40]):
            yield Evidence(Key.VERSION, text.splitlines()[0], file, 1, STATED, folder, "node")
    for section, confidence in (("volta", STATED), ("engines", DOCUMENTED)):
        version = as_object(project.manifest.get(section)).get("node")
        if isinstance(version, str):
            line = repo.line(path, f'"{section}"', '"node"')
            yield Evidence(Key.VERSION, version, path, line, confidence, folder, "node")


def _is_tools_only(project: NodeProject) -> bool:
    """Return whether a package has linters and hooks alone: no dependencies at run time, no build and no start."""
    return not project.manifest.get("dependencies") and not any(
        name.startswith(WORK_SCRIPTS) for name in project.scripts
    )


def _needs_corepack(repo: Repository, project: NodeProject) -> bool:
    """Return whether Yarn 2 or later has to be fetched, because the repository does not contain it."""
    stated = str(project.manifest.get("packageManager") or "")
    is_modern_yarn = re.match(r"yarn@([2-9]|\d\d)", stated) is not None
    return is_modern_yarn and "yarnPath" not in repo.read(join(project.folder, ".yarnrc.yml"))


def _extensions(repo: Repository, project: NodeProject) -> Iterator[Evidence]:
    for package, extension in EXTENSIONS.items():
        if package in project.versions:
            line = repo.line(project.path, f'"{package}"')
            yield Evidence(Key.EXTENSION, extension, project.path, line, DEFAULT, project.folder, "node")


def _tests(repo: Repository, project: NodeProject, manager: NodeManager) -> Iterator[Evidence]:
    """Yield the scripts that check the project, except the test script of a new package, which only fails."""
    for name in CHECK_SCRIPTS:
        if NO_TEST not in project.scripts.get(name, NO_TEST):
            line = repo.line(project.path, '"scripts"', f'"{name}"')
            text = manager.run_script(name)
            yield Evidence(Key.TEST, text, project.path, line, DEFAULT, project.folder, "node")
