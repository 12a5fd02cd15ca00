"""Checks of config files in an answer: keys and values must be valid for the tools that read them."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from fieldguide_server.configgen import inspect
from fieldguide_server.configgen.inspection.types import DiagnosticKind
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.targets import target_of
from fieldguide_server.review.syntax import read_json
from fieldguide_server.review.types import Block, LineProblem

_PACKAGE: Mapping[str, tuple[type, ...]] = {
    "name": (str,), "version": (str,), "description": (str,), "keywords": (list,), "homepage": (str,),
    "bugs": (str, dict), "license": (str, dict), "author": (str, dict), "contributors": (list,), "funding": (str, dict, list),
    "files": (list,), "main": (str,), "module": (str,), "browser": (str, dict), "types": (str,), "typings": (str,), "bin": (str, dict),
    "man": (str, list), "directories": (dict,), "repository": (str, dict), "scripts": (dict,), "config": (dict,),
    "dependencies": (dict,), "devDependencies": (dict,), "peerDependencies": (dict,), "peerDependenciesMeta": (dict,),
    "bundleDependencies": (list, bool), "bundledDependencies": (list, bool), "optionalDependencies": (dict,),
    "overrides": (dict,), "resolutions": (dict,), "engines": (dict,), "os": (list,), "cpu": (list,), "private": (bool,),
    "publishConfig": (dict,), "workspaces": (list, dict), "type": (str,), "exports": (str, dict, list), "imports": (dict,),
    "packageManager": (str,), "sideEffects": (bool, list),
}  # fmt: skip
_STRING_MAPS = (
    "scripts",
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
    "engines",
)
# Closed sets: installers reject any other key.
_PROJECT = word_set(
    "name version description readme requires-python license license-files authors maintainers keywords classifiers urls "
    "scripts gui-scripts entry-points dependencies optional-dependencies dynamic import-names import-namespaces"
)
_BUILD = frozenset({"requires", "build-backend", "backend-path"})
_KINDS = {str: "a string", list: "an array", dict: "an object", bool: "a boolean"}


def check_schema(block: Block, folder: Path) -> Iterator[LineProblem]:
    """Yield what the tools that read a well-known config file would reject; nothing for other files.

    Raises:
        ConfigError: The workspace folder cannot be read.
    """
    name = block.path.rpartition("/")[2]
    if target_of(block.path):
        yield from _inspected(block, folder)
    elif name == "package.json":
        yield from _package(block.code)
    elif name == "pyproject.toml":
        yield from _pyproject(block.code)


def _inspected(block: Block, folder: Path) -> Iterator[LineProblem]:
    """Yield the diagnostics of the block as a file of that name. Absent keys are allowed: it may be an excerpt."""
    found = inspect(folder, block.path, block.code).diagnostics
    for each in found:
        if each.kind in (DiagnosticKind.SCHEMA, DiagnosticKind.DANGLING) and not each.is_incomplete:
            yield LineProblem(each.span.line, " ".join(each.message.split()).rstrip("."))


def _package(code: str) -> Iterator[LineProblem]:
    try:
        manifest = read_json(code)
    except ValueError:
        return
    for key, value in manifest.items() if isinstance(manifest, dict) else ():
        line = _line_of(code, rf'"{re.escape(key)}"\s*:')
        kinds = _PACKAGE.get(key)
        if kinds and not isinstance(value, kinds):
            yield LineProblem(
                line, f"`{key}` in package.json must be {' or '.join(_KINDS[kind] for kind in kinds)}"
            )
        elif key in _STRING_MAPS and not all(isinstance(each, str) for each in value.values()):
            yield LineProblem(line, f"`{key}` in package.json must map names to strings")
        elif kinds is None and (near := difflib.get_close_matches(key, _PACKAGE, 1, 0.85)):
            yield LineProblem(line, f"package.json has no key `{key}`; did you mean `{near[0]}`?")


def _pyproject(code: str) -> Iterator[LineProblem]:
    try:
        tables = tomllib.loads(code)
    except ValueError:
        return
    for table, keys in (("project", _PROJECT), ("build-system", _BUILD)):
        found = tables.get(table)
        for key in set(found) - keys if isinstance(found, dict) else ():
            near = difflib.get_close_matches(key, keys, 1, 0.6)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            yield LineProblem(
                _line_of(code, rf"^\s*\"?{re.escape(key)}\"?\s*="), f"[{table}] has no key `{key}`{hint}"
            )


def _line_of(code: str, pattern: str) -> int:
    found = re.search(pattern, code, re.MULTILINE)
    return code.count("\n", 0, found.start()) + 1 if found else 1
