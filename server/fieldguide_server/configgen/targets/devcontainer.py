"""``devcontainer.json``: features with versions, set-up, ports; with compose where a compose file has the database."""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.checks.portability import ShellEnvironment
from fieldguide_server.configgen.checks.problems import closest_match
from fieldguide_server.configgen.checks.references import (
    FileContext,
    copy_problems,
    extension_problems,
    file_problems,
)
from fieldguide_server.configgen.checks.sessions import Phase, ShellSession
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, folder_of, join
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.reading.yaml import Path, YamlError, read_yaml
from fieldguide_server.configgen.targets.base import Target, UpdatedText
from fieldguide_server.configgen.targets.devcontainer_features import features
from fieldguide_server.configgen.targets.json_edits import add_item, add_member
from fieldguide_server.configgen.targets.text import dump, unknown_comments
from fieldguide_server.configgen.targets.yaml_edits import is_listed
from fieldguide_server.configgen.types import ConfigFile, Container, DevEnvironment, Port, Problem, Task

FILE = ".devcontainer/devcontainer.json"
COMPOSE = ".devcontainer/compose.yml"
IMAGE = "mcr.microsoft.com/devcontainers/base:ubuntu"
FOLDER = "/workspace"
SERVICE = "workspace"
ON_FORWARD = {"preview": "openPreview", "notify": "notify", "ignore": "silent"}
# The version of a feature replaces these commands.
OMITTED = frozenset({"nvm install"})
SHELL = ShellEnvironment(is_posix=True, is_non_interactive=True, is_unattended=True)
LIFECYCLE = (
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
# Any of these shows that the owner has decided how the container is set up.
SETUP_COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand")


def render(environment: DevEnvironment, _: Repository) -> tuple[ConfigFile, ...]:
    """Return devcontainer.json first, then the compose file of the workspace's own container."""
    container = _single_container(environment)
    body = {**_base(environment, container), **_sections(environment)}
    unknown = [*environment.unknown]
    if environment.database:
        unknown.append(f"Where {environment.database} runs: no compose file contains it.")
    text = json.dumps(body, indent=2, ensure_ascii=False)
    files = [ConfigFile(FILE, f"{unknown_comments(unknown, '//')}{text}\n")]
    if container:
        files.append(ConfigFile(COMPOSE, _compose(container)))
    return tuple(files)


def _sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return everything except what the container is made from."""
    sections: dict[str, Any] = {}
    tasks, has_container = environment.tasks, _single_container(environment) is not None
    docker = any("docker " in line for task in tasks for line in task.lines) and not has_container
    if found := features(environment.tools, tasks, docker=docker):
        sections["features"] = found
    if environment.packages:
        names = " ".join(environment.packages)
        sections["onCreateCommand"] = f"sudo apt-get update && sudo apt-get install -y {names}"
    if environment.variables:
        sections["remoteEnv"] = dict(environment.variables)
    sections |= _commands(tasks, has_container=has_container)
    if environment.ports:
        sections["forwardPorts"] = [port.number for port in environment.ports]
        sections["portsAttributes"] = {str(port.number): _attributes(port) for port in environment.ports}
    if environment.extensions:
        sections["customizations"] = {"vscode": {"extensions": list(environment.extensions)}}
    return sections


def _commands(tasks: Sequence[Task], *, has_container: bool) -> dict[str, object]:
    """Return the lifecycle commands; several run side by side under the names of their tasks."""
    services = [task for task in tasks if task.service and not has_container]
    apps = [task for task in tasks if task.start and not task.service]
    commands = {
        "postCreateCommand": {task.name: _chain(task, _setup(task)) for task in tasks if _setup(task)},
        "postStartCommand": {task.name: _chain(task, task.start) for task in services},
        "postAttachCommand": {task.name: _chain(task, (*task.late, *task.start)) for task in apps},
    }
    return {
        name: next(iter(named.values())) if len(named) == 1 else named
        for name, named in commands.items()
        if named
    }


def _base(environment: DevEnvironment, container: Container | None) -> dict[str, Any]:
    if container is None:
        return {"image": IMAGE}
    files = [posixpath.relpath(container.file, ".devcontainer"), posixpath.basename(COMPOSE)]
    services = [SERVICE, *(item.name for item in environment.containers)]
    return {
        "dockerComposeFile": files,
        "service": SERVICE,
        "runServices": services,
        "workspaceFolder": FOLDER,
    }


def _single_container(environment: DevEnvironment) -> Container | None:
    """Return the container whose network the workspace shares, so that its ports are on localhost.

    This works for one container only; with several, compose runs inside the workspace.
    """
    return environment.containers[0] if len(environment.containers) == 1 else None


def _compose(container: Container) -> str:
    """Return the compose file with the workspace's own service; its paths start at the folder of the first file."""
    root = posixpath.relpath(".", folder_of(container.file) or ".")
    service = {
        "image": IMAGE,
        "command": "sleep infinity",
        "volumes": [f"{root}:{FOLDER}:cached"],
        "network_mode": f"service:{container.name}",
    }
    return dump({"services": {SERVICE: service}})


def _setup(task: Task) -> tuple[str, ...]:
    """Return what runs once: the tools are activated, then the project is set up."""
    return tuple(line for line in (*task.prepare, *task.setup) if line not in OMITTED) if task.setup else ()


def _chain(task: Task, lines: Sequence[str]) -> str:
    enter = [f"cd {quoted(task.folder)}"] if task.folder else []
    return " && ".join([*enter, *lines])


def _attributes(port: Port) -> dict[str, str]:
    return {"label": port.name, "onAutoForward": ON_FORWARD[port.opens]}


def sessions(document: object) -> Iterator[ShellSession]:
    """Yield a session for each lifecycle command, of which only the last may stay."""
    for name in LIFECYCLE:
        value = as_object(document).get(name)
        named = as_object(value) if isinstance(value, dict) else {"": value}
        for key, command in named.items():
            words = [quoted(word) for word in as_strings(command)] if isinstance(command, list) else []
            text = command if isinstance(command, str) else " ".join(words)
            path = (name, key) if key else (name,)
            if text:
                yield ShellSession((Phase(name, path, text, name != "postAttachCommand", shell=SHELL),))


def check_references(document: object, context: FileContext) -> Iterator[Problem]:
    """Check the Dockerfile and what it copies, the compose files and their services, and the extensions."""
    body = as_object(document)
    yield from _dockerfile_problems(body, context)
    yield from _compose_problems(body, context)
    ids = as_object(as_object(body.get("customizations")).get("vscode")).get("extensions")
    yield from extension_problems(ids, ("customizations", "vscode", "extensions"))


def _dockerfile_problems(body: Mapping[str, object], context: FileContext) -> Iterator[Problem]:
    build, home = as_object(body.get("build")), folder_of(context.path)
    name = build.get("dockerfile", body.get("dockerFile"))
    if not isinstance(name, str) or "$" in name:
        return
    place: Path = ("build", "dockerfile") if "dockerfile" in build else ("dockerFile",)
    path, folder = join(home, name), build.get("context", body.get("context", "."))
    if missing := file_problems(path, name, place, context):
        yield from missing
    elif isinstance(folder, str) and "$" not in folder:
        yield from copy_problems(path, [join(home, folder)], place, context)


def _compose_problems(body: Mapping[str, object], context: FileContext) -> Iterator[Problem]:
    names = [name for name in as_strings(body.get("dockerComposeFile")) if "$" not in name]
    paths = {join(folder_of(context.path), name): name for name in names}
    missing = [
        problem
        for path, name in paths.items()
        for problem in file_problems(path, name, ("dockerComposeFile",), context)
    ]
    yield from missing
    if paths and not missing:
        yield from _service_problems(body, list(paths), context)


def _service_problems(
    body: Mapping[str, object], files: Sequence[str], context: FileContext
) -> Iterator[Problem]:
    existing: set[str] = set()
    for path in files:
        try:
            document = as_object(read_yaml(context.read(path)).value)
        except YamlError:
            return
        # The services of included files are not read.
        if "include" in document:
            return
        existing |= as_object(document.get("services")).keys()
    for key in ("service", "runServices"):
        for name in as_strings(body.get(key)):
            if name not in existing and "$" not in name:
                message = f"There is no service {name} in {files[0]}."
                yield Problem(message, name, (key,), 0, name, closest_match(name, existing))


def update(text: str, environment: DevEnvironment, _: Repository) -> UpdatedText:
    """Add a set-up command, ports and their attributes where the file has none."""
    body = parse(text, Syntax.JSONC).value
    if not isinstance(body, dict):
        return UpdatedText(text, ("The file is not a JSON object, so it was not changed.",))
    sections = _sections(environment)
    notes: list[str] = []
    if not any(name in body for name in SETUP_COMMANDS) and "postCreateCommand" in sections:
        text = add_member(text, (), "postCreateCommand", sections["postCreateCommand"])
        notes.append("Added postCreateCommand.")
    for port in environment.ports:
        if not is_listed(port.number, _listed_ports(body)):
            text = _add_port(text, port)
            notes.append(f"Added port {port.number}.")
    return UpdatedText(text, tuple(notes))


def _listed_ports(body: Mapping[str, object]) -> list[object]:
    forwarded, published = body.get("forwardPorts"), body.get("appPort")
    ports = forwarded if isinstance(forwarded, list) else []
    published = published if isinstance(published, list) else [published] if published else []
    # db:5432 is a port of another container: the number is what counts.
    return [str(port).rpartition(":")[2] for port in [*ports, *published]]


def _add_port(text: str, port: Port) -> str:
    body = as_object(parse(text, Syntax.JSONC).value)
    if isinstance(body.get("forwardPorts"), list):
        text = add_item(text, ("forwardPorts",), port.number)
    else:
        text = add_member(text, (), "forwardPorts", [port.number])
    if isinstance(body.get("portsAttributes"), dict):
        return add_member(text, ("portsAttributes",), str(port.number), _attributes(port))
    return add_member(text, (), "portsAttributes", {str(port.number): _attributes(port)})


TARGET = Target("devcontainer", Syntax.JSONC, render, sessions, check_references, update)
