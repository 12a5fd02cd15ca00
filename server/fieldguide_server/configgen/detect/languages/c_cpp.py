"""C and C++: CMake, Meson and the Autotools. Plain makefiles are left to the detector of task runners."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, STATED, Evidence, Key

CMAKE_PROGRAM = re.compile(
    r"^[ \t]*add_executable\(\s*(\$\{PROJECT_NAME\}|[\w.+-]{1,60})", re.M | re.IGNORECASE
)
CMAKE_PROJECT = re.compile(r"^[ \t]*project\(\s*([\w.+-]{1,60})", re.M | re.IGNORECASE)
MESON_PROGRAM = re.compile(r"^[ \t]*(?:\w+\s*=\s*)?executable\(\s*'([\w.+-]{1,60})'", re.MULTILINE)
LIBTOOL = re.compile(r"^[ \t]*(?:LT_INIT|AC_PROG_LIBTOOL)\b", re.MULTILINE)
TESTS = re.compile(r"^TESTS\s*\+?=", re.MULTILINE)
TESTED = re.compile(r"\b(?:enable_testing|include\s*\(\s*CTest)\b", re.IGNORECASE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of the build system in the root."""
    if "CMakeLists.txt" in repo.files:
        yield from _cmake(Manifest(repo, "CMakeLists.txt", "cmake"))
    elif "meson.build" in repo.files:
        yield from _meson(Manifest(repo, "meson.build", "meson"))
    elif "configure.ac" in repo.files and "Makefile.am" in repo.files:
        yield from _autotools(Manifest(repo, "configure.ac", "autotools"))


def _cmake(build: Manifest) -> Iterator[Evidence]:
    text = "cmake -S . -B build && cmake --build build"
    yield build.evidence(Key.INSTALL, text, "project(", "add_executable", confidence=DEFAULT)
    yield build.evidence(Key.EXTENSION, "ms-vscode.cmake-tools", confidence=DEFAULT)
    if TESTED.search(build.text):
        yield build.evidence(Key.TEST, "ctest --test-dir build --output-on-failure", confidence=DEFAULT)
    found = CMAKE_PROGRAM.findall(build.text)
    project = CMAKE_PROJECT.search(build.text)
    names = {project.group(1) if name.startswith("$") and project else name for name in found}
    yield from _program(build, names, "add_executable")


def _meson(build: Manifest) -> Iterator[Evidence]:
    yield build.evidence(Key.PACKAGE, "meson", confidence=STATED)
    yield build.evidence(Key.INSTALL, "meson setup build && meson compile -C build", "project(")
    yield build.evidence(Key.EXTENSION, "mesonbuild.mesonbuild", confidence=DEFAULT)
    if "test(" in build.text:
        yield build.evidence(Key.TEST, "meson test -C build", "test(", confidence=DEFAULT)
    yield from _program(build, set(MESON_PROGRAM.findall(build.text)), "executable(")


def _autotools(build: Manifest) -> Iterator[Evidence]:
    """Yield a build that generates ``configure`` first, since repositories rarely hold it."""
    packages = ["autoconf", "automake", *(["libtool"] if LIBTOOL.search(build.text) else [])]
    for name in packages:
        yield build.evidence(Key.PACKAGE, name, "AC_INIT")
    yield build.evidence(
        Key.INSTALL, "autoreconf --install && ./configure && make", "AC_INIT", confidence=DEFAULT
    )
    yield build.evidence(Key.EXTENSION, "ms-vscode.cpptools", "AC_INIT", confidence=DEFAULT)
    if TESTS.search(build.repo.read("Makefile.am")):
        line = build.repo.line("Makefile.am", "TESTS")
        yield Evidence(Key.TEST, "make check", "Makefile.am", line, DEFAULT, "", "autotools")


def _program(build: Manifest, names: set[str], needle: str) -> Iterator[Evidence]:
    """Yield the program that is built, if there is exactly one."""
    name = next(iter(names), "")
    if len(names) == 1 and is_safe_name(name) and not name.endswith(("_test", "_tests")):
        note = "the only program that is built"
        yield build.evidence(Key.START, f"./build/{name}", needle, confidence=CONVENTION, note=note)
