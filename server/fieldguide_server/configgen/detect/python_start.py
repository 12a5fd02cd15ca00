"""What a developer of a Python project runs: Django, an application object, Streamlit, or a plain script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import Written, written_commands
from fieldguide_server.configgen.repository import (
    Repository,
    as_object,
    folder_depth,
    folder_of,
    is_safe_name,
    is_side,
    join,
)
from fieldguide_server.configgen.shell import quoted
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

PREFIXES = {
    "poetry": "poetry run ",
    "pdm": "pdm run ",
    "uv": "uv run ",
    "pipenv": "pipenv run ",
    "pixi": "pixi run ",
}
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
PROGRAMS = ("main.py", "app.py", "bot.py", "runserver.py", "server.py", "run.py")
MAX_SOURCES = 80


@dataclass(frozen=True, slots=True)
class PythonProject:
    """A folder with its manager; ``needs`` is the lower-case text of its manifests, ``path`` the first of them."""

    folder: str
    path: str
    manager: str
    needs: str

    @property
    def prefix(self) -> str:
        """What to put before a command to run it in the project's environment."""
        return PREFIXES.get(self.manager, "")

    def wants(self, package: str) -> bool:
        """Whether a manifest names a package."""
        return re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", self.needs) is not None


def within(folder: str, parent: str) -> bool:
    """Whether ``folder`` (or a file) lies in ``parent``."""
    return not parent or folder.startswith(parent + "/")


def starts(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """The first of Django, an application object, Streamlit, or a documented script."""
    for finder in (_django, _application, _streamlit, _script):
        if found := list(finder(repo, project)):
            yield from found
            return


def _command(project: PythonProject, text: str, path: str, line: int, confidence: float) -> Evidence:
    return Evidence(Key.START, project.prefix + text, path, line, confidence, project.folder, "python")


def _django(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    candidates = [
        p for p in repo.named("manage.py") if within(p, project.folder) and not is_side(folder_of(p))
    ]
    if not candidates or folder_depth(candidates[0]) > folder_depth(project.folder) + 2:
        return
    path = candidates[0]
    name = quoted(path.removeprefix(project.folder + "/" if project.folder else ""))
    written = _written(repo, "manage.py", "runserver")
    named = [found for item in written for found in _address_port(item)]
    note = "sets up the database"
    text = f"{project.prefix}python {name} migrate"
    yield Evidence(Key.SETUP, text, path, 1, DOCUMENTED, project.folder, "python", note)
    yield _command(project, f"python {name} runserver", path, 1, STATED)
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
    """Files where an application object is likely, nearest first."""
    found = [p for p in repo.named(*APP_FILES) if within(p, project.folder) and not is_side(folder_of(p))]
    near = [path for path in found if folder_depth(folder_of(path)) <= folder_depth(project.folder) + 3]
    return sorted(near, key=lambda path: (path.count("/"), APP_FILES.index(path.rpartition("/")[2])))[
        :MAX_SOURCES
    ]


def _application(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    for path in _sources(repo, project):
        text = repo.read(path)
        if found := APP_OBJECT.search(text):
            line = text.count("\n", 0, found.start()) + 1
            if OWN_RUN.search(text) and folder_of(path) == project.folder:
                yield from _own_run(repo, project, path, found.group(2))
                return
            yield from _serve(project, path, line, (found.group(2), found.group(1)))
            return
        if FACTORY.search(text) and project.wants("flask"):
            yield from _serve(project, path, repo.line(path, "def create_app", "def make_app"), ("Flask", ""))
            return


def _own_run(repo: Repository, project: PythonProject, path: str, framework: str) -> Iterator[Evidence]:
    """The file starts its own server when run: its author's way, with its author's port."""
    line = repo.line(path, "__main__", ".run(")
    yield _command(project, f"python {quoted(path.rpartition('/')[2])}", path, line, 0.9)
    number = 5000 if framework in {"Flask", "Quart"} else 8000
    candidates = [ports.port(path, line, number, DEFAULT, "the framework's default")]
    candidates += ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    yield from ports.best(candidates, project.folder, "python")


def _serve(project: PythonProject, path: str, line: int, made: tuple[str, str]) -> Iterator[Evidence]:
    framework, name = made
    module = _module(project, path)
    if not is_safe_name(module):
        return
    flask = framework in {"Flask", "Quart"}
    text = f"flask --app {module} run --debug" if flask else f"uvicorn {module}:{name} --reload"
    yield _command(project, text, path, line, 0.85)
    default = ports.port(
        path, line, 5000 if flask else 8000, DEFAULT, f"{'flask run' if flask else 'uvicorn'}'s default"
    )
    yield from ports.best([default], project.folder, "python")


def _module(project: PythonProject, path: str) -> str:
    inner = path.removeprefix(project.folder + "/" if project.folder else "").removesuffix(".py")
    return inner.removeprefix("src/").removesuffix("/__init__").replace("/", ".")


def _streamlit(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    if not project.wants("streamlit"):
        return
    files = [path for path in repo.in_folder(project.folder) if path.endswith(".py")]
    path = next((p for p in files if re.search(r"^\s*import streamlit", repo.read(p), re.MULTILINE)), None)
    if path is not None:
        name = path.rpartition("/")[2]
        yield _command(
            project, f"streamlit run {quoted(name)}", path, repo.line(path, "import streamlit"), 0.85
        )
        yield from ports.best(
            [ports.port(path, 1, 8501, DEFAULT, "streamlit's default")], project.folder, "python"
        )


def _script(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """A script that guides run, or the one whose name says it is the program."""
    for item in written_commands(repo):
        name = next((word for word in item.command.words[1:] if word.endswith(".py")), "")
        here = item.command.folder == project.folder and "/" not in name and is_safe_name(name)
        runs = item.command.program in {"python", "python3"} and not name.startswith(
            ("setup", "manage", "test")
        )
        if name and here and runs and join(project.folder, name) in repo.files:
            yield _command(project, f"python {name}", item.path, item.line, DOCUMENTED)
            yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
            return
    if path := repo.first(project.folder, *PROGRAMS):
        name = path.rpartition("/")[2]
        yield _command(project, f"python {name}", path, 1, CONVENTION)
        yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
    else:
        yield from _entry_point(repo, project)


_APPLICATION = (
    "flask",
    "fastapi",
    "django",
    "aiohttp",
    "tornado",
    "bottle",
    "uvicorn",
    "gunicorn",
    "textual",
    "pygame",
)


def _entry_point(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """The only command that the package installs, where the package is an application: a tool would print its usage."""
    if not any(project.wants(name) for name in _APPLICATION):
        return
    table = repo.toml(join(project.folder, "pyproject.toml"))
    poetry = as_object(as_object(table.get("tool")).get("poetry"))
    scripts = as_object(as_object(table.get("project")).get("scripts")) or as_object(poetry.get("scripts"))
    if len(scripts) == 1 and is_safe_name(name := next(iter(scripts))):
        path = join(project.folder, "pyproject.toml")
        line = repo.line(path, "scripts]", name)
        yield replace(_command(project, name, path, line, CONVENTION), note="the command it installs")


def _script_ports(repo: Repository, project: PythonProject, name: str) -> Iterator[Evidence]:
    path = join(project.folder, name)
    yield from ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    if re.search(r"\b(flask|fastapi|uvicorn|http\.server|aiohttp|tornado|bottle)\b", repo.read(path).lower()):
        yield from ports.around(repo, project.folder)
        yield from ports.in_readme(repo, project.folder)
