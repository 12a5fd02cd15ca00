"""The apps of a Node workspace that no script of the root starts: Nx projects and Turborepo tasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.node.scripts import NodeProject, nx_targets
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    folder_of,
    is_safe_name,
    is_side,
    join,
)
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import NodeManager
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, STATED, Evidence, Key

TARGETS = ("serve", "dev", "start")
# The file that Nx infers a target from → (plugin, the option for the target's name, its default, the port).
INFERRED = {
    "next.config": ("@nx/next", "devTargetName", "dev", 3000),
    "vite.config": ("@nx/vite", "serveTargetName", "serve", 4200),
    "webpack.config": ("@nx/webpack", "serveTargetName", "serve", 4200),
    "nuxt.config": ("@nx/nuxt", "serveTargetName", "serve", 4200),
    "remix.config": ("@nx/remix", "devTargetName", "dev", 3000),
}
EXECUTOR_PORTS = {"next": 3000, "angular": 4200, "vite": 4200, "webpack": 4200, "react": 4200, "web": 4200}
MAX_PROJECTS = 60


@dataclass(frozen=True, slots=True)
class NxApp:
    """An app that ``nx TARGET NAME`` serves."""

    name: str
    target: str
    path: str
    line: int
    port: int | None
    folder: str


def nx_starts(repo: Repository, root: str, manager: NodeManager) -> Iterator[Evidence]:
    """Yield the first two apps of an Nx workspace, each with its port."""
    if join(root, "nx.json") not in repo.files:
        return
    apps = [app for app in nx_apps(repo, root) if is_safe_name(app.name)]
    for index, app in enumerate(apps[:2]):
        text = f"{manager.package_runner} nx {app.target} {app.name}"
        key = Key.COMPANION if index else Key.START
        yield Evidence(key, text, app.path, app.line, DOCUMENTED, root, "node", "an Nx project")
        yield from ports.best(_ports(repo, app), root, "node")


def nx_ports(repo: Repository, root: str, command: SimpleCommand) -> Iterator[Evidence]:
    """Yield a port for each app that an Nx command of a script serves."""
    named = {name for name, _ in nx_targets(command)}
    for app in nx_apps(repo, root) if named else ():
        if app.name in named:
            yield from ports.best(_ports(repo, app), root, "node")


def nx_apps(repo: Repository, root: str) -> list[NxApp]:
    """Return the projects with a target that serves them, stated or inferred by Nx."""
    plugins = as_object(repo.json(join(root, "nx.json"))).get("plugins")
    options = {
        str(as_object(item).get("plugin")): as_object(as_object(item).get("options"))
        for item in (plugins if isinstance(plugins, list) else [])
    }
    found: list[NxApp] = []
    for path in list(repo.named("project.json", "package.json"))[:MAX_PROJECTS]:
        folder = folder_of(path)
        is_inside = not root or folder.startswith(root + "/")
        if folder == root or not is_inside or is_side(folder) or folder.endswith("-e2e"):
            continue
        app = _stated(repo, path) if path.endswith("project.json") else _inferred(repo, path, options)
        if app is not None and all(other.folder != app.folder for other in found):
            found.append(app)
    return found


def _stated(repo: Repository, path: str) -> NxApp | None:
    manifest = repo.json(path)
    targets = as_object(manifest.get("targets") or manifest.get("architect"))
    target = next((name for name in TARGETS if name in targets), None)
    if target is None or manifest.get("projectType") == "library":
        return None
    body = as_object(targets[target])
    stated = as_object(body.get("options")).get("port")
    executor = str(body.get("executor") or "")
    default = next((number for word, number in EXECUTOR_PORTS.items() if word in executor), None)
    name = str(manifest.get("name") or folder_of(path).rpartition("/")[2])
    line = repo.line(path, f'"{target}"')
    return NxApp(name, target, path, line, stated if isinstance(stated, int) else default, folder_of(path))


def _inferred(repo: Repository, path: str, options: dict[str, dict[str, object]]) -> NxApp | None:
    """Return the app that Nx infers from the configuration of a framework whose plugin it uses."""
    folder, name = folder_of(path), repo.json(path).get("name")
    for config, (plugin, option, target, number) in INFERRED.items():
        plugin_options = next((body for key, body in options.items() if key.startswith(plugin)), None)
        files = [file for file in repo.in_folder(folder) if file.rpartition("/")[2].startswith(f"{config}.")]
        if plugin_options is not None and isinstance(name, str) and files:
            return NxApp(
                name,
                str(plugin_options.get(option) or target),
                path,
                repo.line(path, '"name"'),
                number,
                folder,
            )
    return None


def _ports(repo: Repository, app: NxApp) -> Iterator[Evidence]:
    yield from ports.in_configs(repo, app.folder)
    for entry in ("src/main.ts", "src/main.js"):
        yield from ports.in_file(repo, join(app.folder, entry), ports.IN_CODE, 0.9, "the code listens there")
    if app.port is not None:
        yield ports.port(app.path, app.line, app.port, DEFAULT, "the target's port")


def turbo_start(
    repo: Repository, root: str, manager: NodeManager, members: Sequence[NodeProject]
) -> Iterator[Evidence]:
    """Yield the Turborepo task that starts the apps, if a member has a script of that name."""
    path = join(root, "turbo.json")
    table = repo.jsonc(path)
    tasks = as_object(table.get("tasks") or table.get("pipeline"))
    for name in ("dev", "start"):
        if name in tasks and any(name in member.scripts for member in members):
            line = repo.line(path, f'"{name}"')
            text = f"{manager.package_runner} turbo run {name}"
            yield Evidence(Key.START, text, path, line, STATED, root, "node", "a Turborepo task")
            return
