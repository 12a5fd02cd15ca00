"""Keys of config files: which key a line sets, and where docs and code mention it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fieldguide_server.assistant.passages.passage import refresh
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Citation, Read, Retriever

_INDENTED_SUFFIXES = frozenset({".yaml", ".yml", ".json", ".jsonc"})
_TABLE_SUFFIXES = frozenset({".toml", ".ini", ".cfg", ".properties", ".conf"})
_INDENTED_KEY = re.compile(r"(\s*(?:- +)*)[\"']?([\w$@./ -]{1,80}?)[\"']?\s*:(?:\s|$|[\[{\"])")
_TABLE_KEY = re.compile(r"\s*[\"']?([\w.$@-]{1,80})[\"']?\s*[=:]")
_TABLE = re.compile(r"\s*\[+\s*([^\[\]]{1,120}?)\s*\]+")
_MAX_USES = 5
_MAX_HITS = 12


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A line that mentions a key."""

    citation: Citation
    text: str


def key_at(path: str, lines: Sequence[str], number: int) -> tuple[str, ...]:
    """Return the key that line ``number`` of a config file sets, after the keys above it; () if it sets none."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _TABLE_SUFFIXES:
        return _key_in_table(lines, number)
    return _indented_key(lines, number) if suffix in _INDENTED_SUFFIXES else ()


def _key_in_table(lines: Sequence[str], number: int) -> tuple[str, ...]:
    key = _TABLE_KEY.match(lines[number - 1])
    tables = (_TABLE.match(lines[at - 1]) for at in range(number, 0, -1))
    table = next((found[1] for found in tables if found), "")
    path = [part.strip("\"' ") for part in table.split(".")] if table else []
    if not key:
        return tuple(path) if _TABLE.match(lines[number - 1]) else ()
    return (*path, *key[1].split("."))


def _indented_key(lines: Sequence[str], number: int) -> tuple[str, ...]:
    own = _INDENTED_KEY.match(lines[number - 1])
    if not own:
        return ()
    keys, depth = [own[2]], len(own[1])
    for at in range(number - 1, 0, -1):
        above = _INDENTED_KEY.match(lines[at - 1])
        if above and len(above[1]) < depth:
            keys.insert(0, above[2])
            depth = len(above[1])
    return tuple(keys)


def uses_in_docs(key: Sequence[str], index: Retriever, read: Read) -> list[KeyUse]:
    """Return the lines of docs that mention a key as code, first those near the keys above it."""
    mention = _mention(key)
    found: list[tuple[bool, KeyUse]] = []
    for passage in refresh(index.search(" ".join(key), _MAX_HITS, "docs"), read).passages:
        if PurePosixPath(passage.path).suffix.lower() in _INDENTED_SUFFIXES | _TABLE_SUFFIXES:
            continue
        is_near = any(above in "\n".join(passage.cited) for above in key[:-1])
        at = next((n for n, line in enumerate(passage.cited, passage.start) if mention.search(line)), 0)
        # A key that is a plain word has other meanings elsewhere.
        if at and (is_near or len(key) == 1 or _looks_like_code(key[-1])):
            found.append((is_near, KeyUse(Citation(passage.path, at, at), passage.lines[at - 1].strip())))
    return [use for _, use in sorted(found, key=lambda item: not item[0])][:_MAX_USES]


def uses_in_code(key: Sequence[str], index: Retriever, read: Read) -> list[KeyUse]:
    """Return the lines of code that read a key: those that mention it, or if it is a plain word, use it as a key."""
    name = key[-1].replace("-", "_")
    escaped = re.escape(name)
    reads = re.compile(
        escaped if _looks_like_code(name) else rf"\[[\"']{escaped}[\"']\]|get\([\"']{escaped}[\"']"
    )
    uses = []
    for reference in index.lookup(name).references:
        lines = split_lines(read(reference.path) or "")
        is_code = (
            reference.role == "code"
            and PurePosixPath(reference.path).suffix not in _INDENTED_SUFFIXES | _TABLE_SUFFIXES
        )
        if is_code and reference.line <= len(lines) and reads.search(lines[reference.line - 1]):
            citation = Citation(reference.path, reference.line, reference.line)
            uses.append(KeyUse(citation, reference.text))
    return uses[:_MAX_USES]


def _mention(key: Sequence[str]) -> re.Pattern[str]:
    name = re.escape(key[-1])
    if _looks_like_code(key[-1]):
        return re.compile(rf"(?<![\w-]){name}(?![\w-])")
    return re.compile(rf"[`\"'\[.]{name}[`\"'\]]|^\W*{name}\s*[:=]")


def _looks_like_code(name: str) -> bool:
    return bool(re.search(r"[a-z][A-Z]|[^\W\d][_-][^\W\d]", name))
