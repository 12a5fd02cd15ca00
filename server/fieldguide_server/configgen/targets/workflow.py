"""A GitHub Actions workflow that installs, builds and tests what the repository says it can."""

from collections.abc import Sequence
from typing import Any

from fieldguide_server.configgen.detect.ci.github import runs
from fieldguide_server.configgen.plan.plan import UNKNOWN_START, unknown_port
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.targets.base import Target, Updated
from fieldguide_server.configgen.targets.devcontainer_features import plain_version
from fieldguide_server.configgen.targets.text import comments, dump, scalar, scalar_text
from fieldguide_server.configgen.targets.workflow_reading import names, sessions
from fieldguide_server.configgen.targets.yaml_edits import caught_up
from fieldguide_server.configgen.types import (
    Check,
    ConfigFile,
    Container,
    DevEnvironment,
    Tool,
)

FILE = ".github/workflows/ci.yml"
RUNNER = "ubuntu-latest"
CHECKOUT = {"uses": "actions/checkout@v4"}
# stack → (action, the input for a version, the version where none is asked for).
SETUPS = {
    "node": ("actions/setup-node@v4", "node-version", "lts/*"),
    "python": ("actions/setup-python@v5", "python-version", "3.x"),
    "go": ("actions/setup-go@v5", "go-version", "stable"),
    "java": ("actions/setup-java@v4", "java-version", "21"),
    "scala": ("actions/setup-java@v4", "java-version", "21"),
    "ruby": ("ruby/setup-ruby@v1", "ruby-version", "ruby"),
    "php": ("shivammathur/setup-php@v2", "php-version", "latest"),
    "dotnet": ("actions/setup-dotnet@v4", "dotnet-version", "8.x"),
    "dart": ("dart-lang/setup-dart@v1", "sdk", "stable"),
    "julia": ("julia-actions/setup-julia@v2", "version", "1"),
    "r": ("r-lib/actions/setup-r@v2", "r-version", "release"),
    "deno": ("denoland/setup-deno@v2", "deno-version", "v2.x"),
}
MANAGERS = {"pnpm": "pnpm/action-setup@v4", "bun": "oven-sh/setup-bun@v2"}
VERSION_FILES = {
    ".nvmrc": "node-version-file",
    ".node-version": "node-version-file",
    ".python-version": "python-version-file",
    "go.mod": "go-version-file",
    "go.work": "go-version-file",
    "global.json": "global-json-file",
}
# The action chooses versions itself, or a lock file pins them: sooner than a wrong number.
NOT_NEEDED = frozenset({"nvm install", "npm install --global deno"})


def render(environment: DevEnvironment, repo: Repository) -> tuple[ConfigFile, ...]:
    """Return one workflow; none where nothing can be checked, or where CI checks it already."""
    known = {run.text for run in runs(repo)}
    wanted = [
        check for check in environment.checks if check.stack != "workflow" and check.command not in known
    ]
    folders = list(dict.fromkeys(check.folder for check in wanted))
    if not folders or any(check.stack == "workflow" for check in environment.checks):
        return ()
    jobs = {_job_name(folder): _job(environment, folder, wanted) for folder in folders}
    document: dict[str, object] = {
        "name": "CI",
        "on": ["push", "pull_request"],
        "permissions": {"contents": "read"},
        "jobs": jobs,
    }
    return (ConfigFile(FILE, comments(_unknown(environment)) + dump(document)),)


def _unknown(environment: DevEnvironment) -> list[str]:
    """Return what is not known and matters here: how the project is started, and on which port, does not."""
    ports = {unknown_port(line, task.folder) for task in environment.tasks for line in task.start}
    return [each for each in environment.unknown if each not in ports and each != UNKNOWN_START]


def _job_name(folder: str) -> str:
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in folder).strip("-")
    return name if name[:1].isalpha() else f"job-{name}" if name else "test"


def _job(environment: DevEnvironment, folder: str, checks: Sequence[Check]) -> dict[str, Any]:
    lines = [
        line for task in environment.tasks if task.folder == folder for line in (*task.prepare, *task.setup)
    ]
    steps: list[dict[str, Any]] = [CHECKOUT]
    for tool in _tools_for(environment.tools, [*lines, *(check.command for check in checks)]):
        steps += _setup(tool)
    if environment.packages:
        names = " ".join(environment.packages)
        steps.append({"run": f"sudo apt-get update && sudo apt-get install -y {names}"})
    steps += [{"run": scalar(line)} for line in dict.fromkeys(lines) if line not in NOT_NEEDED]
    steps += [{"run": scalar(check.command)} for check in checks if check.folder == folder]
    job: dict[str, Any] = {"runs-on": RUNNER}
    if folder:
        job["defaults"] = {"run": {"working-directory": scalar(folder)}}
    if environment.variables:
        job["env"] = {name: scalar_text(value) for name, value in environment.variables}
    if environment.containers:
        job["services"] = {container.name: _service(container) for container in environment.containers}
    return {**job, "steps": steps}


def _tools_for(tools: Sequence[Tool], lines: Sequence[str]) -> list[Tool]:
    """Return all tools: a job of one folder may call another's, and an unused one costs seconds."""
    return [tool for tool in tools if tool.stack in SETUPS] if lines else []


def _setup(tool: Tool) -> list[dict[str, Any]]:
    """Return the manager's action comes first: setup-node looks for it."""
    action, name, default = SETUPS[tool.stack]
    name_of_file = VERSION_FILES.get(tool.path.rpartition("/")[2])
    version = plain_version(tool) if tool.stack not in {"scala", "dart"} else ""
    given: dict[str, Any] = (
        {name_of_file: tool.path} if name_of_file else {name: scalar_text(version or default)}
    )
    if tool.stack in {"java", "scala"}:
        given = {"distribution": "temurin", **given}
    manager: list[dict[str, Any]] = [{"uses": MANAGERS[tool.manager]}] if tool.manager in MANAGERS else []
    # Without packageManager in package.json the action has to be told a version.
    if tool.manager == "pnpm" and not tool.manager_path.endswith("package.json"):
        manager[0]["with"] = {"version": "latest"}
    return [*manager, {"uses": action, "with": given}]


def _service(container: Container) -> dict[str, Any]:
    service: dict[str, Any] = {"image": scalar(container.image)}
    if container.variables:
        service["env"] = {name: scalar(value) for name, value in container.variables}
    service["ports"] = [scalar_text(f"{outer}:{inner}") for outer, inner in container.ports]
    return service


def update(text: str, _: DevEnvironment, repo: Repository) -> Updated:
    """Return an existing workflow with its commands caught up: what it checks is its owner's choice."""
    changed, notes = caught_up(text, sessions(parse(text, Syntax.YAML).value), repo)
    return Updated(changed, tuple(notes))


TARGET = Target("workflow", Syntax.YAML, render, sessions, names, update)
