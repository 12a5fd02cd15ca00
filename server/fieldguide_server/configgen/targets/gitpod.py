"""``.gitpod.yml`` (Gitpod Classic), with a ``.gitpod.Dockerfile`` where packages are needed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.checks.references import (
    FileContext,
    copy_problems,
    extension_problems,
    file_problems,
)
from fieldguide_server.configgen.checks.sessions import Phase, ShellSession, command_lines, visited_folders
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.targets.base import Target, UpdatedText
from fieldguide_server.configgen.targets.text import (
    commented,
    dump,
    one_line,
    quoted_scalar,
    scalar,
    script,
    unknown_comments,
)
from fieldguide_server.configgen.targets.yaml_edits import add_items, is_listed, replace_outdated, runs
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Port, Problem, Task

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
    """Return the files for an environment, the YAML first."""
    files = [ConfigFile(FILE, unknown_comments(environment.unknown) + dump(_sections(environment)))]
    if environment.packages:
        base = IMAGES.get(environment.database, DEFAULT_IMAGE)
        text = f"FROM {base}\n\nRUN sudo install-packages {' '.join(environment.packages)}\n"
        files.append(ConfigFile(DOCKERFILE, text))
    return tuple(files)


def _sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return the sections of the document that are not empty."""
    sections: dict[str, Any] = {}
    if environment.packages:
        sections["image"] = {"file": DOCKERFILE}
    elif environment.database:
        sections["image"] = IMAGES[environment.database]
    if environment.variables:
        sections["env"] = {name: quoted_scalar(value) for name, value in environment.variables}
    if environment.tasks:
        sections["tasks"] = [_task_entry(task) for task in environment.tasks]
    if environment.ports:
        sections["ports"] = [_port_entry(port) for port in environment.ports]
    if environment.extensions:
        sections["vscode"] = {"extensions": [scalar(item) for item in environment.extensions]}
    return sections


def _task_entry(task: Task) -> dict[str, Any]:
    """Return one terminal. Its ``cd`` is in ``before``, which runs at every kind of start, so that all phases have it."""
    before = [f"cd {quoted(task.folder)}", *task.prepare] if task.folder else task.prepare
    init = [*task.setup]
    init += [f"gp sync-done {task.signal}"] if task.signal else []
    init += [f"gp sync-await {task.after}"] if task.after else []
    wait = [f"gp ports await {task.wait_port}"] if task.wait_port else []
    phases = {"before": before, "init": init, "command": [*wait, *task.late, *task.start]}
    return {"name": scalar(task.name), **{name: script(lines) for name, lines in phases.items() if lines}}


def _port_entry(port: Port) -> Mapping[str, object]:
    """Return one port, with the line that it comes from as a comment."""
    entry = commented({"port": port.number, "name": scalar(port.name), "onOpen": ON_OPEN[port.opens]})
    entry.yaml_add_eol_comment(one_line(port.source), "port")
    return entry


def sessions(document: object) -> Iterator[ShellSession]:
    """Yield a session for each task. After a prebuild, the command runs without ``init`` and without its ``cd``."""
    tasks = as_object(document).get("tasks")
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        texts = as_object(task)
        phases = (_phase(name, index, texts) for name in PHASES if isinstance(texts.get(name), str))
        yield ShellSession(tuple(phases))


def _phase(name: str, index: int, texts: Mapping[str, object]) -> Phase:
    stays = name == "command"
    return Phase(name, ("tasks", index, name), str(texts[name]), not stays, stays, name == "before")


def check_references(document: object, context: FileContext) -> Iterator[Problem]:
    """Check the Dockerfile and what it copies, the workspace file that the editor opens, and the extensions."""
    body = as_object(document)
    image = as_object(body.get("image"))
    name, build = image.get("file"), image.get("context")
    if isinstance(name, str):
        path, place = join("", name), ("image", "file")
        folders = [join("", build)] if isinstance(build, str) else ["", folder_of(path)]
        yield from file_problems(path, name, place, context) or copy_problems(path, folders, place, context)
    workspace = body.get("workspaceLocation")
    if isinstance(workspace, str) and workspace.endswith(".code-workspace"):
        path = workspace.partition("/")[2] or workspace
        yield from file_problems(path, workspace, ("workspaceLocation",), context)
    ids = as_object(body.get("vscode")).get("extensions")
    yield from extension_problems(ids, ("vscode", "extensions"))


def update(text: str, environment: DevEnvironment, repo: Repository) -> UpdatedText:
    """Replace outdated commands; add the tasks if there is none, and the ports of what the file starts."""
    sections = _sections(environment)
    text, notes = replace_outdated(text, _sessions_of(text), repo)
    tasks = sections.get("tasks", [])
    if tasks and not _document(text).get("tasks"):
        text = add_items(text, "tasks", tasks)
        notes += [f"Added the task {task.name}." for task in environment.tasks]
    else:
        folders = visited_folders(_sessions_of(text))
        missing = [task for task in environment.tasks if task.folder not in folders and not task.service]
        notes += map(_missing_task, missing)
    return _with_ports(text, sections.get("ports", []), environment, notes)


def _document(text: str) -> dict[str, object]:
    return as_object(parse(text, Syntax.YAML).value)


def _sessions_of(text: str) -> Iterator[ShellSession]:
    return sessions(_document(text))


def _missing_task(task: Task) -> str:
    """Return the note for a part of the repository without a task, which may be intended: nothing is added."""
    how = f", which is started by `{task.start[0]}`" if task.start else ""
    return f"No task runs in {task.folder or 'the root folder'}{how}."


def _with_ports(
    text: str, entries: Sequence[Any], environment: DevEnvironment, notes: Sequence[str]
) -> UpdatedText:
    """Return the text with the missing ports of what the file starts."""
    listed = _document(text).get("ports") or []
    if not isinstance(listed, list):
        return UpdatedText(text, tuple(notes))
    lines = command_lines(_sessions_of(text))
    missing = [
        (port, entry)
        for port, entry in zip(environment.ports, entries, strict=True)
        if any(runs(line, need) for need in port.needs for line in lines)
        and not is_listed(port.number, listed)
    ]
    if missing:
        text = add_items(text, "ports", [entry for _, entry in missing])
    added = [f"Added port {port.number} ({port.source})." for port, _ in missing]
    return UpdatedText(text, (*notes, *added))


TARGET = Target("gitpod", Syntax.YAML, render, sessions, check_references, update)
