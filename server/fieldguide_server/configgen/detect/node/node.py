"""Node: package managers, workspaces, versions, and what to install. Starting is ``node_start``'s."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldguide_server.configgen.detect.documents import build_lines, written_commands
from fieldguide_server.configgen.detect.node.scripts import NodeProject, Scripts
from fieldguide_server.configgen.detect.node.start import starts
from fieldguide_server.configgen.detect.node.versions import tests, versions
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
from fieldguide_server.configgen.tools.package_managers import NODE_LOCKS, NODE_MANAGERS
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

SETTINGS = {file: manager.name for manager in NODE_MANAGERS.values() for file in manager.settings}
MAX_PROJECTS = 200
INSTALLS = re.compile(
    r"\b(?:(npm) (?:ci|i|install)\b|(yarn)(?: install| --|\s*$)|(pnpm) (?:i|install)\b|(bun) install\b)"
)
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
    """Yield evidence of every Node project that is opened by itself; members of a workspace belong to its root."""
    projects = _projects(repo)
    members = {member: root for root in projects for member in _members(repo, projects, root)}
    scripts = scripts_of(repo)
    for folder, project in projects.items():
        if folder not in members and not is_side(folder) and folder_depth(folder) <= 2:
            manager = _manager(repo, project)
            yield manager
            yield from _other_managers(repo, manager)
            yield from _install(repo, project, manager)
            yield from _extensions(repo, project)
            inside = [projects[member] for member, root in members.items() if root == folder]
            yield from starts(repo, project, inside, scripts, NODE_MANAGERS[manager.value])
            yield from tests(repo, project, NODE_MANAGERS[manager.value])


def scripts_of(repo: Repository) -> Scripts:
    """Return the package scripts of all Node projects."""
    return Scripts(_projects(repo), repo.read)


def _projects(repo: Repository) -> dict[str, NodeProject]:
    return repo.once(
        "node projects", lambda: {folder_of(path): _project(repo, path) for path in _manifests(repo)}
    )


def _manifests(repo: Repository) -> list[str]:
    paths = [path for path in repo.named("package.json") if folder_depth(folder_of(path)) <= 3]
    return paths[:MAX_PROJECTS]


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
    wanted = [join(root, pattern) for pattern in patterns if not pattern.startswith("!")]
    return [f for f in projects if f != root and is_among(f, wanted)]


def _manager(repo: Repository, project: NodeProject) -> Evidence:
    """npm, yarn, pnpm or bun, by the surest sign."""
    fields = (project.manifest.get("packageManager"), _dev_engine(project))
    for value in fields:
        name = re.split(r"[@^]", value)[0] if isinstance(value, str) else ""
        if name in NODE_MANAGERS and not _contradicted(repo, project, name):
            line = repo.line(project.path, "ackageManager")
            return _managed_by(project, name, project.path, line, STATED)
    for signs, confidence in ((NODE_LOCKS, STATED), (SETTINGS, DOCUMENTED)):
        for folder in dict.fromkeys((project.folder, "")):
            if path := repo.first(folder, *signs):
                return _managed_by(project, signs[path.rpartition("/")[2]], path, 1, confidence)
    for name in NODE_MANAGERS:
        if name != "npm" and name in as_object(project.manifest.get("engines")):
            line = repo.line(project.path, '"engines"', f'"{name}"')
            return _managed_by(project, name, project.path, line, DOCUMENTED)
    if "@rails/webpacker" in project.versions:
        return _managed_by(
            project, "yarn", project.path, repo.line(project.path, "@rails/webpacker"), DEFAULT
        )
    return (
        _manager_in_builds(repo, project)
        or _manager_in_manifest(repo, project)
        or _manager_in_guides(repo, project)
        or _managed_by(project, "npm", project.path, 1, CONVENTION)
    )


def _other_managers(repo: Repository, chosen: Evidence) -> Iterator[Evidence]:
    """Lock files that speak for another manager than the chosen one."""
    for lock, name in NODE_LOCKS.items():
        path = join(chosen.folder, lock)
        if path in repo.files and name != chosen.value:
            yield replace(chosen, key=Key.OTHER_MANAGER, value=name, path=path, line=1)


def _contradicted(repo: Repository, project: NodeProject, name: str) -> bool:
    """Return a stated manager without its lock, beside the lock of another: people use the other one."""
    locks = {manager for lock, manager in NODE_LOCKS.items() if join(project.folder, lock) in repo.files}
    return bool(locks) and name not in locks


def _dev_engine(project: NodeProject) -> object:
    return as_object(as_object(project.manifest.get("devEngines")).get("packageManager")).get("name")


def _managed_by(project: NodeProject, name: str, path: str, line: int, confidence: float) -> Evidence:
    return Evidence(Key.MANAGER, name, path, line, confidence, project.folder, "node")


def _manager_in_builds(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return the manager that CI or Dockerfiles install with."""
    for path, line, text in build_lines(repo):
        if found := INSTALLS.search(text):
            return _managed_by(project, next(name for name in found.groups() if name), path, line, DOCUMENTED)
    return None


def _manager_in_manifest(repo: Repository, project: NodeProject) -> Evidence | None:
    """Return a section that one manager alone reads, or the one manager that the scripts call."""
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
    """Return the manager that the README installs or starts with."""
    scripts = set(project.scripts) | {"install", "i", "start"}
    for item in written_commands(repo):
        words = [word for word in item.command.words[1:] if word != "run"]
        if item.command.program in NODE_MANAGERS and (not words or words[0] in scripts):
            return _managed_by(project, item.command.program, item.path, item.line, DEFAULT)
    return None


def _install(repo: Repository, project: NodeProject, manager: Evidence) -> Iterator[Evidence]:
    folder, path = project.folder, project.path
    tools_only = _tools_only(project)
    yield from versions(repo, project)
    if (nvmrc := join(folder, ".nvmrc")) in repo.files and not tools_only:
        note = "the version is in .nvmrc"
        yield Evidence(Key.PREPARE, "nvm install", nvmrc, 1, STATED, folder, "node", note)
    if _needs_corepack(repo, project):
        line = repo.line(path, '"packageManager"')
        yield Evidence(Key.PREPARE, "corepack enable", path, line, STATED, folder, "node")
    text = NODE_MANAGERS[manager.value].install
    if not (
        project.versions or project.scripts or project.manifest.get("workspaces") or manager.path != path
    ):
        return
    confidence = CONVENTION - 0.1 if tools_only else manager.confidence
    yield Evidence(Key.INSTALL, text, manager.path, manager.line, confidence, folder, "node")


def _tools_only(project: NodeProject) -> bool:
    """Return a package that neither depends on anything at run time nor builds or starts: linters and hooks."""
    works = ("build", "dev", "start", "serve", "watch", "compile")
    return not project.manifest.get("dependencies") and not any(
        name.startswith(works) for name in project.scripts
    )


def _needs_corepack(repo: Repository, project: NodeProject) -> bool:
    """Yarn 2+ without a release in the repository comes by corepack."""
    stated = str(project.manifest.get("packageManager") or "")
    berry = re.match(r"yarn@([2-9]|\d\d)", stated) is not None
    return berry and "yarnPath" not in repo.read(join(project.folder, ".yarnrc.yml"))


def _extensions(repo: Repository, project: NodeProject) -> Iterator[Evidence]:
    for package, extension in EXTENSIONS.items():
        if package in project.versions:
            line = repo.line(project.path, f'"{package}"')
            yield Evidence(Key.EXTENSION, extension, project.path, line, DEFAULT, project.folder, "node")
