"""Completion in a config file: keys and values from its schema, commands, ports and extensions from evidence."""

import json
from collections.abc import Iterator

from fieldguide_server.configgen.checks.schema import schema_validator
from fieldguide_server.configgen.checks.schema_walk import Schema, keys_of, schema_at, values_of
from fieldguide_server.configgen.inspection.cursor import Cursor, cursor_at
from fieldguide_server.configgen.inspection.diagnostics import OUTDATED
from fieldguide_server.configgen.inspection.line_evidence import COMMANDS
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Completion, Offer
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.types import Evidence, Key

COMMAND_KEYS = word_set(
    "before init command start ready run initializeCommand onCreateCommand updateContentCommand postCreateCommand "
    "postStartCommand postAttachCommand"
)
PORT_KEYS = frozenset({"port", "forwardPorts"})


def complete(source: Source, known: Study, line: int, column: int) -> tuple[Completion, ...]:
    """Return what may follow at a place, surest evidence first."""
    cursor = cursor_at(source.text, line, column, source.target.syntax)
    span = Span(line, cursor.start, line, column)
    found = list(_offers(source, known, cursor, span))
    wanted = cursor.typed.strip("\"'").lower()
    return tuple(
        item for item in found if item.label.lower().startswith(wanted) or wanted in item.label.lower()
    )


def _offers(source: Source, known: Study, cursor: Cursor, span: Span) -> Iterator[Completion]:
    root = schema_validator(source.target.name).schema
    names = [step for step in cursor.path if isinstance(step, str)]
    last = names[-1] if names else ""
    schema = schema_at(root, cursor.path)
    if cursor.is_value or last in {"forwardPorts", "extensions", "plugins"}:
        yield from _from_evidence(known, last, span)
        for value in values_of(schema or {}):
            yield Completion(value, _written(value, source, cursor), "", Offer.VALUE, span)
        return
    if last in COMMAND_KEYS:
        yield from _from_evidence(known, last, span)
        return
    yield from _keys(source, schema or {}, cursor, span)


def _keys(source: Source, schema: Schema, cursor: Cursor, span: Span) -> Iterator[Completion]:
    """Yield the keys that the mapping does not have yet."""
    value = _value(source, span.line)
    for step in cursor.path:
        value = _child(value, step)
    present = set(value) if isinstance(value, dict) else set()
    for name, description, _ in keys_of(schema):
        if (name not in present or name == cursor.typed) and not description.startswith(OUTDATED):
            text = (
                f"{name}: "
                if source.target.syntax is Syntax.YAML
                else name
                if cursor.quoted
                else f"{json.dumps(name)}: "
            )
            yield Completion(name, text, description, Offer.KEY, span)


def _value(source: Source, line: int) -> object:
    """Return the document; while it does not parse, what it is without the line that is being typed."""
    if not source.parsed.error:
        return source.parsed.value
    lines = source.text.split("\n")
    rest = "\n".join([*lines[: line - 1], "", *lines[line:]])
    if source.target.syntax is Syntax.JSONC:
        rest = without_comments(rest, trailing_commas=True)
    return parse(rest, source.target.syntax).value


def _child(value: object, step: str | int) -> object:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _from_evidence(known: Study, key: str, span: Span) -> Iterator[Completion]:
    wanted: frozenset[Key] = frozenset()
    if key in COMMAND_KEYS:
        wanted = COMMANDS
    elif key in PORT_KEYS:
        wanted = frozenset({Key.PORT})
    elif key == "extensions":
        wanted = frozenset({Key.EXTENSION})
    found = sorted((item for item in known.evidence if item.key in wanted), key=lambda item: -item.confidence)
    for item in {item.value: item for item in reversed(found)}.values():
        offer = Offer.COMMAND if wanted is COMMANDS else Offer.VALUE
        yield Completion(item.value, item.value, _place(item), offer, span)


def _place(item: Evidence) -> str:
    return f"{item.path}:{item.line}"


def _written(value: str, source: Source, cursor: Cursor) -> str:
    plain = source.target.syntax is Syntax.YAML or cursor.quoted or value in {"true", "false"}
    return value if plain else json.dumps(value)
