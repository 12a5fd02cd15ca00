"""Haskell: Stack and Cabal."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, Evidence, Key

EXECUTABLE = re.compile(r"^executable\s+([\w.-]{1,60})", re.MULTILINE)
HPACK_EXECUTABLE = re.compile(r"^executables:\s*\n\s+([\w.-]{1,60}):", re.MULTILINE)
TEST_SUITE = re.compile(r"^test-suite\s|^tests:\s*$", re.MULTILINE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of a Stack or Cabal project in the root; of Stack if both could build it."""
    cabal = next((path for path in repo.in_folder("") if path.endswith(".cabal")), None)
    path = repo.first("", "stack.yaml") or repo.first("", "cabal.project") or cabal
    if path is None:
        return
    project = Manifest(repo, path, "haskell")
    tool = "stack" if path == "stack.yaml" else "cabal"
    install = "stack build --only-dependencies" if tool == "stack" else "cabal update && cabal build all"
    yield project.evidence(Key.INSTALL, install)
    yield project.evidence(Key.EXTENSION, "haskell.haskell", confidence=DEFAULT)
    yield project.evidence(Key.PACKAGE, f"haskell-{tool}" if tool == "stack" else "cabal-install")
    yield from _targets(repo, tool, [path for path in (cabal, repo.first("", "package.yaml")) if path])


def _targets(repo: Repository, tool: str, manifests: list[str]) -> Iterator[Evidence]:
    for path in manifests:
        package = Manifest(repo, path, "haskell")
        if found := TEST_SUITE.search(package.text):
            text = "stack test" if tool == "stack" else "cabal test all"
            yield package.evidence_at(Key.TEST, text, found.start(), DEFAULT)
        found = EXECUTABLE.search(package.text) or HPACK_EXECUTABLE.search(package.text)
        if found and is_safe_name(found.group(1)):
            text = f"{tool} run {found.group(1)}"
            yield package.evidence_at(Key.START, text, found.start(1), CONVENTION, "the program it builds")
            return
