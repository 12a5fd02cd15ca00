"""The role of a file in its repository, derived from its content, its path and those of its neighbours."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from posixpath import basename, splitext
from typing import NamedTuple


class Role(StrEnum):
    """The role of a file."""

    CODE = "code"
    DECLARATION = "declaration"
    DOCS = "docs"
    HISTORY = "history"
    TEST = "test"
    EXAMPLE = "example"
    GENERATED = "generated"
    DATA = "data"
    REEXPORT = "reexport"


_TEST_FOLDER = re.compile(
    r"(^|/)(tests?|__tests__|testdata|fixtures|e2e|test-d|[\w-]*-tests?)(/|$)|^(specs?|testing)/"
)
# Libraries have such names, too: the content decides where it is known.
_TEST = re.compile(
    r"(^|/)(specs?|testing)(/|$)"
    r"|(^|/)(test_[^/]*|conftest|[^/]*(_test|_spec|\.test|\.spec|Tests?|Spec))\.\w+$"
)
_EXAMPLE = re.compile(
    r"(^|/)(examples?|samples?|demos?|tutorials?|playground|benchmarks?)(/|$)", re.IGNORECASE
)
_GENERATED = re.compile(
    r"(^|/)(generated|gen|vendor|third_party|node_modules|dist|__generated__)(/|$)"
    r"|(_pb2(_grpc)?\.pyi?|\.pb\.go|\.g\.dart|\.generated\.\w+|\.min\.\w+|\.snap|_generated\.\w+)$"
)
_HISTORY = re.compile(
    r"(^|/)(changelogs?|changes|history|news|newsfragments|release[-_]?notes|announce)(/|(\.\w+)?$)",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"\.(d\.[cm]?ts|pyi|h)$")
_VERSION = re.compile(r"^v\d+$")
_COMMON_PLATFORMS = frozenset({"unix", "posix", "linux"})
# Each with all its names.
_RARER_PLATFORMS = tuple(
    frozenset(names.split())
    for names in (
        "windows win win32 win64 winapi mingw msvc cygwin",
        "solaris sunos",
        "zos os390",
        "ibmi os400",
        *("aix", "amiga", "beos", "haiku", "hpux", "plan9", "vms", "wasi", "wasm"),
    )
)
_NAMES_OF_RARER = {name: names for names in _RARER_PLATFORMS for name in names}
_PLATFORM = re.compile(
    rf"([-_./]?)(?<![a-z0-9])({'|'.join((*_COMMON_PLATFORMS, *_NAMES_OF_RARER))})(?![a-z0-9])", re.IGNORECASE
)
_REEXPORT = re.compile(r"(^|/)(__init__\.pyi?|index\.(d\.)?[cm]?[jt]s|mod\.rs|doc\.go|package-info\.java)$")
_DOC_SUFFIXES = frozenset({".md", ".mdx", ".rst", ".txt", ".adoc", ".markdown", ".org"})
_DATA_SUFFIXES = frozenset(
    {
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".xml",
        ".csv",
        ".lock",
        ".svg",
        ".properties",
        ".css",
    }
)
_PROSE = frozenset({Role.DOCS, Role.HISTORY})
_DOC_NAMES = frozenset(
    {"readme", "changelog", "changes", "license", "contributing", "authors", "history", "news", "copying"}
)


@lru_cache(maxsize=100_000)
def role_of(path: str, evidence: str | None = None) -> Role:
    """Return the role of a file.

    Args:
        path: The path, relative to the workspace folder.
        evidence: What its content says (see ``sources.content.role_evidence``), which goes before its name; None if unknown.
    """
    if evidence == "generated":
        return Role.GENERATED
    if evidence == "documentation":
        return Role.DOCS
    return next(
        (role for role, plays in _RULES if plays(path) and _is_borne_out(role, path, evidence)), Role.CODE
    )


def _is_borne_out(role: Role, path: str, evidence: str | None) -> bool:
    """Return whether the content does not contradict the role that the path suggests."""
    if role is Role.GENERATED:
        return evidence != "written"
    if role is Role.TEST and evidence is not None:
        return evidence == "test" or _TEST_FOLDER.search(path) is not None
    return True


def _is_prose(path: str) -> bool:
    name = basename(path).lower()
    return name in _DOC_NAMES or splitext(name)[1] in _DOC_SUFFIXES


def _is_history(path: str) -> bool:
    return _is_prose(path) and _HISTORY.search(path) is not None


def _is_data(path: str) -> bool:
    return splitext(path)[1].lower() in _DATA_SUFFIXES


# The first rule that matches applies.
_RULES: tuple[tuple[Role, Callable[[str], object]], ...] = (
    (Role.GENERATED, _GENERATED.search),
    (Role.TEST, lambda path: _TEST_FOLDER.search(path) or _TEST.search(path)),
    (Role.HISTORY, _is_history),
    (Role.DOCS, _is_prose),
    (Role.EXAMPLE, _EXAMPLE.search),
    (Role.DATA, _is_data),
    (Role.REEXPORT, _REEXPORT.search),
    (Role.DECLARATION, _DECLARATION.search),
)


def superseded(paths: Iterable[str]) -> dict[str, str]:
    """Return the files in a version's folder (``v1/``) that newer files replace, with the name of that folder.

    A file is replaced by a sibling folder of a higher version, or by the same file outside of it: ``lib/v1/a.py`` and
    ``lib/a.py``.
    """
    all_paths = frozenset(paths)
    versioned = [split for path in all_paths for split in _version_folders(path)]
    newest: dict[str, int] = defaultdict(int)
    for before, version, _ in versioned:
        newest[before] = max(newest[before], int(version[1:]))
    return {
        f"{before}{version}/{after}": version
        for before, version, after in versioned
        if int(version[1:]) < newest[before] or f"{before}{after}" in all_paths
    }


@lru_cache(maxsize=100_000)
def _version_folders(path: str) -> tuple[tuple[str, str, str], ...]:
    """Return the path as (before, version folder, after), for each of its version folders."""
    parts = path.split("/")
    return tuple(
        ("".join(f"{p}/" for p in parts[:i]), part, "/".join(parts[i + 1 :]))
        for i, part in enumerate(parts[:-1])
        if _VERSION.match(part)
    )


def ported(paths: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the files for a rarer platform that also exist for a common one, with the names of the rarer platform.

    Their paths differ by the name of the platform only: ``win/tty.c`` and ``unix/tty.c``, ``aix.c`` and ``linux.c``,
    ``file_windows.go`` and ``file.go``.
    """
    twins = {path: _twin(path) for path in paths}
    common = {twin.starred for twin in twins.values() if twin.is_common}
    return {
        path: frozenset().union(*(_NAMES_OF_RARER[name] for name in twin.rarer))
        for path, twin in twins.items()
        if twin.rarer and (twin.starred in common or twin.bare in twins)
    }


class _Twin(NamedTuple):
    """A path with a star for its platform, the path without it, and the platforms that it names."""

    starred: str
    bare: str
    rarer: frozenset[str]
    is_common: bool


@lru_cache(maxsize=100_000)
def _twin(path: str) -> _Twin:
    names = frozenset(name.lower() for _, name in _PLATFORM.findall(path))
    if not names:
        return _Twin(path, path, names, is_common=False)
    return _Twin(
        _PLATFORM.sub(r"\1*", path),
        _PLATFORM.sub("", path),
        names & _NAMES_OF_RARER.keys(),
        not names.isdisjoint(_COMMON_PLATFORMS),
    )


def is_within(path: str, within: str) -> bool:
    """Return whether a file belongs to a part of the workspace: ``all``, ``code`` or ``docs``."""
    return within == "all" or (role_of(path) in _PROSE) == (within == "docs")
