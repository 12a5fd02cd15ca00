"""A GitHub Actions workflow that installs, builds and tests, and the steps of an existing one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fieldguide_server.configgen.checks.portability import ShellEnvironment
from fieldguide_server.configgen.checks.problems import closest_match, closest_path
from fieldguide_server.configgen.checks.references import FileContext
from fieldguide_server.configgen.checks.sessions import Phase, ShellSession
from fieldguide_server.configgen.checks.working_tree import GENERATORS, is_harmless, is_ignored
from fieldguide_server.configgen.detect.ci.github import runs
from fieldguide_server.configgen.plan.plan import UNKNOWN_START, unknown_port
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, join
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.base import Target, UpdatedText
from fieldguide_server.configgen.targets.devcontainer_features import plain_version
from fieldguide_server.configgen.targets.text import dump, quoted_scalar, scalar, unknown_comments
from fieldguide_server.configgen.targets.yaml_edits import replace_outdated
from fieldguide_server.configgen.tools.setup_actions import WRITTEN_ACTIONS
from fieldguide_server.configgen.types import Check, ConfigFile, Container, DevEnvironment, Problem, Tool

FILE = ".github/workflows/ci.yml"
RUNNER = "ubuntu-latest"
CHECKOUT = {"uses": "actions/checkout@v4"}
MANAGERS = {"pnpm": "pnpm/action-setup@v4", "bun": "oven-sh/setup-bun@v2"}
VERSION_FILES = {
    ".nvmrc": "node-version-file",
    ".node-version": "node-version-file",
    ".python-version": "python-version-file",
    "go.mod": "go-version-file",
    "go.work": "go-version-file",
    "global.json": "global-json-file",
}
# Commands that the set-up actions replace.
OMITTED = frozenset({"nvm install", "npm install --global deno"})
EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
SETUP_ACTION = re.compile(
    r"^actions/checkout@|(?:^|/)(?:setup-|action-setup|cache|configure-|gradle-build-action)|actions-rs/toolchain"
)
# A checkout with one of these inputs brings other files than those of the repository.
OTHER_CHECKOUT = frozenset({"repository", "path", "ref", "sparse-checkout"})
# The runners configure apt to ask for no confirmation.
SHELL = ShellEnvironment(is_non_interactive=True)
SHELL_NAMES = ("bash", "sh")


def render(environment: DevEnvironment, repo: Repository) -> tuple[ConfigFile, ...]:
    """Return one workflow; none if there is nothing to check, or if the repository's CI checks it already."""
    existing = {run.text for run in runs(repo)}
    checks = [
        check for check in environment.checks if check.stack != "workflow" and check.command not in existing
    ]
    folders = list(dict.fromkeys(check.folder for check in checks))
    if not folders or any(check.stack == "workflow" for check in environment.checks):
        return ()
    document: dict[str, object] = {
        "name": "CI",
        "on": ["push", "pull_request"],
        "permissions": {"contents": "read"},
        "jobs": {_job_name(folder): _job(environment, folder, checks) for folder in folders},
    }
    return (ConfigFile(FILE, unknown_comments(_unknown(environment)) + dump(document)),)


def _unknown(environment: DevEnvironment) -> list[str]:
    """Return what is unknown and matters in a workflow, unlike how the project is started and on which port."""
    ports = {unknown_port(line, task.folder) for task in environment.tasks for line in task.start}
    return [each for each in environment.unknown if each not in ports and each != UNKNOWN_START]


def _job_name(folder: str) -> str:
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in folder).strip("-")
    return name if name[:1].isalpha() else f"job-{name}" if name else "test"


def _job(environment: DevEnvironment, folder: str, checks: Sequence[Check]) -> dict[str, Any]:
    tasks = [task for task in environment.tasks if task.folder == folder]
    lines = dict.fromkeys(line for task in tasks for line in (*task.prepare, *task.setup))
    steps: list[dict[str, Any]] = [CHECKOUT]
    # Every tool: a job of one folder may call another's, and an unused one only costs seconds.
    steps += [step for tool in environment.tools if tool.stack in WRITTEN_ACTIONS for step in _setup(tool)]
    if environment.packages:
        names = " ".join(environment.packages)
        steps.append({"run": f"sudo apt-get update && sudo apt-get install -y {names}"})
    steps += [{"run": scalar(line)} for line in lines if line not in OMITTED]
    steps += [{"run": scalar(check.command)} for check in checks if check.folder == folder]
    job: dict[str, Any] = {"runs-on": RUNNER}
    if folder:
        job["defaults"] = {"run": {"working-directory": scalar(folder)}}
    if environment.variables:
        job["env"] = {name: quoted_scalar(value) for name, value in environment.variables}
    if environment.containers:
        job["services"] = {container.name: _service(container) for container in environment.containers}
    return {**job, "steps": steps}


def _setup(tool: Tool) -> list[dict[str, Any]]:
    """Return the steps that set up a tool: first its package manager, which setup-node looks for."""
    action = WRITTEN_ACTIONS[tool.stack]
    file_input = VERSION_FILES.get(tool.path.rpartition("/")[2])
    version = plain_version(tool) if tool.stack not in {"scala", "dart"} else ""
    inputs: dict[str, Any] = (
        {file_input: tool.path}
        if file_input
        else {action.version_input: quoted_scalar(version or action.default_version)}
    )
    if tool.stack in {"java", "scala"}:
        inputs = {"distribution": "temurin", **inputs}
    manager: list[dict[str, Any]] = [{"uses": MANAGERS[tool.manager]}] if tool.manager in MANAGERS else []
    # Without packageManager in package.json, the action requires a version.
    if tool.manager == "pnpm" and not tool.manager_path.endswith("package.json"):
        manager[0]["with"] = {"version": "latest"}
    return [*manager, {"uses": action.reference, "with": inputs}]


def _service(container: Container) -> dict[str, Any]:
    service: dict[str, Any] = {"image": scalar(container.image)}
    if container.variables:
        service["env"] = {name: scalar(value) for name, value in container.variables}
    service["ports"] = [quoted_scalar(f"{outer}:{inner}") for outer, inner in container.ports]
    return service


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an existing workflow.

    Attributes:
        job: The key of its job.
        index: Its position in the job.
        body: The step as it is written.
        folder: Where it runs; None if that is unknown.
        has_known_files: Whether the files are still those of the repository.
        is_shell: Whether its text is for a shell that can be checked.
        folder_place: Leads to what sets the folder.
    """

    job: str
    index: int
    body: dict[str, object]
    folder: str | None
    has_known_files: bool
    is_shell: bool
    folder_place: Path

    @property
    def script(self) -> str:
        """The shell text with expressions as variables of the same length; "" if it runs none."""
        text = self.body.get("run")
        if not isinstance(text, str) or not self.is_shell:
            return ""
        return EXPRESSION.sub(lambda found: "$" + re.sub(r"[^\n]", "_", found.group()[1:]), text)


def _steps(document: object) -> Iterator[Step]:
    """Yield the steps of every job, in order."""
    for name, job in as_object(as_object(document).get("jobs")).items():
        body = as_object(job)
        listed = body.get("steps")
        is_checked_out = has_known_files = False
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            content = as_object(entry)
            action = str(content.get("uses", ""))
            if action.startswith("actions/checkout@"):
                inputs = as_object(content.get("with")).keys()
                is_checked_out = has_known_files = not OTHER_CHECKOUT & inputs
            folder, place = _folder(document, body, content, (name, index))
            folder = folder if is_checked_out else None
            is_shell = _is_shell(document, body, content)
            step = Step(name, index, content, folder, has_known_files, is_shell, place)
            yield step
            has_known_files = has_known_files and _keeps_files(step, action)


def _keeps_files(step: Step, action: str) -> bool:
    """Return whether a step leaves the files as they are in the repository."""
    if action and not SETUP_ACTION.search(action):
        return False
    return not GENERATORS.search(step.script) and all(map(is_harmless, split_quietly(step.script)))


def _folder(
    document: object, job: dict[str, object], step: dict[str, object], at: tuple[str, int]
) -> tuple[str | None, Path]:
    """Return the folder of the step ``at`` (job, index), None if it is unknown, and the place that sets it."""
    key = "working-directory"
    candidates: list[tuple[object, Path]] = [
        (step.get(key), ("jobs", at[0], "steps", at[1], key)),
        (_default(job, key), ("jobs", at[0], "defaults", "run", key)),
        (_default(document, key), ("defaults", "run", key)),
    ]
    for folder, place in candidates:
        if isinstance(folder, str):
            is_unknown = folder.startswith(("/", "~")) or "$" in folder
            return None if is_unknown else join("", folder), place
    return "", ()


def _default(holder: object, key: str) -> object:
    return as_object(as_object(as_object(holder).get("defaults")).get("run")).get(key)


def _is_shell(document: object, job: dict[str, object], step: dict[str, object]) -> bool:
    """Return whether the text is for a shell that can be checked; on Windows the default is another one."""
    shell = step.get("shell") or _default(job, "shell") or _default(document, "shell")
    if isinstance(shell, str):
        return shell.split()[:1] in ([name] for name in SHELL_NAMES)
    return "windows" not in f"{job.get('runs-on')} {job.get('strategy')}".lower()


def sessions(document: object) -> Iterator[ShellSession]:
    """Yield a session for each ``run`` step, which its author may let run for as long as the job does."""
    for step in _steps(document):
        if step.script:
            place = ("jobs", step.job, "steps", step.index, "run")
            phase = Phase("run", place, step.script, must_exit=False, shell=SHELL)
            yield ShellSession((phase,), step.folder, step.job, step.has_known_files)


def check_references(document: object, context: FileContext) -> Iterator[Problem]:
    """Check the jobs that jobs need, local actions and workflows, working directories, and version files."""
    jobs = as_object(as_object(document).get("jobs"))
    for name, job in jobs.items():
        body = as_object(job)
        for each in as_strings(body.get("needs")):
            if each not in jobs:
                near = closest_match(each, jobs)
                yield Problem(f"There is no job {each}.", each, ("jobs", name, "needs"), 0, each, near)
        yield from _local_action(body.get("uses"), ("jobs", name, "uses"), context)
    reported: set[Path] = set()
    for step in _steps(document):
        if step.folder is None or not step.has_known_files:
            continue
        if "run" in step.body and step.folder_place not in reported:
            missing = list(_missing_folder(step.folder, step.folder_place, context))
            reported |= {step.folder_place} if missing else set()
            yield from missing
        yield from _local_action(
            step.body.get("uses"), ("jobs", step.job, "steps", step.index, "uses"), context
        )
        yield from _version_files(step, context)


def _missing_folder(folder: str, place: Path, context: FileContext) -> Iterator[Problem]:
    if folder not in context.repo.folders and not is_ignored(context.repo, folder):
        word, near = folder.rpartition("/")[2], closest_path(folder, context.repo.folders)
        yield Problem(f"The folder {folder} does not exist.", word, place, 0, word, near)


def _local_action(action: object, place: Path, context: FileContext) -> Iterator[Problem]:
    """Check an action or workflow of the repository itself."""
    if isinstance(action, str) and action.startswith("./") and "$" not in action:
        path = join("", action)
        if not context.has(path):
            yield Problem(f"{path} does not exist.", path, place, 0, path, "")


def _version_files(step: Step, context: FileContext) -> Iterator[Problem]:
    for key, name in as_object(step.body.get("with")).items():
        if not key.endswith("-version-file") or not isinstance(name, str) or "$" in name:
            continue
        path = join("", name)
        if not context.has(path):
            place: Path = ("jobs", step.job, "steps", step.index, "with", key)
            near = closest_path(path, context.repo.files)
            yield Problem(f"The file {name} does not exist.", name, place, 0, name.rpartition("/")[2], near)


def update(text: str, _: DevEnvironment, repo: Repository) -> UpdatedText:
    """Replace outdated commands; what an existing workflow checks is the owner's choice."""
    changed, notes = replace_outdated(text, sessions(parse(text, Syntax.YAML).value), repo)
    return UpdatedText(changed, tuple(notes))


TARGET = Target("workflow", Syntax.YAML, render, sessions, check_references, update)
