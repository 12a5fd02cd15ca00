"""Swift packages. Xcode projects need a Mac, so there is no environment for them."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, folder_depth, folder_of, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

PROGRAM = re.compile(r"\.executable(?:Target)?\(\s*name:\s*\"([\w.-]{1,60})\"")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of a package in the root, else that an Xcode project needs a Mac."""
    if "Package.swift" in repo.files:
        yield from _package(Manifest(repo, "Package.swift", "swift"))
        return
    project = next((path for path in sorted(repo.files) if path.endswith(".xcodeproj/project.pbxproj")), None)
    if project and folder_depth(folder_of(project)) <= 2:
        what = f"{folder_of(project)} is built by Xcode, which runs on macOS only"
        yield Evidence(Key.UNKNOWN, what, project, 1, STATED, "", "swift")


def _package(package: Manifest) -> Iterator[Evidence]:
    yield package.evidence(Key.INSTALL, "swift build", "Package(")
    yield package.evidence(Key.TEST, "swift test", ".testTarget(", confidence=DEFAULT)
    yield package.evidence(Key.EXTENSION, "swiftlang.swift-vscode", confidence=DEFAULT)
    yield package.not_in_images("Swift")
    programs = {found.group(1): found.start(1) for found in PROGRAM.finditer(package.text)}
    if len(programs) == 1:
        name, offset = programs.popitem()
        if not is_safe_name(name):
            return
        vapor = "vapor/vapor" in package.text
        confidence = DOCUMENTED if vapor else CONVENTION
        yield package.evidence_at(Key.START, f"swift run {name}", offset, confidence, "the program it builds")
        if vapor:
            line = package.repo.line(package.path, "vapor/vapor")
            yield from ports.best(
                [ports.port(package.path, line, 8080, DEFAULT, "Vapor's default")], "", "swift"
            )
