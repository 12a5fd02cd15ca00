"""A Node package without a script to start it: the file that it names as its entry."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.node.scripts import NodeProject
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name, join
from fieldguide_server.configgen.types import CONVENTION, Evidence, Key

ENDINGS = {"node": (".js", ".mjs", ".cjs"), "bun": (".ts", ".tsx", ".js", ".mjs")}
STEMS = ("index", "server", "app", "bot")
# A package that is published says what others get of it.
EXPORTS = re.compile(r"^(?:module\.exports\b|exports\.|export\s)", re.MULTILINE)
LIBRARY = frozenset({"peerDependencies", "exports", "files", "types", "typings", "publishConfig"})


def main_start(repo: Repository, project: NodeProject, manager: str) -> Iterator[Evidence]:
    """Yield the entry run as a program, where nothing has to build it first."""
    runner = "bun" if manager == "bun" else "node"
    endings = ENDINGS[runner]
    if LIBRARY & project.manifest.keys() and not project.manifest.get("private"):
        return
    stated = [project.manifest.get(key) for key in ("main", "module")]
    named = [name.removeprefix("./") for name in stated if isinstance(name, str)]
    for name in (*named, *(f"{stem}{end}" for stem in STEMS for end in endings)):
        path = join(project.folder, name)
        if path in repo.files and name.endswith(endings) and is_safe_name(name):
            if EXPORTS.search(repo.read(path)) and not ports.IN_CODE.search(repo.read(path)):
                return
            where = (project.path, repo.line(project.path, '"main"')) if name in named else (path, 1)
            text, note = f"{runner} {name}", "the package's entry"
            yield Evidence(Key.START, text, *where, CONVENTION, project.folder, "node", note)
            found = ports.in_file(repo, path, ports.IN_CODE, 0.9, "the code listens there")
            yield from ports.best(found, project.folder, "node")
            return
