"""Python programs that are started by name: a script, or a command that the package installs."""

import re
from collections.abc import Iterator
from dataclasses import replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.detect.python.project import PythonProject, command
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name, join, word_set
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence

PROGRAMS = ("main.py", "app.py", "bot.py", "runserver.py", "server.py", "run.py")
CUSTOMARY = ("dev", "start", "serve", "run")
APPLICATION = word_set("flask fastapi django aiohttp tornado bottle uvicorn gunicorn textual pygame")


def script(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield a script that guides run, or the one whose name says it is the program."""
    for item in written_commands(repo):
        name = next((word for word in item.command.words[1:] if word.endswith(".py")), "")
        here = item.command.folder == project.folder and "/" not in name and is_safe_name(name)
        runs = item.command.program in {"python", "python3"} and not name.startswith(
            ("setup", "manage", "test")
        )
        if name and here and runs and join(project.folder, name) in repo.files:
            yield command(project, f"python {name}", item.path, item.line, DOCUMENTED)
            yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
            return
    if path := repo.first(project.folder, *PROGRAMS):
        name = path.rpartition("/")[2]
        yield command(project, f"python {name}", path, 1, CONVENTION)
        yield from ports.best(_script_ports(repo, project, name), project.folder, "python")
    else:
        yield from _entry_point(repo, project)


def _entry_point(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the command that the package installs: one whose name says that it starts it, or an application's only one."""
    table = repo.toml(join(project.folder, "pyproject.toml"))
    poetry = as_object(as_object(table.get("tool")).get("poetry"))
    scripts = as_object(as_object(table.get("project")).get("scripts")) or as_object(poetry.get("scripts"))
    names = [name for name in CUSTOMARY if name in scripts]
    # A tool would print its usage.
    if not names and len(scripts) == 1 and any(project.wants(name) for name in APPLICATION):
        names = list(scripts)
    if names and is_safe_name(names[0]):
        path = join(project.folder, "pyproject.toml")
        line = repo.line(path, "scripts]", names[0])
        yield replace(command(project, names[0], path, line, CONVENTION), note="the command it installs")


def _script_ports(repo: Repository, project: PythonProject, name: str) -> Iterator[Evidence]:
    path = join(project.folder, name)
    yield from ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
    if re.search(r"\b(flask|fastapi|uvicorn|http\.server|aiohttp|tornado|bottle)\b", repo.read(path).lower()):
        yield from ports.around(repo, project.folder)
        yield from ports.in_readme(repo, project.folder)
    if re.search(r"^[ \t]*import gradio\b", repo.read(path), re.MULTILINE):
        yield ports.port(path, repo.line(path, "import gradio"), 7860, DEFAULT, "Gradio's default")
