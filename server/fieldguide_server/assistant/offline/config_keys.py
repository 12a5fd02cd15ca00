"""Keys of config files: which key a line sets, and where docs and code speak of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fieldguide_server.assistant.passages.passage import refresh
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Citation, Read, Retriever

_INDENTED = frozenset({".yaml", ".yml", ".json", ".jsonc"})
_TABLED = frozenset({".toml", ".ini", ".cfg", ".properties", ".conf"})
_INDENTED_KEY = re.compile(r"(\s*(?:- +)*)[\"']?([\w$@./ -]{1,80}?)[\"']?\s*:(?:\s|$|[\[{\"])")
_TABLED_KEY = re.compile(r"\s*[\"']?([\w.$@-]{1,80})[\"']?\s*[=:]")
_TABLE = re.compile(r"\s*\[+\s*([^\[\]]{1,120}?)\s*\]+")
_MOST_PLACES = 5
_HITS_READ = 12


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A line that names a key."""

    citation: Citation
    text: str


def key_at(path: str, lines: Sequence[str], number: int) -> tuple[str, ...]:
    """Return the key that line ``number`` of a config file sets, with the keys above it; () when it sets none."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _TABLED:
        return _tabled(lines, number)
    return _indented(lines, number) if suffix in _INDENTED else ()


def _tabled(lines: Sequence[str], number: int) -> tuple[str, ...]:
    key = _TABLED_KEY.match(lines[number - 1])
    tables = (_TABLE.match(lines[at - 1]) for at in range(number, 0, -1))
    table = next((found[1] for found in tables if found), "")
    path = [part.strip("\"' ") for part in table.split(".")] if table else []
    if not key:
        return tuple(path) if _TABLE.match(lines[number - 1]) else ()
    return (*path, *key[1].split("."))


def _indented(lines: Sequence[str], number: int) -> tuple[str, ...]:
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


def docs_of(key: Sequence[str], index: Retriever, read: Read) -> list[KeyUse]:
    """Return the lines of docs that name a key as one writes code, those with the keys above it near by first."""
    named = _naming(key)
    found: list[tuple[bool, KeyUse]] = []
    for passage in refresh(index.search(" ".join(key), _HITS_READ, "docs"), read).passages:
        if PurePosixPath(passage.path).suffix.lower() in _INDENTED | _TABLED:
            continue
        about = any(above in "\n".join(passage.cited) for above in key[:-1])
        at = next((n for n, line in enumerate(passage.cited, passage.start) if named.search(line)), 0)
        # A key that is a plain word means something else elsewhere.
        if at and (about or len(key) == 1 or _is_telling(key[-1])):
            found.append((about, KeyUse(Citation(passage.path, at, at), passage.lines[at - 1].strip())))
    return [use for _, use in sorted(found, key=lambda pair: not pair[0])][:_MOST_PLACES]


def code_of(key: Sequence[str], index: Retriever, read: Read) -> list[KeyUse]:
    """Return the lines of code that read a key: that name it, or, if it is a plain word, look it up by it."""
    name = key[-1].replace("-", "_")
    reads = re.compile(
        re.escape(name) if _is_telling(name) else rf"\[[\"']{name}[\"']\]|get\([\"']{name}[\"']"
    )
    uses = []
    for one in index.lookup(name).references:
        lines = split_lines(read(one.path) or "")
        is_code = one.role == "code" and PurePosixPath(one.path).suffix not in _INDENTED | _TABLED
        if is_code and one.line <= len(lines) and reads.search(lines[one.line - 1]):
            uses.append(KeyUse(Citation(one.path, one.line, one.line), one.text))
    return uses[:_MOST_PLACES]


def _naming(key: Sequence[str]) -> re.Pattern[str]:
    name = re.escape(key[-1])
    if _is_telling(key[-1]):
        return re.compile(rf"(?<![\w-]){name}(?![\w-])")
    return re.compile(rf"[`\"'\[.]{name}[`\"'\]]|^\W*{name}\s*[:=]")


def _is_telling(name: str) -> bool:
    return bool(re.search(r"[a-z][A-Z]|[^\W\d][_-][^\W\d]", name))
