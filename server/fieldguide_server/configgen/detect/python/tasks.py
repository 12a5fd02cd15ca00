"""Tasks that a Python project names for its runner: pdm, poe, hatch, taskipy, pixi and pipenv."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.detect.python.project import PythonProject
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name, join
from fieldguide_server.configgen.types import DOCUMENTED, Evidence, Key

STARTS = ("dev", "start", "serve", "run", "server", "runserver")
TESTS = ("test", "tests")


@dataclass(frozen=True, slots=True)
class Runner:
    """Where a runner's tasks are named, and how it is told to run one; "" runs it as a tool of the environment."""

    file: str
    keys: tuple[str, ...]
    command: str


RUNNERS = (
    Runner("pyproject.toml", ("tool", "pdm", "scripts"), "pdm run {}"),
    Runner("pyproject.toml", ("tool", "poe", "tasks"), ""),
    Runner("pyproject.toml", ("tool", "taskipy", "tasks"), ""),
    Runner("pyproject.toml", ("tool", "hatch", "envs", "default", "scripts"), "hatch run {}"),
    Runner("pyproject.toml", ("tool", "pixi", "tasks"), "pixi run {}"),
    Runner("pixi.toml", ("tasks",), "pixi run {}"),
    Runner("Pipfile", ("scripts",), "pipenv run {}"),
)
TOOLS = {"poe": "poe", "taskipy": "task"}


def task_starts(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the first task by a customary name."""
    yield from list(_named(repo, project, Key.START, STARTS))[:1]


def task_tests(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the first task that tests."""
    yield from list(_named(repo, project, Key.TEST, TESTS))[:1]


def _named(
    repo: Repository, project: PythonProject, key: Key, customary: tuple[str, ...]
) -> Iterator[Evidence]:
    for runner in RUNNERS:
        path = join(project.folder, runner.file)
        tasks = _tasks(repo, path, runner)
        for name in (name for name in customary if name in tasks and is_safe_name(name)):
            command = runner.command or f"{project.prefix}{TOOLS[runner.keys[1]]} {{}}"
            line = repo.line(path, f"{'.'.join(runner.keys)}", f"\n{name}") + 1
            note = "a task of the project"
            yield Evidence(key, command.format(name), path, line, DOCUMENTED, project.folder, "python", note)


def _tasks(repo: Repository, path: str, runner: Runner) -> Mapping[str, object]:
    table: object = repo.toml(path)
    for key in runner.keys:
        table = as_object(table).get(key)
    return as_object(table)
