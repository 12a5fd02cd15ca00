"""What ``.gitattributes``, ``.editorconfig`` and the workspace's VS Code settings say about a file.

They are read from the folder of the file upwards, to the top of its repository.
"""

import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from fieldguide_indexer.sources.files import open_plain
from fieldguide_indexer.sources.ignore import compile_pattern

_MAX_BYTES = 256_000
_MAX_DEPTH = 64
_MAX_GLOB, _MAX_STARS = 200, 5
_EDITOR_ENCODING = re.compile(r'^\s*"files\.encoding"\s*:\s*"([\w-]+)"', re.MULTILINE)
_SECTION = re.compile(r"\[(.+)\]\s*(?:[#;].*)?$")
_CHARSET = re.compile(r"(?i)charset\s*[:=]\s*([\w-]+)")
_IS_ROOT = re.compile(r"(?i)root\s*[:=]\s*true\b")

# A pattern for a path relative to the folder of the file that has the rule, and the attributes that it gives.
Rule = tuple[Callable[[str], bool], Mapping[str, str]]


def git_attributes(path: Path) -> dict[str, str]:
    """Return the attributes of a file by ``.gitattributes``; those that are only mentioned have the value ``set``."""
    found: dict[str, str] = {}
    for folder in reversed(_folders(path)):
        for matches, attributes in _rules(folder / ".gitattributes", _read_attributes):
            if matches(path.relative_to(folder).as_posix()):
                found.update(attributes)
    return {name: value for name, value in found.items() if value}


def declared_encodings(path: Path) -> list[str]:
    """Return the encodings that are declared for a file outside of it, as they are written, the most specific first."""
    attributes = git_attributes(path)
    names = [attributes.get("working-tree-encoding", ""), attributes.get("encoding", ""), _charset(path)]
    for folder in _folders(path):
        names += _EDITOR_ENCODING.findall(_text(folder / ".vscode/settings.json"))
    return [name for name in names if name not in ("", "set", "unset")]


def _charset(path: Path) -> str:
    """Return the ``charset`` of ``.editorconfig``: the last section that matches in the innermost file; "" if there is none."""
    for folder in _folders(path):
        inside = path.relative_to(folder).as_posix()
        rules = _rules(folder / ".editorconfig", _read_editorconfig)
        found = [attributes for matches, attributes in rules if matches(inside)]
        charsets = [attributes["charset"] for attributes in found if "charset" in attributes]
        if charsets:
            return charsets[-1]
        if any("root" in attributes for attributes in found):
            return ""
    return ""


def _folders(path: Path) -> list[Path]:
    """Return the folders above a file, innermost first, up to the top of its repository."""
    folders = list(path.parents)[:_MAX_DEPTH]
    below = list(takewhile(lambda folder: not os.path.lexists(folder / ".git"), folders))
    return folders[: len(below) + 1]


def _rules(file: Path, read: Callable[[Path, tuple[int, int]], tuple[Rule, ...]]) -> tuple[Rule, ...]:
    try:
        found = os.stat(file)  # noqa: PTH116 - faster, and this runs for every folder above every file
    except (OSError, ValueError):
        return ()
    return read(file, (found.st_mtime_ns, found.st_size))


def _text(file: Path) -> str:
    try:
        with open_plain(file) as stream:
            return (stream.read(_MAX_BYTES) or b"").decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=256)
def _read_attributes(file: Path, _version: tuple[int, int]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for line in _text(file).splitlines():
        pattern, *words = line.split() or ["#"]
        compiled = None if pattern.startswith(("!", "[attr]")) else compile_pattern(pattern)
        if compiled is not None and compiled.regex is not None:
            rules.append((_matcher(compiled.regex), dict(map(_attribute, words))))
    return tuple(rules)


def _matcher(expression: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda path: expression.match(path) is not None


def _attribute(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    if name.startswith("!"):
        return name[1:], ""
    if name.startswith("-") or value.lower() == "false":
        return name.lstrip("-"), "unset"
    return name, "set" if value.lower() == "true" else value or "set"


@lru_cache(maxsize=256)
def _read_editorconfig(file: Path, _version: tuple[int, int]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    matches: Callable[[str], bool] = lambda _path: True  # noqa: E731 - before the first section
    for line in map(str.strip, _text(file).splitlines()):
        if section := _SECTION.match(line):
            matches = _matcher(re.compile(_from_glob(section[1])))
        elif _IS_ROOT.match(line):
            rules.append((matches, {"root": "true"}))
        elif charset := _CHARSET.match(line):
            rules.append((matches, {"charset": charset[1]}))
    return tuple(rules)


_GLOB_TOKEN = re.compile(
    r"\\(.)|(\*\*/?)|(\*)|(\?)|\{(-?\d+)\.\.(-?\d+)\}|(\[[^\]/]+\])|([{},])|(.)", re.DOTALL
)


def _from_glob(glob: str) -> str:
    """Return the regular expression of a section of ``.editorconfig``. A glob without a slash matches in any folder."""
    # More stars could backtrack too much.
    if len(glob) > _MAX_GLOB or len(re.findall(r"\*+", glob)) > _MAX_STARS:
        return "(?!)"
    depth = 0
    parts = []
    for escaped, stars, star, any_one, low, high, characters, brace, plain in _GLOB_TOKEN.findall(glob):
        if stars or star:
            parts.append(".*" if stars else "[^/]*")
        elif any_one:
            parts.append("[^/]")
        elif low or high:
            parts.append(r"[+-]?\d+")
        elif characters:
            parts.append("[" + re.escape(characters[1:-1]).replace(r"\-", "-").replace(r"\!", "^", 1) + "]")
        elif brace:
            is_nested = "{" in glob and "}" in glob
            depth += {"{": 1, "}": -1, ",": 0}[brace]
            parts.append(
                {"{": "(?:", "}": ")", ",": "|" if depth else ","}[brace] if is_nested else re.escape(brace)
            )
        else:
            parts.append(re.escape(escaped or plain))
    expression = "".join(parts)
    try:
        re.compile(expression)
    except re.error:
        return "(?!)"
    return (
        rf"(?:{expression})\Z"
        if "/" in glob.strip("/") or glob.startswith("/")
        else rf"(?:.*/)?(?:{expression})\Z"
    )
