"""What puts a finding right: the edits of its fixes."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.checks.problems import like
from fieldguide_server.configgen.checks.schema import schema_validator
from fieldguide_server.configgen.checks.schema_walk import keys_of, schema_at, values_of
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Edit, Fix
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.yaml import Path, Span
from fieldguide_server.configgen.types import Failure

RENAMED = {
    "prebuild": "init",
    "subRepositories": "additionalRepositories",
    "mainRepository": "mainConfiguration",
}


def schema_fixes(source: Source, failure: Failure) -> Iterator[Fix]:
    """Yield a known key or value of a like name, a number out of its quotes, or the key taken out."""
    path = failure.path
    if not path:
        return
    root = schema_validator(source.target.name).schema
    own, parent = schema_at(root, path) or {}, schema_at(root, path[:-1])
    value = source.parsed.value_span(path)
    text = source.slice(value)
    plain = text.strip("\"'")
    if failure.word:
        yield from _key_fixes(source, path, [name for name, _, _ in keys_of(parent or {})])
    elif plain.isdecimal() and text[:1] in {'"', "'"}:
        yield Fix(f"Write {plain} without quotes", (Edit(value, plain),))
    elif plain != text or source.target.syntax is Syntax.YAML:
        near = like(plain, values_of(own), 0.4)
        quote = '"' if source.target.syntax is Syntax.JSONC else ""
        yield from [Fix(f"Use {near}", (Edit(value, f"{quote}{near}{quote}"),))] if near else []
        if own.get("type") == "string" and not near and re.fullmatch(r"[\w.+-]+", text):
            yield Fix(f'Write "{text}" in quotes', (Edit(value, f'"{text}"'),))


def renamed(source: Source, path: Path) -> tuple[Fix, ...]:
    """Return an outdated key under its new name where there is one; else taken out, since nothing reads it any more."""
    key = source.parsed.places.keys[path]
    siblings = keys_of(schema_at(schema_validator(source.target.name).schema, path[:-1]) or {})
    new = RENAMED.get(str(path[-1]), "")
    if new in {name for name, _, _ in siblings}:
        return (Fix(f"Rename it to {new}", (Edit(key, new),)),)
    if path == ("dockerFile",) and ("build",) not in source.parsed.places.values:
        value = source.parsed.value_span(path)
        edits = (Edit(key, '"build"'), Edit(value, f'{{"dockerfile": {source.slice(value)}}}'))
        return (Fix("Write it as build.dockerfile", edits),)
    return tuple(removed(source, path))


def command_fixes(source: Source, failure: Failure) -> Iterator[Fix]:
    """Yield the name that was likely meant; the folder entered before; or the line taken out."""
    place = source.text_span(failure.path, failure.offset, failure.command.strip().split("\n")[0])
    if failure.enter and failure.command:
        start = Span(place.line, place.start, place.line, place.start)
        yield Fix(f"Enter {failure.enter} first", (Edit(start, f"cd {failure.enter} && "),))
        return
    if failure.instead:
        for number in range(place.line, place.end_line + 1):
            found = re.search(
                rf"(?<![\w-]){re.escape(failure.word)}(?![\w-])", source.line(number)[place.start :]
            )
            if failure.word and found:
                span = Span(number, place.start + found.start(), number, place.start + found.end())
                yield Fix(f"Use {failure.instead}", (Edit(span, failure.instead),))
                return
    if failure.command not in {"", failure.word} and place != source.parsed.span(failure.path):
        yield from _without_line(source, failure.path, place)


def _without_line(source: Source, path: Path, place: Span) -> Iterator[Fix]:
    """Yield a line of a block of several, or the whole key."""
    value = source.parsed.value_span(path)
    if source.target.syntax is Syntax.JSONC:
        return
    # A block has its header on the line of the key, and ends where the next line begins.
    if place.line > value.line and value.end_line - value.line > 2:
        edit = Edit(Span(place.line, 0, place.line + 1, 0), "")
        yield Fix("Remove this line", (edit,), is_preferred=False)
    else:
        yield from removed(source, path)


def removed(source: Source, path: Path) -> Iterator[Fix]:
    """Yield a key with its value taken out, where it has lines of its own."""
    key = source.parsed.places.keys.get(path)
    holder = schema_at(schema_validator(source.target.name).schema, path[:-1]) or {}
    forms = [holder, *holder.get("oneOf", ()), *holder.get("anyOf", ())]
    if any(path[-1] in form.get("required", ()) for form in forms):
        return
    if key is None or source.target.syntax is Syntax.JSONC or source.line(key.line)[: key.start].strip():
        return
    end = source.parsed.value_span(path)
    # A block ends where the next line begins; a value on its own line takes its line end along.
    last = Span(key.line, 0, end.end_line + (0 if end.end == 0 else 1), 0)
    yield Fix(f"Remove {path[-1]}", (Edit(last, ""),), is_preferred=False)


def _key_fixes(source: Source, path: Path, known: list[str]) -> Iterator[Fix]:
    key = source.parsed.places.keys.get(path)
    if key is None:
        return
    name = str(path[-1])
    quote = '"' if source.slice(key).startswith('"') else ""
    close = RENAMED[name] if RENAMED.get(name) in known else like(name, known, 0.6)
    if close:
        yield Fix(f"Rename it to {close}", (Edit(key, f"{quote}{close}{quote}"),))
    yield from removed(source, path)


def without_commas(source: Source, plain: str) -> Fix:
    """Return the commas that ``plain``, the text without them, has as spaces."""
    edits = [
        Edit(Span(number, column, number, column + 1), "")
        for number, (own, bare) in enumerate(
            zip(source.text.split("\n"), plain.split("\n"), strict=True), start=1
        )
        for column, (char, other) in enumerate(zip(own, bare, strict=True))
        if char == "," and other == " "
    ]
    return Fix("Remove the comma" if len(edits) == 1 else "Remove these commas", tuple(edits))
