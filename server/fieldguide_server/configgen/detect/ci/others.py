"""GitLab CI, CircleCI, Azure Pipelines and Travis CI, read where there is no GitHub workflow."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.detect.ci.github import EXACT, TESTS, workflow_files
from fieldguide_server.configgen.detect.deployment.dockerfile import bases
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, join
from fieldguide_server.configgen.reading.shell import folder_after, split_quietly
from fieldguide_server.configgen.tools.compose import INFRASTRUCTURE
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, Evidence, Key

# Azure's task → (stack, its input).
TASKS: Mapping[str, tuple[str, str]] = {
    "NodeTool": ("node", "versionSpec"),
    "UseNode": ("node", "version"),
    "UsePythonVersion": ("python", "versionSpec"),
    "UseDotNet": ("dotnet", "version"),
    "GoTool": ("go", "version"),
    "JavaToolInstaller": ("java", "versionSpec"),
    "UseRubyVersion": ("ruby", "versionSpec"),
}
TRAVIS: Mapping[str, str] = {
    "python": "python",
    "node_js": "node",
    "rvm": "ruby",
    "go": "go",
    "php": "php",
    "elixir": "elixir",
    "dotnet": "dotnet",
    "rust": "rust",
    "julia": "julia",
    "dart": "dart",
}
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A value in a CI file: ``kind`` is "run", "image" or "service", or the stack whose version it is."""

    kind: str
    text: str
    keys: Keys
    folder: str | None = ""


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the test commands, versions and databases of the first of these systems that the repository uses."""
    path = repo.first("", *READERS)
    if path is None or workflow_files(repo):
        return
    seen: set[tuple[Key, str, str, str]] = set()
    for statement in READERS[path](as_object(repo.yaml(path).value)):
        for item in _evidence(repo, path, statement):
            if (fact := (item.key, item.value, item.folder, item.stack)) not in seen:
                seen.add(fact)
                yield item


def _evidence(repo: Repository, path: str, statement: Statement) -> Iterator[Evidence]:
    line = repo.yaml(path).line(*statement.keys)
    if statement.kind == "run":
        yield from _tests(statement, path, line)
    elif statement.kind == "service":
        found = INFRASTRUCTURE.search(statement.text.lower())
        if name := DATABASE_NAMES.get(found.group(1) if found else ""):
            yield Evidence(Key.DATABASE, name, path, line, CONVENTION, "", "workflow", "CI tests with it")
    elif statement.kind == "image":
        for _, stack, version in bases(f"FROM {statement.text}"):
            yield Evidence(Key.VERSION, version, path, line, 0.7, "", stack, "CI runs on it")
    elif EXACT.fullmatch(statement.text):
        yield Evidence(Key.VERSION, statement.text, path, line, 0.7, "", statement.kind, "CI runs on it")


def _tests(statement: Statement, path: str, line: int) -> Iterator[Evidence]:
    # The text of a block begins on the line below its key.
    block = 1 if "\n" in statement.text else 0
    for offset, text in enumerate(statement.text.split("\n")):
        for command in split_quietly(text, statement.folder):
            words = " ".join(command.words)
            if command.folder is not None and TESTS.match(words) and "$" not in words:
                number = line + offset + block
                yield Evidence(Key.TEST, words, path, number, DOCUMENTED, command.folder, "ci", "run by CI")


def _gitlab(document: dict[str, object]) -> Iterator[Statement]:
    yield from _container(document, ())
    for name, job in document.items():
        yield from _container(as_object(job), (name,))
        yield from _listed("run", as_object(job).get("script"), (name, "script"))


def _container(job: dict[str, object], keys: Keys) -> Iterator[Statement]:
    image = job.get("image")
    name = image if isinstance(image, str) else as_object(image).get("name")
    if isinstance(name, str):
        yield Statement("image", name, (*keys, "image"))
    services = job.get("services")
    for index, item in enumerate(services if isinstance(services, list) else []):
        text = item if isinstance(item, str) else as_object(item).get("name")
        if isinstance(text, str):
            yield Statement("service", text, (*keys, "services", index))


def _listed(kind: str, value: object, keys: Keys) -> Iterator[Statement]:
    """Yield the items of a list; commands share one shell, and so its folder."""
    folder: str | None = ""
    for index, text in enumerate(as_strings(value)):
        yield Statement(kind, text, (*keys, index) if isinstance(value, list) else keys, folder)
        folder = folder_after(text, folder)


def _circle(document: dict[str, object]) -> Iterator[Statement]:
    for name, job in as_object(document.get("jobs")).items():
        images = as_object(job).get("docker")
        for index, item in enumerate(images if isinstance(images, list) else []):
            text = str(as_object(item).get("image") or "")
            yield Statement("service" if index else "image", text, ("jobs", name, "docker", index, "image"))
        for index, step in enumerate(_steps(as_object(job))):
            run = step.get("run")
            text = run if isinstance(run, str) else str(as_object(run).get("command") or "")
            keys = ("jobs", name, "steps", index, "run", *(() if isinstance(run, str) else ("command",)))
            yield Statement("run", text, keys, _folder(as_object(run).get("working_directory", "")))


def _steps(job: dict[str, object]) -> list[dict[str, object]]:
    steps = job.get("steps")
    return [as_object(step) for step in steps] if isinstance(steps, list) else []


def _folder(value: object) -> str | None:
    return join("", value) if isinstance(value, str) and not re.search(r"[$~]", value) else None


def _azure(document: dict[str, object], keys: Keys = ()) -> Iterator[Statement]:
    """Yield the steps of the pipeline, of its jobs, and of the jobs of its stages."""
    for section in ("stages", "jobs"):
        inner = document.get(section)
        for index, item in enumerate(inner if isinstance(inner, list) else []):
            yield from _azure(as_object(item), (*keys, section, index))
    for index, step in enumerate(_steps(document)):
        for name in ("script", "bash"):
            if isinstance(text := step.get(name), str):
                folder = _folder(step.get("workingDirectory", ""))
                yield Statement("run", text, (*keys, "steps", index, name), folder)
        stack, key = TASKS.get(str(step.get("task") or "").partition("@")[0], ("", ""))
        if isinstance(version := as_object(step.get("inputs")).get(key), str):
            yield Statement(stack, version, (*keys, "steps", index, "inputs", key))


def _travis(document: dict[str, object]) -> Iterator[Statement]:
    """Yield the versions, scripts and services; a list of several versions is a matrix and proves none."""
    for key, stack in TRAVIS.items():
        versions = as_strings(document.get(key))
        if len(versions) == 1:
            yield Statement(stack, versions[0], (key,))
    yield from _listed("run", document.get("script"), ("script",))
    yield from _listed("service", document.get("services"), ("services",))


READERS = {
    ".gitlab-ci.yml": _gitlab,
    ".circleci/config.yml": _circle,
    "azure-pipelines.yml": _azure,
    ".travis.yml": _travis,
}
