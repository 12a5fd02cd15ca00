"""``devcontainer.json``: features with versions, set-up, ports; the compose form where a compose file has the database."""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.checks.portability import Surroundings
from fieldguide_server.configgen.checks.problems import like
from fieldguide_server.configgen.checks.references import copied_failures
from fieldguide_server.configgen.checks.sessions import Phase, Session
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, folder_of, join
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.reading.yaml import Path, YamlError, read_yaml
from fieldguide_server.configgen.targets.base import Context, Target, Updated
from fieldguide_server.configgen.targets.devcontainer_features import features
from fieldguide_server.configgen.targets.json_edits import merged
from fieldguide_server.configgen.targets.naming import extension_failures, file_failures
from fieldguide_server.configgen.targets.text import comments, dump
from fieldguide_server.configgen.types import ConfigFile, Container, DevEnvironment, Failure, Port, Task

FILE = ".devcontainer/devcontainer.json"
COMPOSE = ".devcontainer/compose.yml"
IMAGE = "mcr.microsoft.com/devcontainers/base:ubuntu"
FOLDER = "/workspace"
SERVICE = "workspace"
ON_FORWARD = {"preview": "openPreview", "notify": "notify", "ignore": "silent"}
# Chosen by a feature's version instead.
NOT_HERE = frozenset({"nvm install"})
WHERE = Surroundings(is_plain=True, is_bare=True, is_alone=True)
LIFECYCLE = (
    *(
        "initializeCommand",
        "onCreateCommand",
        "updateContentCommand",
        "postCreateCommand",
        "postStartCommand",
    ),
    "postAttachCommand",
)


def render(environment: DevEnvironment, _: Repository) -> tuple[ConfigFile, ...]:
    """Return the files: devcontainer.json first, the compose file of the workspace's own container beside it."""
    container = _own_network(environment)
    body = {**_base(environment, container), **sections(environment)}
    lacking = [_lacking(environment)] if environment.database else []
    text = (
        comments([*environment.unknown, *lacking], "//")
        + json.dumps(body, indent=2, ensure_ascii=False)
        + "\n"
    )
    files = [ConfigFile(FILE, text)]
    if container:
        files.append(ConfigFile(COMPOSE, _compose(container)))
    return tuple(files)


def sections(environment: DevEnvironment) -> dict[str, Any]:
    """Return everything but what the container is made of."""
    parts: dict[str, Any] = {}
    apart = _own_network(environment) is not None
    docker = any("docker " in line for task in environment.tasks for line in task.lines) and not apart
    if found := features(environment.tools, environment.tasks, docker=docker):
        parts["features"] = found
    if environment.packages:
        names = " ".join(environment.packages)
        parts["onCreateCommand"] = f"sudo apt-get update && sudo apt-get install -y {names}"
    if environment.variables:
        parts["remoteEnv"] = dict(environment.variables)
    tasks = environment.tasks
    background = {} if apart else {task.name: _chain(task, task.start) for task in tasks if task.service}
    commands = {
        "postCreateCommand": {task.name: _chain(task, _once(task)) for task in tasks if _once(task)},
        "postStartCommand": background,
        "postAttachCommand": {
            task.name: _chain(task, (*task.late, *task.start))
            for task in tasks
            if task.start and not task.service
        },
    }
    parts |= {name: _single(found) for name, found in commands.items() if found}
    if environment.ports:
        parts["forwardPorts"] = [port.number for port in environment.ports]
        parts["portsAttributes"] = {str(port.number): _attributes(port) for port in environment.ports}
    if environment.extensions:
        parts["customizations"] = {"vscode": {"extensions": list(environment.extensions)}}
    return parts


def _base(environment: DevEnvironment, container: Container | None) -> dict[str, Any]:
    if container is None:
        return {"image": IMAGE}
    files = [posixpath.relpath(container.file, ".devcontainer"), posixpath.basename(COMPOSE)]
    running = [SERVICE, *(item.name for item in environment.containers)]
    return {
        "dockerComposeFile": files,
        "service": SERVICE,
        "runServices": running,
        "workspaceFolder": FOLDER,
    }


def _own_network(environment: DevEnvironment) -> Container | None:
    """Return the one container whose network the workspace shares, so that it answers on localhost as on a laptop.

    With several there is no such network: compose then runs inside the workspace.
    """
    return environment.containers[0] if len(environment.containers) == 1 else None


def _compose(container: Container) -> str:
    """Return the workspace's own service. Compose reads its paths from the folder of the first file."""
    root = posixpath.relpath(".", folder_of(container.file) or ".")
    service = {
        "image": IMAGE,
        "command": "sleep infinity",
        "volumes": [f"{root}:{FOLDER}:cached"],
        "network_mode": f"service:{container.name}",
    }
    return dump({"services": {SERVICE: service}})


def _lacking(environment: DevEnvironment) -> str:
    return f"Where {environment.database} runs: no compose file has it."


def _once(task: Task) -> tuple[str, ...]:
    """Return what is done once: tools switched on, then the set-up."""
    return tuple(line for line in (*task.prepare, *task.setup) if line not in NOT_HERE) if task.setup else ()


def _chain(task: Task, lines: Sequence[str]) -> str:
    enter = [f"cd {quoted(task.folder)}"] if task.folder else []
    return " && ".join([*enter, *lines])


def _single(found: Mapping[str, str]) -> object:
    """Return one command stands alone; several run side by side under their names."""
    return next(iter(found.values())) if len(found) == 1 else dict(found)


def _attributes(port: Port) -> dict[str, str]:
    return {"label": port.name, "onAutoForward": ON_FORWARD[port.opens]}


def sessions(document: object) -> Iterator[Session]:
    """Yield each lifecycle command is a shell of its own; only the last may stay."""
    for name in LIFECYCLE:
        value = as_object(document).get(name)
        named = as_object(value) if isinstance(value, dict) else {"": value}
        for key, command in named.items():
            words = [quoted(word) for word in as_strings(command)] if isinstance(command, list) else []
            text = command if isinstance(command, str) else " ".join(words)
            path = (name, key) if key else (name,)
            if text:
                yield Session((Phase(name, path, text, name != "postAttachCommand", where=WHERE),))


def names(document: object, context: Context) -> Iterator[Failure]:
    """Yield the Dockerfile and what it copies, the compose files, their services, ids of extensions; paths start at the file."""
    body, home = as_object(document), folder_of(context.path)
    build = as_object(body.get("build"))
    dockerfile = build.get("dockerfile", body.get("dockerFile"))
    path: Path = ("build", "dockerfile") if "dockerfile" in build else ("dockerFile",)
    if isinstance(dockerfile, str) and "$" not in dockerfile:
        place, folder = join(home, dockerfile), build.get("context", body.get("context", "."))
        folders = [join(home, folder)] if isinstance(folder, str) and "$" not in folder else []
        missing = file_failures(place, dockerfile, path, context)
        yield from missing or (copied_failures(place, folders, context, path) if folders else ())
    listed = [
        (name, join(home, name)) for name in as_strings(body.get("dockerComposeFile")) if "$" not in name
    ]
    lost = [
        each for name, place in listed for each in file_failures(place, name, ("dockerComposeFile",), context)
    ]
    yield from lost
    if listed and not lost:
        yield from _services(body, [place for _, place in listed], context)
    ids = as_object(as_object(body.get("customizations")).get("vscode")).get("extensions")
    yield from extension_failures(ids, ("customizations", "vscode", "extensions"))


def _services(body: Mapping[str, object], files: Sequence[str], context: Context) -> Iterator[Failure]:
    known: set[str] = set()
    for name in files:
        try:
            document = as_object(read_yaml(context.read(name)).value)
        except YamlError:
            return
        # Services of files that are taken in are not looked for.
        if "include" in document:
            return
        known |= as_object(document.get("services")).keys()
    for key in ("service", "runServices"):
        for service in as_strings(body.get(key)):
            if service not in known and "$" not in service:
                message = f"There is no service {service} in {files[0]}."
                yield Failure(message, service, (key,), 0, service, like(service, known))


def update(text: str, environment: DevEnvironment, _: Repository) -> Updated:
    """Return an existing file with what evidence adds."""
    return merged(text, sections(environment))


TARGET = Target("devcontainer", Syntax.JSONC, render, sessions, names, update)
