"""Python projects: how they are installed and tested, by pip, conda or a package manager of their own."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import missing_from_images
from fieldguide_server.configgen.detect.python.project import PythonProject, within
from fieldguide_server.configgen.detect.python.start import starts
from fieldguide_server.configgen.detect.python.tasks import test_tasks
from fieldguide_server.configgen.detect.python.workspace import member_starts, members_of
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    folder_of,
    join,
)
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.package_managers import PYTHON_LOCKS, PYTHON_MANAGERS, run_prefix
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, STATED, Evidence, Key

# Without any manifest, a program by one of these names uses the standard library alone.
LONE_PROGRAMS = ("main.py", "app.py", "bot.py")
DEV_REQUIREMENTS = (
    "requirements-dev.txt",
    "requirements_dev.txt",
    "dev-requirements.txt",
    "requirements/dev.txt",
    "requirements/development.txt",
    "requirements/local.txt",
    "requirements.dev.txt",
)

INCLUDES = re.compile(r"^[ \t]*(?:-r|--requirement)\b", re.MULTILINE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the install, start and test commands of every Python project."""
    folders = repo.folders_with(*manifests.PYTHON, *DEV_REQUIREMENTS[:3], "manage.py")
    if not folders and (lone := repo.first("", *LONE_PROGRAMS)):
        yield from starts(repo, PythonProject("", lone, "pip", repo.read(lone).lower()))
    members = {member for folder in folders for member in members_of(repo, folder)}
    for folder in [folder for folder in folders if folder not in members]:
        parents = [other for other in folders if other != folder and within(folder, other)]
        project = _project(repo, folder)
        if project is None or any(parent for parent in parents if parent):
            continue
        yield from _install(repo, project)
        yield from list(starts(repo, project)) or member_starts(repo, project)
        yield from _tests(repo, project)
        line = repo.line(project.path, "\n")
        note = "a Python project"
        yield Evidence(Key.EXTENSION, "ms-python.python", project.path, line, DEFAULT, folder, "python", note)


def _project(repo: Repository, folder: str) -> PythonProject | None:
    path = repo.first(
        folder, *manifests.PYTHON, "requirements-dev.txt", "requirements_dev.txt", *manifests.DJANGO
    )
    if path is None or (path.endswith("pyproject.toml") and not _is_project(repo, folder)):
        path = repo.first(folder, *manifests.PYTHON[1:], "manage.py")
    if path is None:
        return None
    files = [join(folder, name) for name in (*manifests.PYTHON, *DEV_REQUIREMENTS, "requirements/base.txt")]
    requirements = "\n".join(repo.read(path) for path in files).lower()
    return PythonProject(folder, path, _manager(repo, folder), requirements, members_of(repo, folder))


def _tests(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield a task that tests, else pytest where a manifest or its configuration names it, else Django's own runner."""
    if tasks := test_tasks(repo, project):
        yield from tasks
        return
    source = repo.first(project.folder, "pytest.ini", "conftest.py", "tests/conftest.py")
    if source is None and project.requires("pytest"):
        source = project.path
    if source:
        text, line = f"{project.prefix}pytest", repo.line(source, "pytest")
        yield Evidence(Key.TEST, text, source, line, DEFAULT, project.folder, "python")
    elif source := repo.first(project.folder, "manage.py"):
        text = f"{project.prefix}python manage.py test"
        yield Evidence(Key.TEST, text, source, 1, DEFAULT, project.folder, "python")


def _is_project(repo: Repository, folder: str) -> bool:
    """Return whether a folder's ``pyproject.toml`` declares a project, rather than only the settings of tools."""
    table = repo.toml(join(folder, "pyproject.toml"))
    tools = as_object(table.get("tool"))
    return bool({"project", "build-system"} & table.keys() or "poetry" in tools or members_of(repo, folder))


def project_prefix(repo: Repository, folder: str) -> str:
    """Return what to put before a command to run it in the environment of the nearest project above ``folder``."""
    while folder and not repo.first(folder, *manifests.PYTHON, *PYTHON_LOCKS):
        folder = folder_of(folder)
    return run_prefix(_manager(repo, folder))


def _manager(repo: Repository, folder: str) -> str:
    if path := repo.first(folder, *PYTHON_LOCKS):
        return PYTHON_LOCKS[path.rpartition("/")[2]]
    if manager := _manager_of_table(repo.toml(join(folder, "pyproject.toml"))):
        return manager
    if path := repo.first(folder, "Pipfile", "pixi.toml"):
        return "pipenv" if path.endswith("Pipfile") else "pixi"
    conda = repo.first(folder, "environment.yml", "environment.yaml")
    if conda and not repo.first(folder, "requirements.txt", "pyproject.toml"):
        return "conda"
    return "pip"


def _manager_of_table(table: dict[str, object]) -> str:
    """Return the manager that a ``pyproject.toml`` has settings for, else the one whose build backend it names."""
    tools = as_object(table.get("tool"))
    for manager in PYTHON_MANAGERS.values():
        settings = tools.get(manager.name)
        if settings is not None and (not manager.settings_key or manager.settings_key in as_object(settings)):
            return manager.name
    backend = str(as_object(table.get("build-system")).get("build-backend"))
    own = (manager for manager in PYTHON_MANAGERS.values() if manager.build_backend)
    return next((manager.name for manager in own if backend.startswith(manager.build_backend)), "")


def _install(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    folder = project.folder
    if manager := PYTHON_MANAGERS.get(project.manager):
        text = manager.install + (" --all-packages" if project.members else "")
        source = (repo.first(folder, manager.lock) if manager.lock else None) or project.path
        yield Evidence(Key.INSTALL, text, source, 1, STATED, folder, "python")
        if project.manager == "pixi":
            yield Evidence(Key.UNKNOWN, missing_from_images("Pixi"), source, 1, STATED, folder, "python")
    elif project.manager == "conda":
        name = project.path.rpartition("/")[2]
        text = f"conda env update --name base --file {name}"
        yield Evidence(Key.INSTALL, text, project.path, 1, DOCUMENTED, folder, "python")
        yield Evidence(Key.UNKNOWN, missing_from_images("Conda"), project.path, 1, STATED, folder, "python")
    else:
        yield from _pip(repo, project)


def _pip(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the installation of the requirement files, else of the project itself."""
    folder, path = project.folder, project.path
    names = _requirement_files(repo, folder)
    for name in names:
        text = f"pip install -r {name}"
        yield Evidence(Key.INSTALL, text, join(folder, name), 1, STATED, folder, "python")
    if not names and repo.first(folder, "pyproject.toml", "setup.py"):
        extra = _dev_extra(repo, folder)
        text = f"pip install -e '.[{extra}]'" if extra else "pip install -e ."
        yield Evidence(Key.INSTALL, text, path, 1, DOCUMENTED, folder, "python")
    elif not names and path.endswith("manage.py"):
        line, note = repo.line(path, "django.core", "import"), "it imports Django, which no manifest lists"
        yield Evidence(Key.INSTALL, "pip install django", path, line, DEFAULT, folder, "python", note)


def _requirement_files(repo: Repository, folder: str) -> list[str]:
    """Return the names of the requirement files to install: the one for development may include the other."""
    names = [name for name in ("requirements.txt",) if join(folder, name) in repo.files]
    dev = next((name for name in DEV_REQUIREMENTS if join(folder, name) in repo.files), None)
    if dev is None:
        return names
    return [dev] if INCLUDES.search(repo.read(join(folder, dev))) else [*names, dev]


def _dev_extra(repo: Repository, folder: str) -> str:
    table = as_object(repo.toml(join(folder, "pyproject.toml")).get("project"))
    extras = as_object(table.get("optional-dependencies"))
    return next((name for name in ("dev", "development", "test", "tests") if name in extras), "")
