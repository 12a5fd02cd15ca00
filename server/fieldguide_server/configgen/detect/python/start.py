"""What a developer of a Python project runs: Django, an application object, a tool's server, or a plain script."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import Written, written_commands
from fieldguide_server.configgen.detect.python.entry_points import PROGRAMS, script
from fieldguide_server.configgen.detect.python.project import PythonProject, command
from fieldguide_server.configgen.detect.python.tasks import task_starts
from fieldguide_server.configgen.detect.python.tools import tools
from fieldguide_server.configgen.reading.repository import (
    Repository,
    folder_depth,
    folder_of,
    is_safe_name,
    is_side,
)
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, STATED, Evidence, Key

APP_FILES = (
    "main.py",
    "app.py",
    "server.py",
    "api.py",
    "asgi.py",
    "wsgi.py",
    "run.py",
    "application.py",
    "__init__.py",
)
APP_OBJECT = re.compile(
    r"^(\w{1,40})\s*(?::[^=\n]{1,60})?=\s*(?:\w+\.)?(FastAPI|Flask|Starlette|Quart|Litestar)\(", re.M
)
OWN_RUN = re.compile(
    r"^if __name__ == .__main__.:\n(?:[ \t].*\n|\n){0,30}?[ \t]+(?:\w+\.)?run\(", re.MULTILINE
)
FACTORY = re.compile(r"^def (create_app|make_app)\(", re.MULTILINE)
# Where no file has a program's name, any but tests and settings may be it.
OWN_NAME = re.compile(r"(?:^|/)(?!test_|conftest|setup\.)\w+(?<!_test)\.py$")
MAX_SOURCES = 80


def starts(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the first of Django, a task, an application object, a tool's server, or a documented script."""
    for finder in (_django, task_starts, _application, tools, script):
        if found := list(finder(repo, project)):
            yield from found
            return


def _django(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    candidates = [p for p in repo.named("manage.py") if project.owns(p) and not is_side(folder_of(p))]
    if not candidates or folder_depth(candidates[0]) > folder_depth(project.folder) + 2:
        return
    path = candidates[0]
    name = quoted(path.removeprefix(project.folder + "/" if project.folder else ""))
    written = _written(repo, "manage.py", "runserver")
    named = [found for item in written for found in _address_port(item)]
    note = "sets up the database"
    text = f"{project.prefix}python {name} migrate"
    yield Evidence(Key.SETUP, text, path, 1, DOCUMENTED, project.folder, "python", note)
    yield command(project, f"python {name} runserver", path, 1, STATED)
    default = ports.port(path, 1, 8000, DEFAULT, "runserver's default")
    yield from ports.best(
        [default, *(item for item in named if item.value == "8000")], project.folder, "python"
    )


def _written(repo: Repository, *words: str) -> list[Written]:
    return [
        item
        for item in written_commands(repo)
        if all(any(w in have for have in item.command.words) for w in words)
    ]


def _address_port(item: Written) -> Iterator[Evidence]:
    for word in item.command.words:
        if found := re.fullmatch(r"(?:[\d.]+:)?(\d{4,5})", word):
            yield ports.port(item.path, item.line, int(found.group(1)), DOCUMENTED, "the documented command")


def _sources(repo: Repository, project: PythonProject) -> list[str]:
    """Return files where an application object is likely, nearest first."""
    found = [p for p in repo.named(*APP_FILES) if project.owns(p) and not is_side(folder_of(p))]
    near = [path for path in found if folder_depth(folder_of(path)) <= folder_depth(project.folder) + 3]
    near.sort(key=lambda path: (path.count("/"), APP_FILES.index(path.rpartition("/")[2])))
    beside = [] if repo.first(project.folder, *PROGRAMS) else repo.in_folder(project.folder)
    beside = [path for path in beside if OWN_NAME.search(path)]
    return list(dict.fromkeys([*near[:MAX_SOURCES], *beside[:MAX_SOURCES]]))


def _application(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    for path in _sources(repo, project):
        text = repo.read(path)
        if found := APP_OBJECT.search(text):
            line = text.count("\n", 0, found.start()) + 1
            if OWN_RUN.search(text) and folder_of(path) == project.folder:
                yield from _own_run(repo, project, path, found.group(2))
                return
            yield from _serve(repo, project, path, line, (found.group(2), found.group(1)))
            return
        if FACTORY.search(text) and project.wants("flask"):
            yield from _serve(
                repo, project, path, repo.line(path, "def create_app", "def make_app"), ("Flask", "")
            )
            return


def _own_run(repo: Repository, project: PythonProject, path: str, framework: str) -> Iterator[Evidence]:
    """Yield the file starts its own server when run: its author's way, with its author's port."""
    line = repo.line(path, "__main__", ".run(")
    yield command(project, f"python {quoted(path.rpartition('/')[2])}", path, line, 0.9)
    number = 5000 if framework in {"Flask", "Quart"} else 8000
    candidates = [ports.port(path, line, number, DEFAULT, "the framework's default")]
    candidates += ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    yield from ports.best(candidates, project.folder, "python")


def _serve(
    repo: Repository, project: PythonProject, path: str, line: int, made: tuple[str, str]
) -> Iterator[Evidence]:
    framework, name = made
    module = _module(project, path)
    if not is_safe_name(module):
        return
    flask = framework in {"Flask", "Quart"}
    text = f"flask --app {module} run --debug" if flask else f"uvicorn {module}:{name} --reload"
    yield command(project, text, path, line, 0.85)
    default = ports.port(
        path, line, 5000 if flask else 8000, DEFAULT, f"{'flask run' if flask else 'uvicorn'}'s default"
    )
    settings = f"{project.folder}/.flaskenv".lstrip("/")
    stated = ports.in_file(repo, settings, ports.IN_ENV, STATED, "flask run reads it")
    yield from ports.best([default, *(stated if flask else ())], project.folder, "python")


def _module(project: PythonProject, path: str) -> str:
    inner = path.removeprefix(project.folder + "/" if project.folder else "").removesuffix(".py")
    return inner.removeprefix("src/").removesuffix("/__init__").replace("/", ".")
