"""How a Python project is started: Django, a task, an application object, a tool's server, a script or an entry point."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import WrittenCommand, written_commands
from fieldguide_server.configgen.detect.python.project import PythonProject, start_command
from fieldguide_server.configgen.detect.python.tasks import start_tasks
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    folder_depth,
    folder_of,
    is_safe_name,
    is_side,
    join,
    word_set,
)
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.tools.databases import NEEDS_DATABASE
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

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
FLASK = frozenset({"Flask", "Quart"})
PROGRAMS = ("main.py", "app.py", "bot.py", "runserver.py", "server.py", "run.py")
# If no file has a typical name of a program, any file but tests and settings may be the program.
PROGRAM_FILE = re.compile(r"(?:^|/)(?!test_|conftest|setup\.)\w+(?<!_test)\.py$")
MAX_SOURCES = 80
# A package whose program serves a file that imports it → (its command, its default port).
FILE_SERVERS: Mapping[str, tuple[str, int]] = {
    "streamlit": ("streamlit run {}", 8501),
    "chainlit": ("chainlit run {} -w", 8000),
}
# A package whose program serves the folder it is started in.
FOLDER_SERVERS: Mapping[str, tuple[str, int]] = {
    "google-adk": ("adk web", 8000),
    "reflex": ("reflex run", 3000),
}
ENTRY_POINTS = ("dev", "start", "serve", "run")
# A project that depends on one of these is an application rather than a library or a tool.
APPLICATION_PACKAGES = word_set("flask fastapi django aiohttp tornado bottle uvicorn gunicorn textual pygame")
WEB_CODE = re.compile(r"\b(flask|fastapi|uvicorn|http\.server|aiohttp|tornado|bottle)\b")
GRADIO = re.compile(r"^[ \t]*import gradio\b", re.MULTILINE)


def starts(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the start command of a project and its ports, from the first of these sources that has one."""
    for finder in (_django, start_tasks, _application, _tool_server, _script):
        if found := list(finder(repo, project)):
            yield from found
            return


def _django(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    candidates = [p for p in repo.named("manage.py") if project.owns(p) and not is_side(folder_of(p))]
    if not candidates or folder_depth(candidates[0]) > folder_depth(project.folder) + 2:
        return
    path = candidates[0]
    name = quoted(path.removeprefix(project.folder + "/" if project.folder else ""))
    documented = [item for item in written_commands(repo) if _runs_server(item)]
    named = [port for item in documented for port in _address_port(item)]
    text = f"{project.prefix}python {name} migrate"
    yield Evidence(Key.SETUP, text, path, 1, DOCUMENTED, project.folder, "python", NEEDS_DATABASE)
    yield start_command(project, f"python {name} runserver", path, 1, STATED)
    default = ports.port(path, 1, 8000, DEFAULT, "runserver's default")
    yield from ports.best(
        [default, *(item for item in named if item.value == "8000")], project.folder, "python"
    )


def _runs_server(item: WrittenCommand) -> bool:
    words = item.command.words
    return all(any(name in word for word in words) for name in ("manage.py", "runserver"))


def _address_port(item: WrittenCommand) -> Iterator[Evidence]:
    for word in item.command.words:
        if found := re.fullmatch(r"(?:[\d.]+:)?(\d{4,5})", word):
            yield ports.port(item.path, item.line, int(found.group(1)), DOCUMENTED, "the documented command")


def _sources(repo: Repository, project: PythonProject) -> list[str]:
    """Return the files where an application object is likely, nearest first."""
    named = [p for p in repo.named(*APP_FILES) if project.owns(p) and not is_side(folder_of(p))]
    near = [path for path in named if folder_depth(folder_of(path)) <= folder_depth(project.folder) + 3]
    near.sort(key=lambda path: (path.count("/"), APP_FILES.index(path.rpartition("/")[2])))
    others = [] if repo.first(project.folder, *PROGRAMS) else repo.in_folder(project.folder)
    others = [path for path in others if PROGRAM_FILE.search(path)]
    return list(dict.fromkeys([*near[:MAX_SOURCES], *others[:MAX_SOURCES]]))


def _application(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield how the first application object or factory of the sources is served."""
    for path in _sources(repo, project):
        text = repo.read(path)
        if found := APP_OBJECT.search(text):
            line = text.count("\n", 0, found.start()) + 1
            if OWN_RUN.search(text) and folder_of(path) == project.folder:
                yield from _own_run(repo, project, path, found.group(2))
            else:
                yield from _served(repo, project, (path, line), found.group(2), found.group(1))
            return
        if FACTORY.search(text) and project.requires("flask"):
            line = repo.line(path, "def create_app", "def make_app")
            yield from _served(repo, project, (path, line), "Flask")
            return


def _own_run(repo: Repository, project: PythonProject, path: str, framework: str) -> Iterator[Evidence]:
    """Yield a file that starts its own server when it is run: its author's way, with its author's port."""
    line = repo.line(path, "__main__", ".run(")
    yield start_command(project, f"python {quoted(path.rpartition('/')[2])}", path, line, 0.9)
    number = 5000 if framework in FLASK else 8000
    candidates = [ports.port(path, line, number, DEFAULT, "the framework's default")]
    candidates += ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    yield from ports.best(candidates, project.folder, "python")


def _served(
    repo: Repository, project: PythonProject, place: tuple[str, int], framework: str, name: str = ""
) -> Iterator[Evidence]:
    """Yield the framework's server for the application ``name`` at ``place``, a path and its line."""
    path, line = place
    module = _module(project, path)
    if not is_safe_name(module):
        return
    is_flask = framework in FLASK
    text = f"flask --app {module} run --debug" if is_flask else f"uvicorn {module}:{name} --reload"
    yield start_command(project, text, path, line, 0.85)
    number, server = (5000, "flask run") if is_flask else (8000, "uvicorn")
    default = ports.port(path, line, number, DEFAULT, f"{server}'s default")
    settings = join(project.folder, ".flaskenv")
    stated = ports.in_file(repo, settings, ports.IN_ENV, STATED, "flask run reads it")
    yield from ports.best([default, *(stated if is_flask else ())], project.folder, "python")


def _module(project: PythonProject, path: str) -> str:
    inner = path.removeprefix(project.folder + "/" if project.folder else "").removesuffix(".py")
    return inner.removeprefix("src/").removesuffix("/__init__").replace("/", ".")


def _tool_server(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the server of the first tool that a manifest names and, where it serves a file, that a file imports."""
    for package, (words, number) in {**FILE_SERVERS, **FOLDER_SERVERS}.items():
        if not project.requires(package):
            continue
        path, line, text = project.path, repo.line(project.path, package), words
        if package in FILE_SERVERS:
            path = _importing(repo, project, package) or ""
            line, text = repo.line(path, f"import {package}"), words.format(quoted(path.rpartition("/")[2]))
        if path:
            yield start_command(project, text, path, line, 0.85)
            default = ports.port(path, line, number, DEFAULT, f"{package}'s default")
            yield from ports.best([default], project.folder, "python")
            return


def _importing(repo: Repository, project: PythonProject, package: str) -> str | None:
    """Return the first file of the project's folder that imports a package."""
    pattern = re.compile(rf"^[ \t]*import {package}\b", re.MULTILINE)
    files = [path for path in repo.in_folder(project.folder) if path.endswith(".py")]
    return next((path for path in files if pattern.search(repo.read(path))), None)


def _script(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield a script that guides run, else one with a program's name, else the command that the package installs."""
    for item in written_commands(repo):
        name = next((word for word in item.command.words[1:] if word.endswith(".py")), "")
        is_here = item.command.folder == project.folder and "/" not in name and is_safe_name(name)
        is_run = item.command.program in {"python", "python3"}
        is_chore = name.startswith(("setup", "manage", "test"))
        if name and is_here and is_run and not is_chore and join(project.folder, name) in repo.files:
            yield start_command(project, f"python {name}", item.path, item.line, DOCUMENTED)
            yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
            return
    if path := repo.first(project.folder, *PROGRAMS):
        name = path.rpartition("/")[2]
        yield start_command(project, f"python {name}", path, 1, CONVENTION)
        yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
    else:
        yield from _entry_point(repo, project)


def _script_ports(repo: Repository, project: PythonProject, name: str) -> Iterator[Evidence]:
    path = join(project.folder, name)
    yield from ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    if WEB_CODE.search(repo.read(path).lower()):
        yield from ports.around(repo, project.folder)
        yield from ports.in_readme(repo, project.folder)
    if GRADIO.search(repo.read(path)):
        yield ports.port(path, repo.line(path, "import gradio"), 7860, DEFAULT, "Gradio's default")


def _entry_point(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the installed command with a customary name, else the only one of an application."""
    path = join(project.folder, "pyproject.toml")
    table = repo.toml(path)
    poetry = as_object(as_object(table.get("tool")).get("poetry"))
    scripts = as_object(as_object(table.get("project")).get("scripts")) or as_object(poetry.get("scripts"))
    names = [name for name in ENTRY_POINTS if name in scripts]
    # The only command of anything else is a tool that would print its usage.
    if not names and len(scripts) == 1 and any(project.requires(name) for name in APPLICATION_PACKAGES):
        names = list(scripts)
    if names and is_safe_name(names[0]):
        line = repo.line(path, "scripts]", names[0])
        start = start_command(project, names[0], path, line, CONVENTION)
        yield replace(start, note="the command it installs")
