"""Programs without a manifest: the only source file in the root whose code marks it as one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.sites import PROJECT_FILES
from fieldguide_server.configgen.reading.repository import Repository, folder_of, is_safe_name
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.types import CONVENTION, Evidence, Key


@dataclass(frozen=True, slots=True)
class Kind:
    """A language whose interpreter runs a file as it is; ``mark`` matches programs, and not modules or scripts of pages."""

    stack: str
    ending: str
    command: str
    mark: re.Pattern[str]


# A script of a page imports none of these.
NODE = re.compile(
    r"\brequire\(\s*['\"](?:node:)?(?:https?|net|express|process)['\"]|^import .* from ['\"](?:node:|https?['\"])",
    re.M,
)
PYTHON = re.compile(r"^(?:from|import) (?:http\.server|socketserver|wsgiref)\b", re.MULTILINE)
JAVA = re.compile(r"\bstatic\s+(?:public\s+)?void\s+main\s*\(|^[ \t]*void\s+main\s*\(", re.MULTILINE)
KINDS = (
    Kind("node", ".js", "node", NODE),
    Kind("node", ".mjs", "node", NODE),
    Kind("python", ".py", "python", PYTHON),
    Kind("java", ".java", "java", JAVA),
)
BUILDS = ("build.xml", "Makefile", *manifests.SCALA, *manifests.CMAKE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the only such program, if nothing in the root declares a project."""
    if any(not folder_of(path) for path in repo.named(*PROJECT_FILES, *BUILDS)):
        return
    for kind in KINDS:
        sources = [path for path in repo.in_folder("") if path.endswith(kind.ending) and is_safe_name(path)]
        programs = [path for path in sources if kind.mark.search(repo.read(path))]
        for path in programs if len(programs) == 1 else []:
            found = kind.mark.search(repo.read(path))
            line = repo.read(path).count("\n", 0, found.start() if found else 0) + 1
            note = "a program of the standard library alone"
            yield Evidence(Key.START, f"{kind.command} {path}", path, line, CONVENTION, "", kind.stack, note)
            listening = ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
            yield from ports.best(listening, "", kind.stack)
            return
