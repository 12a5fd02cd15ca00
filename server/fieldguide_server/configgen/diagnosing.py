"""Diagnostics of an existing config file: schema errors, dangling names, and drift, each with its fixes."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.drift import replacements
from fieldguide_server.configgen.inspection import Diagnostic, Edit, Fix, Kind, Severity
from fieldguide_server.configgen.parsing import Parsed
from fieldguide_server.configgen.phases import after
from fieldguide_server.configgen.schema_walk import keys_of, schema_at, values_of
from fieldguide_server.configgen.studying import Study
from fieldguide_server.configgen.targets.base import Context, Target
from fieldguide_server.configgen.types import Evidence, Failure, Key
from fieldguide_server.configgen.validate import name_failures, schema_failures, schema_validator
from fieldguide_server.configgen.yaml_reading import Path, Span

RENAMED = {
    "prebuild": "init",
    "subRepositories": "additionalRepositories",
    "mainRepository": "mainConfiguration",
}
OUTDATED = ("Deprecated", "Older form")


@dataclass(frozen=True, slots=True)
class Source:
    """A config file as it is read: its path, its text, and what the text says."""

    path: str
    text: str
    parsed: Parsed
    target: Target

    def line(self, number: int) -> str:
        """A line of the text, 1-based; "" beyond its end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def whole_line(self, number: int) -> Span:
        """A line from its first to its last character."""
        text = self.line(number)
        return Span(number, len(text) - len(text.lstrip()), number, len(text.rstrip()))

    def text_span(self, path: Path, offset: int, wanted: str) -> Span:
        """Where ``wanted`` stands: on line ``offset`` of the text at ``path``, else anywhere in that value."""
        place = self.parsed.value_span(path)
        for number in (place.line + 1 + offset, *range(place.line, place.end_line + 1)):
            column = self.line(number).find(wanted)
            if wanted and column >= 0:
                return Span(number, column, number, column + len(wanted))
        return self.parsed.span(path)


def diagnose(source: Source, known: Study) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a file, in the order of its lines."""
    if source.parsed.error:
        span = source.whole_line(source.parsed.error_line)
        message = f"This is no {source.target.syntax}: {source.parsed.error}."
        return (Diagnostic(span, message, Severity.ERROR, Kind.SYNTAX),)
    dangling = list(_dangling(source, known))
    # What is gone and has a successor is told once, where it is missed.
    told = {edit for item in dangling for fix in item.fixes for edit in fix.edits}
    drift = [item for item in _drift(source, known) if not told & {*item.fixes[0].edits}]
    found = [*schema_diagnostics(source), *_outdated(source), *dangling, *drift, *_ports(source, known)]
    return tuple(sorted(found, key=lambda item: (item.span.line, item.span.start)))


def schema_diagnostics(source: Source) -> Iterator[Diagnostic]:
    """What the schema refuses."""
    for failure in schema_failures(source.parsed, source.target):
        span = source.parsed.span(failure.path)
        fixes = tuple(_schema_fixes(source, failure.path))
        yield Diagnostic(span, failure.message, Severity.ERROR, Kind.SCHEMA, fixes)


def _schema_fixes(source: Source, path: Path) -> Iterator[Fix]:
    """A known key or value of a like name, a number out of its quotes, or the key taken out."""
    if not path:
        return
    root = schema_validator(source.target.schema).schema
    own, parent = schema_at(root, path), schema_at(root, path[:-1])
    value = source.parsed.value_span(path)
    text = _slice(source, value)
    if own is None or path[-1] not in {name for name, _, _ in keys_of(parent or {})} | _indexes(path):
        yield from _key_fixes(source, path, [name for name, _, _ in keys_of(parent or {})])
    elif text.strip("\"'").isdecimal() and text[:1] in {'"', "'"}:
        yield Fix(f"Write {text.strip(chr(34) + chr(39))} without quotes", (Edit(value, text.strip("\"'")),))
    else:
        for close in difflib.get_close_matches(text.strip("\"'"), values_of(own), 2, 0.4):
            yield Fix(f"Use {close}", (Edit(value, close),))


def _outdated(source: Source) -> Iterator[Diagnostic]:
    """Keys that still work, though the format has a newer one."""
    root = schema_validator(source.target.schema).schema
    for path, span in source.parsed.places.keys.items():
        description = str((schema_at(root, path) or {}).get("description", ""))
        if description.startswith(OUTDATED):
            siblings = [name for name, _, _ in keys_of(schema_at(root, path[:-1]) or {})]
            new = RENAMED.get(str(path[-1]), "")
            fixes = (Fix(f"Rename it to {new}", (Edit(span, new),)),) if new in siblings else ()
            yield Diagnostic(span, description, Severity.INFORMATION, Kind.SCHEMA, fixes)


def _indexes(path: Path) -> set[str | int]:
    return {path[-1]} if isinstance(path[-1], int) else set()


def _key_fixes(source: Source, path: Path, known: list[str]) -> Iterator[Fix]:
    key = source.parsed.places.keys.get(path)
    if key is None:
        return
    name = str(path[-1])
    quote = '"' if _slice(source, key).startswith('"') else ""
    close = [RENAMED[name]] if RENAMED.get(name) in known else difflib.get_close_matches(name, known, 1, 0.6)
    for other in close:
        yield Fix(f"Rename it to {other}", (Edit(key, f"{quote}{other}{quote}"),))
    if not quote:
        end = source.parsed.value_span(path)
        # A block ends where the next line begins; a value on its own line takes its line end along.
        last = Span(key.line, 0, end.end_line + (0 if end.end == 0 else 1), 0)
        if source.line(key.line)[: key.start].strip() == "":
            yield Fix(f"Remove {name}", (Edit(last, ""),))


def _slice(source: Source, span: Span) -> str:
    if span.line != span.end_line:
        return source.line(span.line)[span.start :]
    return source.line(span.line)[span.start : span.end]


def _dangling(source: Source, known: Study) -> Iterator[Diagnostic]:
    context = Context(known.repo, source.path)
    for failure in name_failures(source.parsed, source.target, context):
        span = source.text_span(failure.path, failure.offset, failure.command.strip())
        yield Diagnostic(
            span, failure.message, Severity.WARNING, Kind.DANGLING, _command_fixes(source, known, failure)
        )


def _command_fixes(source: Source, known: Study, failure: Failure) -> tuple[Fix, ...]:
    """What the line should read, where the repository has something of a like name."""
    return tuple(
        Fix(f"Use {new}", (edit,))
        for path, edit, new, _ in _replaced(source, known)
        if path == failure.path
        and edit.span.line == source.text_span(path, failure.offset, failure.command.strip()).line
    )


def _replaced(source: Source, known: Study) -> Iterator[tuple[Path, Edit, str, str]]:
    """(path, edit, new text, reason) of every command that evidence contradicts."""
    for session in source.target.sessions(source.parsed.value):
        folder = session.folder
        for phase in session.phases:
            for offset, line in enumerate(phase.text.split("\n")):
                for found in replacements(line, folder, known.repo):
                    place = source.text_span(phase.path, offset, line.strip())
                    column = source.line(place.line).find(found.old, place.start)
                    if column >= 0:
                        span = Span(place.line, column, place.line, column + len(found.old))
                        yield phase.path, Edit(span, found.new), found.new, found.reason
                folder = after(line, folder)


def _drift(source: Source, known: Study) -> Iterator[Diagnostic]:
    """Commands that still run, yet not as the repository does it now."""
    for _, edit, new, reason in _replaced(source, known):
        message = f"The repository has moved on: {reason}."
        fix = Fix(f"Use {new}", (edit,))
        yield Diagnostic(edit.span, message, Severity.WARNING, Kind.DRIFT, (fix,))


def _ports(source: Source, known: Study) -> Iterator[Diagnostic]:
    """A port that no file names any more, where evidence names another that is not listed."""
    named = [item for item in known.evidence if item.key in {Key.PORT, Key.OTHER_PORT}]
    listed = dict(_listed_ports(source))
    planned = {port.number for port in known.environment.ports}
    missing = [
        item for item in named if item.key is Key.PORT and int(item.value) in planned - set(listed.values())
    ]
    for path, number in listed.items():
        if missing and not any(int(item.value) == number for item in named) and not _mentioned(number, known):
            yield _moved(source, path, number, missing)


def _listed_ports(source: Source) -> Iterator[tuple[Path, int]]:
    for path, span in source.parsed.places.values.items():
        is_port = (path[:1] == ("ports",) and path[-1:] == ("port",)) or (
            path[:1] == ("forwardPorts",) and len(path) == 2
        )
        text = _slice(source, span)
        if is_port and text.isdecimal():
            yield path, int(text)


def _mentioned(number: int, known: Study) -> bool:
    """Whether a command of the plan or a container has the number, though it is nobody's evidence."""
    lines = [line for task in known.environment.tasks for line in task.lines]
    outer = [pair for container in known.environment.containers for pair in container.ports]
    return any(str(number) in line for line in lines) or any(number in pair for pair in outer)


def _moved(source: Source, path: Path, number: int, missing: list[Evidence]) -> Diagnostic:
    first = missing[0]
    message = f"Nothing in the repository names port {number}; {first.path}:{first.line} says {first.value}."
    span = source.parsed.value_span(path)
    fixes = (Fix(f"Use {first.value}", (Edit(span, first.value),)),) if len(missing) == 1 else ()
    return Diagnostic(span, message, Severity.INFORMATION, Kind.DRIFT, fixes, tuple(missing))
