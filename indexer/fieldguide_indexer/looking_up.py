"""Looking a name up: where it is defined and which lines name it. The base of hover and of offline explain."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from fieldguide_indexer.roles import Role, role_of
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.types import Definition, Lookup, Reference

_MOST_DEFINITIONS = 50
_MOST_REFERENCES = 200
_CHUNKS_READ = 120
_LONGEST_LINE = 200
_IMPORT = re.compile(r"\s*(?:import|from|use|using|require\w*|#\s*include|export\s.*\bfrom|alias|open)\b")
_IDENTIFIER = re.compile(r"^[^\W\d]\w*$")


def look_up(catalog: Catalog, name: str) -> Lookup:
    """All the index knows of a name; a dotted name narrows its definitions to those with that ending."""
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


def _references(catalog: Catalog, name: str, definitions: Sequence[Definition]) -> Iterator[Reference]:
    places = {(d.path, d.start_line) for d in definitions}
    line_naming = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    scopes: dict[str, list[Definition]] = {}
    for path, number, line in islice(_lines_naming(catalog, name, line_naming), _MOST_REFERENCES):
        if (path, number) in places:
            continue
        if path not in scopes:
            scopes[path] = catalog.definitions_in(path)
        yield Reference(
            path,
            number,
            line.strip()[:_LONGEST_LINE],
            usage=_usage(line, name),
            role=str(role_of(path)),
            within=_within(scopes[path], number),
        )


def _lines_naming(catalog: Catalog, name: str, naming: re.Pattern[str]) -> Iterator[tuple[str, int, str]]:
    for path, start_line, text in catalog.chunks_naming(name.lower(), _CHUNKS_READ):
        for number, line in enumerate(text.split("\n"), start_line):
            if naming.search(line):
                yield path, number, line


def _usage(line: str, name: str) -> str:
    if _IMPORT.match(line):
        return "import"
    return (
        "call"
        if re.search(rf"(?<!\w){re.escape(name)}\s*(?:<[^<>()]*>|::<[^<>()]*>)?\s*[(!]", line)
        else "mention"
    )


def _within(scopes: Sequence[Definition], line: int) -> str:
    """The innermost definition around a line."""
    around = [d for d in scopes if d.start_line <= line <= d.end_line]
    return min(around, key=lambda d: d.end_line - d.start_line).symbol if around else ""
