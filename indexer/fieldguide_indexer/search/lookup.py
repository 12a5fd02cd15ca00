"""Symbol lookup: the definitions of a name and the lines that refer to it. Used by hover and offline explanations."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from fieldguide_indexer.search.file_roles import Role, role_of
from fieldguide_indexer.search.searchable import SearchableCatalog
from fieldguide_indexer.store.queries import Scope
from fieldguide_indexer.types import Definition, Lookup, Reference

_MAX_DEFINITIONS = 50
_MAX_CHUNKS = 3_000
_BATCH_SIZE = 50
# Maximum number of lines of each kind, so that mentions in docs do not crowd out callers, nor the reverse.
_QUOTAS = {"code": 120, "test": 50, "docs": 50}
_MAX_LINE_LENGTH = 200
_IMPORT = re.compile(r"\s*(?:import|from|use|using|require\w*|#\s*include|export\s.*\bfrom|alias|open)\b")
_ARGUMENTS = re.compile(r"\s*+(?:(?:::)?<[^<>()]*>\s*+)?[(!]")
_IDENTIFIER = re.compile(r"^[^\W\d]\w*$")


def look_up(catalog: SearchableCatalog, name: str) -> Lookup:
    """Return the definitions of a name and the references to it. A dotted name selects definitions with that ending."""
    last = re.split(r"\.|::|#", name)[-1]
    if not _IDENTIFIER.match(last):
        return Lookup(name)
    definitions = sorted(
        _narrowed(catalog.definitions_named([last], _MAX_DEFINITIONS), name, last), key=_definition_order
    )
    return Lookup(name, tuple(definitions), tuple(_references(catalog, last, definitions)))


def _narrowed(definitions: Sequence[Definition], name: str, last: str) -> list[Definition]:
    same_case = [d for d in definitions if d.name == last]
    dotted = re.sub(r"::|#", ".", name)
    qualified = [d for d in same_case if d.symbol == dotted or d.symbol.endswith(f".{dotted}")]
    return qualified or same_case


def _definition_order(definition: Definition) -> tuple[bool, bool, str, int]:
    role = role_of(definition.path)
    return role is not Role.CODE, not definition.doc, definition.path, definition.start_line


def _references(
    catalog: SearchableCatalog, name: str, definitions: Sequence[Definition]
) -> Iterator[Reference]:
    places = {(d.path, d.start_line) for d in definitions}
    by_group: dict[str, list[tuple[int, str, int]]] = {group: [] for group in _QUOTAS}
    for chunk in catalog.chunks_holding(name, _MAX_CHUNKS):
        role = _role(chunk[1])
        by_group[role if role in _QUOTAS else "code"].append(chunk)
    references: list[tuple[str, int, str]] = []
    for group, chunks in by_group.items():
        lines = (line for line in _lines_naming(catalog, name, chunks) if line[:2] not in places)
        references += islice(lines, _QUOTAS[group])
    scopes = catalog.scopes(frozenset(path for path, _, _ in references))
    for path, number, line in references:
        yield Reference(
            path,
            number,
            line.strip()[:_MAX_LINE_LENGTH],
            usage=_usage(line, name),
            role=_role(path),
            within=_within(scopes.get(path, ()), number),
        )


def _lines_naming(
    catalog: SearchableCatalog, name: str, chunks: Sequence[tuple[int, str, int]]
) -> Iterator[tuple[str, int, str]]:
    """Yield (path, line number, text) of the lines that contain the name as a word, case-sensitively."""
    for start in range(0, len(chunks), _BATCH_SIZE):
        batch = chunks[start : start + _BATCH_SIZE]
        texts = catalog.texts([chunk_id for chunk_id, _, _ in batch])
        for chunk_id, path, first in batch:
            for row, line in _rows_naming(texts.get(chunk_id, ""), name):
                yield path, first + row, line


def _rows_naming(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield (index, text) of the lines that contain the name. It searches the text, not each line: few lines match."""
    row = counted = end = 0
    for at in _occurrences(text, name):
        if at < end:
            continue  # in the line that was yielded last
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text) + 1
        row, counted = row + text.count("\n", counted, start), start
        yield row, text[start : end - 1]


def _occurrences(text: str, name: str) -> Iterator[int]:
    """Yield the offsets at which the name occurs as a word."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        around = text[max(0, at - 1) : at] + text[end : end + 1]
        if not any(character.isalnum() or character == "_" for character in around):
            yield at
        at = text.find(name, end)


def _role(path: str) -> str:
    """Return the role of a file for grouping references; changelogs count as docs."""
    role = role_of(path)
    return str(Role.DOCS if role is Role.HISTORY else role)


def _usage(line: str, name: str) -> str:
    if _IMPORT.match(line):
        return "import"
    is_call = any(_ARGUMENTS.match(line, at + len(name)) for at in _occurrences(line, name))
    return "call" if is_call else "mention"


def _within(scopes: Sequence[Scope], line: int) -> str:
    """Return the innermost definition that contains a line; "" if there is none."""
    enclosing = [scope for scope in scopes if scope[0] <= line <= scope[1]]
    return min(enclosing, key=lambda scope: scope[1] - scope[0])[2] if enclosing else ""
