"""Which Node a project asks for, and the scripts by which it checks itself."""

from collections.abc import Iterator

from fieldguide_server.configgen.detect.node.scripts import NodeProject
from fieldguide_server.configgen.reading.repository import Repository, as_object, join
from fieldguide_server.configgen.tools.package_managers import NodeManager
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, STATED, Evidence, Key

# In the order in which a failure tells most for the time it takes.
CHECKS = ("lint", "typecheck", "type-check", "check-types", "build", "test")
NO_TEST = "no test specified"


def versions(repo: Repository, project: NodeProject) -> Iterator[Evidence]:
    """Yield versions from the files of version managers, Volta and ``engines``."""
    folder, path = project.folder, project.path
    for name in (".nvmrc", ".node-version"):
        if (sign := join(folder, name)) in repo.files and (text := repo.read(sign).strip()[:40]):
            yield Evidence(Key.VERSION, text.splitlines()[0], sign, 1, STATED, folder, "node")
    for section, confidence in (("volta", STATED), ("engines", DOCUMENTED)):
        version = as_object(project.manifest.get(section)).get("node")
        if isinstance(version, str):
            line = repo.line(path, f'"{section}"', '"node"')
            yield Evidence(Key.VERSION, version, path, line, confidence, folder, "node")


def tests(repo: Repository, project: NodeProject, manager: NodeManager) -> Iterator[Evidence]:
    """Yield the scripts that check the project, as far as they do anything."""
    for name in CHECKS:
        if NO_TEST not in project.scripts.get(name, NO_TEST):
            line = repo.line(project.path, '"scripts"', f'"{name}"')
            text = manager.run_script(name)
            yield Evidence(Key.TEST, text, project.path, line, DEFAULT, project.folder, "node")
