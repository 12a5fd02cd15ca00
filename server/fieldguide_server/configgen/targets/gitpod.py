"""``.gitpod.yml`` (Gitpod Classic), with a ``.gitpod.Dockerfile`` where packages are needed."""

from collections.abc import Iterator, Mapping
from typing import Any

from fieldguide_server.configgen.checks.references import copied_failures
from fieldguide_server.configgen.checks.sessions import Phase, Session
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.targets.base import Context, Target, Updated
from fieldguide_server.configgen.targets.gitpod_update import merged
from fieldguide_server.configgen.targets.naming import extension_failures, file_failures
from fieldguide_server.configgen.targets.text import (
    commented,
    comments,
    dump,
    one_line,
    scalar,
    scalar_text,
    script,
)
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Failure, Port, Task

FILE = ".gitpod.yml"
DOCKERFILE = ".gitpod.Dockerfile"
DEFAULT_IMAGE = "gitpod/workspace-full"
IMAGES = {
    "postgresql": "gitpod/workspace-postgres",
    "mysql": "gitpod/workspace-mysql",
    "mongodb": "gitpod/workspace-mongodb",
}
ON_OPEN = {"preview": "open-preview", "notify": "notify", "ignore": "ignore"}
PHASES = ("before", "init", "prebuild", "command")


def render(environment: DevEnvironment, _: Repository) -> tuple[ConfigFile, ...]:
    """Return the files for one environment: the YAML first."""
    files = [ConfigFile(FILE, comments(environment.unknown) + dump(sections(environment)))]
    if environment.packages:
        base = IMAGES.get(environment.database, DEFAULT_IMAGE)
        text = f"FROM {base}\n\nRUN sudo install-packages {' '.join(environment.packages)}\n"
        files.append(ConfigFile(DOCKERFILE, text))
    return tuple(files)


def sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return the document's parts, each only where there is something to say."""
    parts: dict[str, Any] = {}
    if environment.packages:
        parts["image"] = {"file": DOCKERFILE}
    elif environment.database:
        parts["image"] = IMAGES[environment.database]
    if environment.variables:
        parts["env"] = {name: scalar_text(value) for name, value in environment.variables}
    if environment.tasks:
        parts["tasks"] = [task_entry(task) for task in environment.tasks]
    if environment.ports:
        parts["ports"] = [port_entry(port) for port in environment.ports]
    if environment.extensions:
        parts["vscode"] = {"extensions": [scalar(item) for item in environment.extensions]}
    return parts


def task_entry(task: Task) -> dict[str, Any]:
    """Return one terminal. The ``cd`` stands in ``before``, which runs on every kind of start, so it holds for all phases."""
    before = [f"cd {quoted(task.folder)}", *task.prepare] if task.folder else task.prepare
    init = [*task.setup]
    init += [f"gp sync-done {task.signal}"] if task.signal else []
    init += [f"gp sync-await {task.after}"] if task.after else []
    wait = [f"gp ports await {task.wait_port}"] if task.wait_port else []
    phases = {"before": before, "init": init, "command": [*wait, *task.late, *task.start]}
    return {"name": scalar(task.name), **{name: script(lines) for name, lines in phases.items() if lines}}


def port_entry(port: Port) -> Mapping[str, object]:
    """Return one port, with the line that names it as a comment."""
    entry = commented({"port": port.number, "name": scalar(port.name), "onOpen": ON_OPEN[port.opens]})
    entry.yaml_add_eol_comment(one_line(port.source), "port")
    return entry


def sessions(document: object) -> Iterator[Session]:
    """Yield the phases of a task share one shell, but not always: after a prebuild ``init`` is skipped, its ``cd`` with it."""
    tasks = as_object(document).get("tasks")
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        texts = as_object(task)
        yield Session(
            tuple(_phase(name, index, texts) for name in PHASES if isinstance(texts.get(name), str))
        )


def _phase(name: str, index: int, texts: Mapping[str, object]) -> Phase:
    stays = name == "command"
    return Phase(name, ("tasks", index, name), str(texts[name]), not stays, stays, name == "before")


def names(document: object, context: Context) -> Iterator[Failure]:
    """Yield the image's file and what it copies, the workspace file that the editor opens, and ids of extensions."""
    body = as_object(document)
    image = as_object(body.get("image"))
    name, build = image.get("file"), image.get("context")
    if isinstance(name, str):
        place, path = join("", name), ("image", "file")
        folders = [join("", build)] if isinstance(build, str) else ["", folder_of(place)]
        yield from file_failures(place, name, path, context) or copied_failures(place, folders, context, path)
    opened = body.get("workspaceLocation")
    if isinstance(opened, str) and opened.endswith(".code-workspace"):
        inner = opened.partition("/")[2] or opened
        yield from file_failures(inner, opened, ("workspaceLocation",), context)
    ids = as_object(body.get("vscode")).get("extensions")
    yield from extension_failures(ids, ("vscode", "extensions"))


def update(text: str, environment: DevEnvironment, repo: Repository) -> Updated:
    """Return an existing file with what evidence adds."""
    return merged(text, sections(environment), environment, repo, sessions)


TARGET = Target("gitpod", Syntax.YAML, render, sessions, names, update)
