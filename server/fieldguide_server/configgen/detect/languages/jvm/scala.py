"""Scala: sbt builds."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

PLAY = re.compile(r"\bPlayScala\b|\bPlayJava\b|\"sbt-plugin\"\s*%")
MAIN = re.compile(r"\b(?:extends|with)\s+(?:IO)?App\b|@main\b|def\s+main\s*\(")
MAX_SOURCES = 40


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of an sbt build in the root or one folder down."""
    for folder in repo.folders_with("build.sbt", depth=1)[:1]:
        build = Manifest(repo, f"{folder}/build.sbt".lstrip("/"), "scala")
        yield build.evidence(Key.INSTALL, "sbt compile", confidence=STATED)
        yield build.evidence(Key.TEST, "sbt test", confidence=DEFAULT)
        yield build.evidence(Key.EXTENSION, "scalameta.metals", confidence=DEFAULT)
        yield build.not_in_images("sbt")
        yield from _start(build)


def _start(build: Manifest) -> Iterator[Evidence]:
    plugins = f"{build.folder}/project/plugins.sbt".lstrip("/")
    play = PLAY.search(build.text) and "playframework" in build.repo.read(plugins) + build.text
    if play or "play.sbt" in build.repo.read(plugins):
        yield build.evidence(Key.START, "sbt run", "Play", confidence=STATED, note="Play")
        default = ports.port(build.path, build.repo.line(build.path, "Play"), 9000, DEFAULT, "Play's default")
        yield from ports.best([default], build.folder, "scala")
    elif main := _main(build):
        note = "the program's entry"
        yield Evidence(Key.START, "sbt run", main, 1, CONVENTION, build.folder, "scala", note)
        found = ports.in_file(build.repo, main, ports.IN_CODE, DOCUMENTED, "the code listens there")
        yield from ports.best(found, build.folder, "scala")


def _main(build: Manifest) -> str | None:
    """Return the first source of the build with an entry point."""
    home = f"{build.folder}/src/main/scala".lstrip("/")
    below = sorted(path for path in build.repo.files if path.startswith(home) and path.endswith(".scala"))
    sources = [*below, *(path for path in build.repo.in_folder(build.folder) if path.endswith(".scala"))]
    return next((path for path in sources[:MAX_SOURCES] if MAIN.search(build.repo.read(path))), None)
