"""Servers of Python's data and language-model tools: started by a command of their own on a file or a folder."""

import re
from collections.abc import Iterator, Mapping

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.python.project import PythonProject, command
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.types import DEFAULT, Evidence

# A package whose program serves a file that imports it → (its words, its default port).
ON_A_FILE: Mapping[str, tuple[str, int]] = {
    "streamlit": ("streamlit run {}", 8501),
    "chainlit": ("chainlit run {} -w", 8000),
}
# A package whose program serves the folder it is started in.
ON_A_FOLDER: Mapping[str, tuple[str, int]] = {
    "google-adk": ("adk web", 8000),
    "reflex": ("reflex run", 3000),
}
CONFIDENCE = 0.85


def tools(repo: Repository, project: PythonProject) -> Iterator[Evidence]:
    """Yield the first of these that a manifest names and, where it serves a file, that a file imports."""
    for package, (words, number) in {**ON_A_FILE, **ON_A_FOLDER}.items():
        if not project.wants(package):
            continue
        path, line, text = project.path, repo.line(project.path, package), words
        if package in ON_A_FILE:
            path = _importing(repo, project, package) or ""
            line, text = repo.line(path, f"import {package}"), words.format(quoted(path.rpartition("/")[2]))
        if path:
            yield command(project, text, path, line, CONFIDENCE)
            default = ports.port(path, line, number, DEFAULT, f"{package}'s default")
            yield from ports.best([default], project.folder, "python")
            return


def _importing(repo: Repository, project: PythonProject, package: str) -> str | None:
    pattern = re.compile(rf"^[ \t]*import {package}\b", re.MULTILINE)
    files = [path for path in repo.in_folder(project.folder) if path.endswith(".py")]
    return next((path for path in files if pattern.search(repo.read(path))), None)
