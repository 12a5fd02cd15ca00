"""Task runners: the targets of Make, just and Task by their customary names."""

import re
from collections.abc import Iterator
from itertools import takewhile

from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.reading.repository import (
    Repository,
    is_safe_name,
)
from fieldguide_server.configgen.tools.package_managers import GLOBAL_INSTALLERS
from fieldguide_server.configgen.tools.project_tools import PACKAGE_MANAGERS
from fieldguide_server.configgen.tools.task_runners import MAKEFILES, PROGRAMS, task_runner
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, Evidence, Key

# ``install`` is last: in many makefiles it copies the product into the system.
INSTALL_TARGETS = (
    *("setup", "bootstrap", "deps", "dependencies", "install-deps", "install-dev", "init", "build", "all"),
    "install",
)
START_TARGETS = ("dev", "serve", "run", "start", "server", "up", "runserver", "run-dev")
FETCHES = re.compile(
    rf"\b(?:{'|'.join(sorted(PACKAGE_MANAGERS | GLOBAL_INSTALLERS, reverse=True))}"
    r"|conda|cabal|lein|sbt|install\.sh|setup\.py|docker)\b"
)
COMPILES = re.compile(r"\.(c|cc|cpp|cxx)\b|\$\(CC\)|\$\(CXX\)|\b(?:gcc|g\+\+|clang)\b")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the targets in the root by their customary names; those that a guide names are surer."""
    runner = task_runner(repo, "")
    if runner is None:
        return
    program, path, names = runner.program, runner.path, runner.targets
    documented = _documented(repo, names)
    for key, customary in ((Key.INSTALL, INSTALL_TARGETS), (Key.START, START_TARGETS), (Key.TEST, ("test",))):
        name = next((name for name in customary if name in names and is_safe_name(name)), None)
        if name is None:
            continue
        line, note = _line(repo, program, path, name), ""
        confidence = CONVENTION - 0.05
        if name in documented:
            confidence, note = DOCUMENTED, f"documented in {documented[name]}"
        text = program if name == "install" and _copies(repo, path, line) else f"{program} {name}"
        yield Evidence(key, text, path, line, confidence, "", "runner", note)
    if program == "make" and not names & {*INSTALL_TARGETS} and COMPILES.search(repo.read(path)):
        yield Evidence(Key.INSTALL, "make", path, 1, CONVENTION - 0.05, "", "runner")


def _copies(repo: Repository, path: str, line: int) -> bool:
    """Return whether an ``install`` recipe copies the product into the system, rather than fetching packages."""
    below = repo.read(path).split("\n")[line:]
    recipe = list(takewhile(lambda text: text.startswith(("\t", " ")) or not text.strip(), below))
    head = repo.read(path).split("\n")[line - 1].partition(":")[2]
    return path in MAKEFILES and not head.strip() and not FETCHES.search("\n".join(recipe))


def _line(repo: Repository, program: str, path: str, name: str) -> int:
    if program == "task":
        return repo.yaml(path).line("tasks", name)
    found = re.search(rf"^@?{re.escape(name)}(?:[ \t][^:\n]*)?::?(?!=)", repo.read(path), re.MULTILINE)
    return repo.read(path).count("\n", 0, found.start()) + 1 if found else repo.line(path, name)


def _documented(repo: Repository, names: frozenset[str]) -> dict[str, str]:
    """Return the targets that guides name → ``path:line`` of the first guide."""
    found: dict[str, str] = {}
    for item in written_commands(repo):
        if item.command.program in PROGRAMS and item.command.folder == "":
            for word in item.command.positional():
                if word in names:
                    found.setdefault(word, f"{item.path}:{item.line}")
    return found
