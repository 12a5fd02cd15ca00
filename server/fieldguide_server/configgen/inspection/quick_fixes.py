"""Quick fixes: the edits that resolve a problem of a config file."""

import re
from collections.abc import Iterable, Iterator

from fieldguide_server.configgen.checks.problems import closest_match
from fieldguide_server.configgen.checks.schema import Schema, keys_of, schema_at, schema_validator, values_of
from fieldguide_server.configgen.inspection.source import ConfigSource
from fieldguide_server.configgen.inspection.types import Edit, Fix
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.yaml import Path, Span
from fieldguide_server.configgen.types import Problem

RENAMED_KEYS = {
    "prebuild": "init",
    "subRepositories": "additionalRepositories",
    "mainRepository": "mainConfiguration",
}


def schema_fixes(source: ConfigSource, problem: Problem) -> Iterator[Fix]:
    """Yield a similar key or value, changed quotes, or the removal of the key."""
    path = problem.path
    if not path:
        return
    own, parent = _schema_at(source, path), _schema_at(source, path[:-1])
    span = source.parsed.value_span(path)
    text = source.slice(span)
    plain = text.strip("\"'")
    if problem.word:
        yield from _key_fixes(source, path, keys_of(parent))
    elif plain.isdecimal() and text[:1] in {'"', "'"}:
        yield Fix(f"Remove the quotes around {plain}", (Edit(span, plain),))
    elif plain != text or source.target.syntax is Syntax.YAML:
        near = closest_match(plain, values_of(own), 0.4)
        quote = '"' if source.target.syntax is Syntax.JSONC else ""
        if near:
            yield Fix(f"Use {near}", (Edit(span, f"{quote}{near}{quote}"),))
        elif own.get("type") == "string" and re.fullmatch(r"[\w.+-]+", text):
            yield Fix(f"Put {text} in quotes", (Edit(span, f'"{text}"'),))


def deprecation_fixes(source: ConfigSource, path: Path) -> tuple[Fix, ...]:
    """Return the fix for a deprecated key: its new form, or its removal if there is none."""
    key = source.parsed.places.keys[path]
    new = RENAMED_KEYS.get(str(path[-1]), "")
    if new in keys_of(_schema_at(source, path[:-1])):
        return (Fix(f"Rename to {new}", (Edit(key, new),)),)
    if path == ("dockerFile",) and ("build",) not in source.parsed.places.values:
        value = source.parsed.value_span(path)
        edits = (Edit(key, '"build"'), Edit(value, f'{{"dockerfile": {source.slice(value)}}}'))
        return (Fix("Convert to build.dockerfile", edits),)
    return tuple(_removal(source, path))


def command_fixes(source: ConfigSource, problem: Problem) -> Iterator[Fix]:
    """Yield the name that was probably intended, entering a folder first, or the removal of the line."""
    span = source.text_span(problem.path, problem.offset, problem.command.strip().split("\n")[0])
    folder = problem.enter_folder
    if folder and problem.command:
        start = Span(span.line, span.start, span.line, span.start)
        yield Fix(f"Change to {folder} first", (Edit(start, f"cd {folder} && "),))
    elif problem.suggestion and (word := _find_word(source, span, problem.word)):
        yield Fix(f"Use {problem.suggestion}", (Edit(word, problem.suggestion),))
    elif problem.command not in {"", problem.word} and span != source.parsed.span(problem.path):
        yield from _line_removal(source, problem.path, span)


def _find_word(source: ConfigSource, span: Span, word: str) -> Span | None:
    if not word:
        return None
    expression = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    for number in range(span.line, span.end_line + 1):
        if found := expression.search(source.line(number)[span.start :]):
            return Span(number, span.start + found.start(), number, span.start + found.end())
    return None


def _line_removal(source: ConfigSource, path: Path, span: Span) -> Iterator[Fix]:
    """Yield the removal of a line from a block of several, or of the entire key."""
    value = source.parsed.value_span(path)
    if source.target.syntax is Syntax.JSONC:
        return
    # A block has its header on the line of the key, and ends where the next line begins.
    if span.line > value.line and value.end_line - value.line > 2:
        edit = Edit(Span(span.line, 0, span.line + 1, 0), "")
        yield Fix("Remove this line", (edit,), is_preferred=False)
    else:
        yield from _removal(source, path)


def _removal(source: ConfigSource, path: Path) -> Iterator[Fix]:
    """Yield the removal of a key with its value, if they are on lines of their own and the schema allows it."""
    key = source.parsed.places.keys.get(path)
    holder = _schema_at(source, path[:-1])
    forms = [holder, *holder.get("oneOf", ()), *holder.get("anyOf", ())]
    if any(path[-1] in form.get("required", ()) for form in forms):
        return
    if key is None or source.target.syntax is Syntax.JSONC or source.line(key.line)[: key.start].strip():
        return
    end = source.parsed.value_span(path)
    # A block ends where the next line begins; after a value on its own line, the line ending is removed too.
    span = Span(key.line, 0, end.end_line + (0 if end.end == 0 else 1), 0)
    yield Fix(f"Remove {path[-1]}", (Edit(span, ""),), is_preferred=False)


def _key_fixes(source: ConfigSource, path: Path, candidates: Iterable[str]) -> Iterator[Fix]:
    key = source.parsed.places.keys.get(path)
    if key is None:
        return
    name = str(path[-1])
    quote = '"' if source.slice(key).startswith('"') else ""
    renamed = RENAMED_KEYS.get(name, "")
    if near := renamed if renamed in candidates else closest_match(name, candidates, 0.6):
        yield Fix(f"Rename to {near}", (Edit(key, f"{quote}{near}{quote}"),))
    yield from _removal(source, path)


def _schema_at(source: ConfigSource, path: Path) -> Schema:
    return schema_at(schema_validator(source.target.name).schema, path) or {}


def without_commas(source: ConfigSource, plain: str) -> Fix:
    """Return the removal of the commas that ``plain``, the text without trailing commas, has as spaces."""
    lines = zip(source.text.split("\n"), plain.split("\n"), strict=True)
    edits = [
        Edit(Span(number, column, number, column + 1), "")
        for number, (own, bare) in enumerate(lines, start=1)
        for column, (char, other) in enumerate(zip(own, bare, strict=True))
        if char == "," and other == " "
    ]
    return Fix("Remove the trailing comma" if len(edits) == 1 else "Remove the trailing commas", tuple(edits))
