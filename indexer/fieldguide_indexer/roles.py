"""What part a file plays in its repository, told from its path alone."""

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath


class Role(StrEnum):
    """Why a file is there."""

    CODE = "code"
    DOCS = "docs"
    TEST = "test"
    EXAMPLE = "example"
    GENERATED = "generated"
    DATA = "data"
    REEXPORT = "reexport"


_TEST = re.compile(
    r"(^|/)(tests?|specs?|__tests__|testing|testdata|fixtures|e2e|test-d|[\w-]*-tests?)(/|$)"
    r"|(^|/)(test_[^/]*|conftest|[^/]*(_test|_spec|\.test|\.spec|Tests?|Spec))\.\w+$"
)
_EXAMPLE = re.compile(
    r"(^|/)(examples?|samples?|demos?|tutorials?|playground|benchmarks?)(/|$)", re.IGNORECASE
)
_GENERATED = re.compile(
    r"(^|/)(generated|gen|vendor|third_party|node_modules|dist|__generated__)(/|$)"
    r"|(_pb2(_grpc)?\.pyi?|\.pb\.go|\.g\.dart|\.generated\.\w+|\.min\.\w+|\.snap|_generated\.\w+)$"
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
_DOC_NAMES = frozenset({"readme", "changelog", "license", "contributing", "authors", "history", "copying"})


@lru_cache(maxsize=100_000)
def role_of(path: str) -> Role:
    """The role of a file by its path, relative to the workspace folder."""
    pure = PurePosixPath(path)
    suffix = pure.suffix.lower()
    if _GENERATED.search(path):
        return Role.GENERATED
    if _TEST.search(path):
        return Role.TEST
    if suffix in _DOC_SUFFIXES or pure.stem.lower() in _DOC_NAMES:
        return Role.DOCS
    if _EXAMPLE.search(path):
        return Role.EXAMPLE
    if suffix in _DATA_SUFFIXES:
        return Role.DATA
    return Role.REEXPORT if _REEXPORT.search(path) else Role.CODE


def is_within(path: str, within: str) -> bool:
    """Whether a file belongs to a part of the workspace: ``all``, ``code`` or ``docs``."""
    return within == "all" or (role_of(path) is Role.DOCS) == (within == "docs")
