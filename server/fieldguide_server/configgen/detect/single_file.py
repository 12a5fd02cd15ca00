"""Programs without any manifest: one source file in the root, known by what it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.sites import PROJECT_FILES
from fieldguide_server.configgen.reading.repository import Repository, folder_of, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, Evidence, Key


@dataclass(frozen=True, slots=True)
class Kind:
    """A language whose interpreter runs a file as it is; ``sign`` tells a program from a part of one."""

    stack: str
    ending: str
    command: str
    sign: re.Pattern[str]


# A browser's script requires nothing and listens to no port.
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
BUILDS = ("build.xml", "build.sbt", "Makefile", "CMakeLists.txt")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the only such program of a repository in which nothing else could be the project."""
    if any(not folder_of(path) for path in repo.named(*PROJECT_FILES, *BUILDS)):
        return
    for kind in KINDS:
        sources = [path for path in repo.in_folder("") if path.endswith(kind.ending) and is_safe_name(path)]
        programs = [path for path in sources if kind.sign.search(repo.read(path))]
        for path in programs if len(programs) == 1 else []:
            found = kind.sign.search(repo.read(path))
            line = repo.read(path).count("\n", 0, found.start() if found else 0) + 1
            note = "a program of the standard library alone"
            yield Evidence(Key.START, f"{kind.command} {path}", path, line, CONVENTION, "", kind.stack, note)
            listening = ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
            yield from ports.best(listening, "", kind.stack)
            return
