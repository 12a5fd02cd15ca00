"""Looking a name up: where it is defined and which lines name it. The base of hover and of offline explain."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from fieldguide_indexer.search.file_roles import Role, role_of
from fieldguide_indexer.search.source_filter import AnyCatalog
from fieldguide_indexer.store.queries import Scope
from fieldguide_indexer.types import Definition, Lookup, Reference

_MOST_DEFINITIONS = 50
_CHUNKS_LOOKED_INTO = 3_000
_CHUNKS_READ_AT_ONCE = 50
# So many lines of each: the docs that mention a name must not hide who calls it, nor the other way round.
_QUOTAS = {"code": 120, "test": 50, "docs": 50}
_LONGEST_LINE = 200
_IMPORT = re.compile(r"\s*(?:import|from|use|using|require\w*|#\s*include|export\s.*\bfrom|alias|open)\b")
_ARGUMENTS = re.compile(r"\s*(?:<[^<>()]*>|::<[^<>()]*>)?\s*[(!]")
_IDENTIFIER = re.compile(r"^[^\W\d]\w*$")


def look_up(catalog: AnyCatalog, name: str) -> Lookup:
    """Return all the index knows of a name; a dotted name narrows its definitions to those with that ending."""
    last = re.split(r"\.|::|#", name)[-1]
    if not _IDENTIFIER.match(last):
        return Lookup(name)
    definitions = sorted(
        _narrowed(catalog.definitions_named([last], _MOST_DEFINITIONS), name, last), key=_definition_order
    )
    return Lookup(name, tuple(definitions), tuple(_references(catalog, last, definitions)))


def _narrowed(definitions: Sequence[Definition], name: str, last: str) -> list[Definition]:
    same_case = [d for d in definitions if d.name == last]
    wanted = re.sub(r"::|#", ".", name)
    qualified = [d for d in same_case if d.symbol == wanted or d.symbol.endswith(f".{wanted}")]
    return qualified or same_case


def _definition_order(definition: Definition) -> tuple[bool, bool, str, int]:
    role = role_of(definition.path)
    return role is not Role.CODE, not definition.doc, definition.path, definition.start_line


def _references(catalog: AnyCatalog, name: str, definitions: Sequence[Definition]) -> Iterator[Reference]:
    places = {(d.path, d.start_line) for d in definitions}
    by_group: dict[str, list[tuple[int, str, int]]] = {group: [] for group in _QUOTAS}
    for found in catalog.chunks_holding(name, _CHUNKS_LOOKED_INTO):
        role = _role(found[1])
        by_group[role if role in _QUOTAS else "code"].append(found)
    named: list[tuple[str, int, str]] = []
    for group, chunks in by_group.items():
        lines = (line for line in _lines_naming(catalog, name, chunks) if line[:2] not in places)
        named += islice(lines, _QUOTAS[group])
    scopes = catalog.scopes(frozenset(path for path, _, _ in named))
    for path, number, line in named:
        yield Reference(
            path,
            number,
            line.strip()[:_LONGEST_LINE],
            usage=_usage(line, name),
            role=_role(path),
            within=_within(scopes.get(path, ()), number),
        )


def _lines_naming(
    catalog: AnyCatalog, name: str, chunks: Sequence[tuple[int, str, int]]
) -> Iterator[tuple[str, int, str]]:
    """Yield lines that hold the name as a word of its own and in its own case: (path, line number, text)."""
    for start in range(0, len(chunks), _CHUNKS_READ_AT_ONCE):
        batch = chunks[start : start + _CHUNKS_READ_AT_ONCE]
        texts = catalog.texts([chunk_id for chunk_id, _, _ in batch])
        for chunk_id, path, first in batch:
            for row, line in _rows_naming(texts.get(chunk_id, ""), name):
                yield path, first + row, line


def _rows_naming(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield the rows of a text, from 0, that hold the name: most rows do not, so the name is looked for and not in each."""
    row = counted = end = 0
    for at in _places(text, name):
        if at < end:
            continue  # the row that was given last
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text) + 1
        row, counted = row + text.count("\n", counted, start), start
        yield row, text[start : end - 1]


def _places(text: str, name: str) -> Iterator[int]:
    """Yield where the name stands as a word of its own."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        around = text[max(0, at - 1) : at] + text[end : end + 1]
        if not any(character.isalnum() or character == "_" for character in around):
            yield at
        at = text.find(name, end)


def _role(path: str) -> str:
    """Return the part a file plays; a changelog is prose about the code, as docs are."""
    role = role_of(path)
    return str(Role.DOCS if role is Role.HISTORY else role)


def _usage(line: str, name: str) -> str:
    if _IMPORT.match(line):
        return "import"
    called = any(_ARGUMENTS.match(line, at + len(name)) for at in _places(line, name))
    return "call" if called else "mention"


def _within(scopes: Sequence[Scope], line: int) -> str:
    """Return the innermost definition around a line."""
    around = [scope for scope in scopes if scope[0] <= line <= scope[1]]
    return min(around, key=lambda scope: scope[1] - scope[0])[2] if around else ""
