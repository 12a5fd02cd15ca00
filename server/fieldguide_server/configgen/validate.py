"""Checks an offered config against its schema and against the repository it is for.

The checks read the finished files, not the plan, so that files from elsewhere (a model, a person) can be
checked the same way. Every failure is a sentence, with the task line it speaks of.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Protocol

from fieldguide_server.configgen.checks import check_command, long_running
from fieldguide_server.configgen.repository import Repository, as_object
from fieldguide_server.configgen.shell import ShellSyntaxError, SimpleCommand, enter, split
from fieldguide_server.configgen.types import ConfigFile, Failure
from fieldguide_server.configgen.yaml_reading import YamlError

PHASES = ("before", "init", "prebuild", "command")
MUST_END = frozenset({"before", "init", "prebuild"})
MAX_CREATED = 200


class SchemaValidator(Protocol):
    """What is used of jsonschema's validators."""

    def iter_errors(self, instance: object) -> Iterable[Any]:
        """Errors with ``message`` and ``absolute_path``."""


@cache
def _gitpod_validator() -> SchemaValidator:
    text = (files("fieldguide_server.configgen") / "schemas" / "gitpod.schema.json").read_text(
        encoding="utf-8"
    )
    validator: SchemaValidator = import_module("jsonschema").Draft7Validator(json.loads(text))
    return validator


def validate_gitpod(offered: Sequence[ConfigFile], repo: Repository) -> list[Failure]:
    """Every failure of a ``.gitpod.yml`` and the files beside it; none means it may be offered."""
    text = next((file.content for file in offered if file.path == ".gitpod.yml"), "")
    try:
        document = _load(text)
    except YamlError as error:
        return [Failure(f"The file is no YAML: {error}.")]
    failures = [
        Failure(f"{_where(error.absolute_path)}: {error.message}")
        for error in _gitpod_validator().iter_errors(document)
    ]
    if failures:
        return failures
    paths = {file.path for file in offered}
    return [*_image(as_object(document), paths, repo), *_task_failures(as_object(document), repo)]


def _load(text: str) -> object:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and only needed here
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe", pure=True).load(text) or {}
    except YAMLError as error:
        raise YamlError(str(error).splitlines()[0]) from error


def _where(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "the file"


def _image(document: Mapping[str, object], paths: set[str], repo: Repository) -> Iterator[Failure]:
    name = as_object(document.get("image")).get("file")
    if isinstance(name, str) and name not in paths and name not in repo.files:
        yield Failure(f"The image file {name} does not exist.")


def _task_failures(document: Mapping[str, object], repo: Repository) -> Iterator[Failure]:
    tasks = document.get("tasks")
    for task in tasks if isinstance(tasks, list) else []:
        yield from _one_task(as_object(task), repo)


def _one_task(task: Mapping[str, object], repo: Repository) -> Iterator[Failure]:
    """The phases share one shell, but not always: after a prebuild ``init`` is skipped, and its ``cd`` with it."""
    before: str | None = ""
    folder: str | None = ""
    created: set[str] = set()
    for phase in PHASES:
        text = task.get(phase)
        if not isinstance(text, str):
            continue
        start = before if phase == "command" else folder
        moved = phase == "command" and before != folder
        if moved and not text.lstrip().startswith("cd "):
            yield Failure(
                f"init ends in another folder than {phase} starts in on a restart.", text.split("\n")[0]
            )
        for line in text.rstrip("\n").split("\n"):
            yield from _line(line, phase, start, (repo, created))
            start = _after(line, start)
        before = start if phase == "before" else before
        folder = start


def _line(line: str, phase: str, folder: str | None, place: tuple[Repository, set[str]]) -> Iterator[Failure]:
    repo, created = place
    try:
        commands = list(split(line, folder))
    except ShellSyntaxError as error:
        yield Failure(f"The shell cannot parse it: {error}.", line)
        return
    for command in commands:
        yield from (Failure(message, line) for message in check_command(command, repo, created))
        created.update(_creates(command))
        if phase in MUST_END and long_running(command, repo):
            yield Failure(f"`{' '.join(command.words)}` does not end, and {phase} must.", line)


def _after(line: str, folder: str | None) -> str | None:
    """The folder a line leaves the shell in; subshells leave it where it was."""
    try:
        commands = list(split(line + "\n:", folder))
    except ShellSyntaxError:
        return folder
    return commands[-1].folder if commands else folder


def _creates(command: SimpleCommand) -> list[str]:
    """Paths that a command makes, so that later ones may name them."""
    words = command.positional()
    if command.program == "mkdir":
        targets = words
    elif command.program in {"cp", "touch", "ln", "mv"}:
        targets = words[-1:]
    else:
        return []
    return [path for word in targets[:MAX_CREATED] if (path := enter(command.folder, word)) is not None]


Validator = Callable[[Sequence[ConfigFile], Repository], list[Failure]]
VALIDATORS: Mapping[str, Validator] = {"gitpod": validate_gitpod}
