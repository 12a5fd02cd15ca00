"""The tasks of a Python project: those of pdm, poe, taskipy, hatch, pixi and pipenv."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.detect.python.project import PythonProject
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name, join
from fieldguide_server.configgen.tools.package_managers import PYTHON_MANAGERS
from fieldguide_server.configgen.types import DOCUMENTED, Evidence, Key

START_NAMES = ("dev", "start", "serve", "run", "server", "runserver")
TEST_NAMES = ("test", "tests")


@dataclass(frozen=True, slots=True)
class Runner:
    """A program that runs tasks, and the keys of the TOML file that lead to them.

    A ``program`` that is no package manager is a tool of the project's environment.
    """

    program: str
    file: str
    keys: tuple[str, ...]

    def prefix(self, project: PythonProject) -> str:
        """Return what stands before a task's name."""
        manager = PYTHON_MANAGERS.get(self.program)
        return manager.prefix if manager else f"{project.prefix}{self.program} "


RUNNERS = (
    Runner("pdm", "pyproject.toml", ("tool", "pdm", "scripts")),
    Runner("poe", "pyproject.toml", ("tool", "poe", "tasks")),
    Runner("task", "pyproject.toml", ("tool", "taskipy", "tasks")),
    Runner("hatch", "pyproject.toml", ("tool", "hatch", "envs", "default", "scripts")),
    Runner("pixi", "pyproject.toml", ("tool", "pixi", "tasks")),
    Runner("pixi", "pixi.toml", ("tasks",)),
    Runner("pipenv", "Pipfile", ("scripts",)),
)


def start_tasks(repo: Repository, project: PythonProject) -> list[Evidence]:
    """Return the first task with a customary name for a start command, none if there is no such task."""
    return list(_tasks_named(repo, project, Key.START, START_NAMES))[:1]


def test_tasks(repo: Repository, project: PythonProject) -> list[Evidence]:
    """Return the first task that tests the project, none if there is no such task."""
    return list(_tasks_named(repo, project, Key.TEST, TEST_NAMES))[:1]


def _tasks_named(
    repo: Repository, project: PythonProject, key: Key, names: tuple[str, ...]
) -> Iterator[Evidence]:
    for runner in RUNNERS:
        path = join(project.folder, runner.file)
        tasks = _tasks(repo, path, runner)
        for name in (name for name in names if name in tasks and is_safe_name(name)):
            text = f"{runner.prefix(project)}{name}"
            line = repo.line(path, ".".join(runner.keys), f"\n{name}") + 1
            note = "a task of the project"
            yield Evidence(key, text, path, line, DOCUMENTED, project.folder, "python", note)


def _tasks(repo: Repository, path: str, runner: Runner) -> Mapping[str, object]:
    table: object = repo.toml(path)
    for key in runner.keys:
        table = as_object(table).get(key)
    return as_object(table)
