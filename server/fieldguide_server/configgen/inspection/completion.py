"""Completion in a config file: keys and values from its schema; commands, ports and extensions from evidence."""

import json
from collections.abc import Iterator

from fieldguide_server.configgen.checks.schema import Schema, keys_of, schema_at, schema_validator, values_of
from fieldguide_server.configgen.inspection.cursor import Cursor, cursor_at
from fieldguide_server.configgen.inspection.diagnostics import DEPRECATED
from fieldguide_server.configgen.inspection.line_evidence import COMMANDS
from fieldguide_server.configgen.inspection.source import ConfigSource
from fieldguide_server.configgen.inspection.types import Completion, CompletionKind
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.types import Key

COMMAND_KEYS = word_set(
    "before init command start ready run initializeCommand onCreateCommand updateContentCommand postCreateCommand "
    "postStartCommand postAttachCommand"
)
PORT_KEYS = frozenset({"port", "forwardPorts"})


def complete(source: ConfigSource, study: Study, line: int, column: int) -> tuple[Completion, ...]:
    """Return the completions at a position, those with the most certain evidence first."""
    cursor = cursor_at(source.text, line, column, source.target.syntax)
    span = Span(line, cursor.start, line, column)
    typed = cursor.typed.strip("\"'").lower()
    return tuple(item for item in _completions(source, study, cursor, span) if typed in item.label.lower())


def _completions(source: ConfigSource, study: Study, cursor: Cursor, span: Span) -> Iterator[Completion]:
    root = schema_validator(source.target.name).schema
    names = [step for step in cursor.path if isinstance(step, str)]
    last = names[-1] if names else ""
    schema = schema_at(root, cursor.path) or {}
    if cursor.is_value or last in {"forwardPorts", "extensions", "plugins"}:
        yield from _from_evidence(study, last, span)
        for value in values_of(schema):
            yield Completion(value, _written(value, source, cursor), "", CompletionKind.VALUE, span)
    elif last in COMMAND_KEYS:
        yield from _from_evidence(study, last, span)
    else:
        yield from _keys(source, schema, cursor, span)


def _keys(source: ConfigSource, schema: Schema, cursor: Cursor, span: Span) -> Iterator[Completion]:
    """Yield the keys that the object does not have yet."""
    value = _document(source, span.line)
    for step in cursor.path:
        value = _child(value, step)
    present = set(value) if isinstance(value, dict) else set()
    for name, description in keys_of(schema).items():
        if (name not in present or name == cursor.typed) and not description.startswith(DEPRECATED):
            text = _written_key(name, source, cursor)
            yield Completion(name, text, description, CompletionKind.KEY, span)


def _document(source: ConfigSource, line: int) -> object:
    """Return the document; if it cannot be parsed, the document without the line that is being typed."""
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


def _from_evidence(study: Study, key: str, span: Span) -> Iterator[Completion]:
    kind = CompletionKind.COMMAND if key in COMMAND_KEYS else CompletionKind.VALUE
    keys: frozenset[Key] = frozenset()
    if key in COMMAND_KEYS:
        keys = COMMANDS
    elif key in PORT_KEYS:
        keys = frozenset({Key.PORT})
    elif key == "extensions":
        keys = frozenset({Key.EXTENSION})
    found = sorted((item for item in study.evidence if item.key in keys), key=lambda item: -item.confidence)
    for item in {item.value: item for item in reversed(found)}.values():
        yield Completion(item.value, item.value, f"{item.path}:{item.line}", kind, span)


def _written(value: str, source: ConfigSource, cursor: Cursor) -> str:
    is_plain = source.target.syntax is Syntax.YAML or cursor.quoted or value in {"true", "false"}
    return value if is_plain else json.dumps(value)


def _written_key(name: str, source: ConfigSource, cursor: Cursor) -> str:
    if source.target.syntax is Syntax.YAML:
        return f"{name}: "
    return name if cursor.quoted else f"{json.dumps(name)}: "
