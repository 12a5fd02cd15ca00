"""Crystal, Zig and COBOL."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of a project in the root."""
    if "shard.yml" in repo.files:
        yield from _crystal(Manifest(repo, "shard.yml", "crystal"))
    if "build.zig" in repo.files:
        yield from _zig(Manifest(repo, "build.zig", "zig"))
    yield from _cobol(repo)


def _cobol(repo: Repository) -> Iterator[Evidence]:
    """Yield the source with a main program's name, or the only one; every distribution has a package of the compiler."""
    sources = [
        p
        for p in repo.in_folder("") + repo.in_folder("src")
        if p.endswith((".cbl", ".cob")) and is_safe_name(p)
    ]
    main = next(
        (p for p in sources if re.search(r"(?:^|/)(?:index|main)\.", p)),
        sources[0] if len(sources) == 1 else None,
    )
    if main is not None:
        program = main.rpartition("/")[2].rpartition(".")[0]
        yield Evidence(Key.PACKAGE, "gnucobol", main, 1, DOCUMENTED, "", "cobol")
        yield Evidence(
            Key.INSTALL, f"mkdir -p build && cobc -x -o build/{program} {main}", main, 1, DEFAULT, "", "cobol"
        )
        text = f"./build/{program}"
        line = repo.line(main, "PROGRAM-ID")
        yield Evidence(Key.START, text, main, line, CONVENTION, "", "cobol", "the program that is built")


def _crystal(shard: Manifest) -> Iterator[Evidence]:
    yield shard.evidence(Key.INSTALL, "shards install", "dependencies:")
    yield shard.evidence(Key.EXTENSION, "crystal-lang-tools.crystal-lang", confidence=DEFAULT)
    yield shard.not_in_images("Crystal")
    if "spec" in shard.repo.folders:
        yield shard.evidence(Key.TEST, "crystal spec", confidence=DEFAULT)
    targets = as_object(as_object(shard.repo.yaml(shard.path).value).get("targets"))
    mains = [as_object(body).get("main") for body in targets.values()]
    if (
        len(mains) == 1
        and isinstance(main := mains[0], str)
        and main in shard.repo.files
        and is_safe_name(main)
    ):
        yield shard.evidence(Key.START, f"crystal run {main}", "targets:", "main:", confidence=CONVENTION)


def _zig(build: Manifest) -> Iterator[Evidence]:
    yield build.evidence(Key.INSTALL, "zig build", "fn build")
    yield build.evidence(Key.EXTENSION, "ziglang.vscode-zig", confidence=DEFAULT)
    yield build.not_in_images("Zig")
    if '"test"' in build.text:
        yield build.evidence(Key.TEST, "zig build test", '"test"', confidence=DEFAULT)
    if 'step("run"' in build.text:
        yield build.evidence(Key.START, "zig build run", 'step("run"', confidence=CONVENTION)
