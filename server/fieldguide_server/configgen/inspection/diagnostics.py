"""Diagnostics of an existing config file: schema errors, dangling names, and drift, each with its fixes."""

from collections.abc import Iterator
from dataclasses import replace

from fieldguide_server.configgen.checks.drift import replacements
from fieldguide_server.configgen.checks.schema import schema_failures, schema_validator
from fieldguide_server.configgen.checks.schema_walk import schema_at
from fieldguide_server.configgen.inspection.moved_ports import moved_ports
from fieldguide_server.configgen.inspection.quick_fixes import (
    command_fixes,
    renamed,
    schema_fixes,
    without_commas,
)
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Diagnostic, Edit, Fix, Kind, Severity
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.shell import folder_after, logical_lines
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.targets.base import Context
from fieldguide_server.configgen.targets.validation import certain_failures

OUTDATED = ("Deprecated", "Older form")


def diagnose(source: Source, known: Study) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a file, in the order of its lines."""
    source, found = _readable(source)
    if not source.parsed.error:
        found += [*schema_diagnostics(source), *_outdated(source), *_dangling(source, known)]
        found += [*_drift(source, known), *moved_ports(source, known)]
    return tuple(sorted(found, key=lambda item: (item.span.line, item.span.start)))


def grave_diagnostics(source: Source) -> list[Diagnostic]:
    """Return what keeps a platform from reading the file at all."""
    source, found = _readable(source)
    return found if source.parsed.error else [*found, *schema_diagnostics(source)]


def _readable(source: Source) -> tuple[Source, list[Diagnostic]]:
    """Return the source as it can be read, and what stands in the way of that."""
    if not source.parsed.error:
        return source, []
    if source.target.syntax is Syntax.JSONC:
        plain = without_comments(source.text, trailing_commas=True)
        relaxed = parse(plain, Syntax.JSONC)
        if not relaxed.error:
            fix = without_commas(source, plain)
            message = "A comma stands before a closing bracket, which strict readers refuse."
            mark = Diagnostic(fix.edits[0].span, message, Severity.WARNING, Kind.SYNTAX, (fix,))
            return replace(source, parsed=relaxed), [mark]
    span = source.whole_line(source.parsed.error_line)
    message = f"This is no {source.target.syntax}: {source.parsed.error}."
    return source, [Diagnostic(span, message, Severity.ERROR, Kind.SYNTAX)]


def schema_diagnostics(source: Source) -> Iterator[Diagnostic]:
    """Yield what the schema refuses."""
    for failure in schema_failures(source.parsed, source.target):
        value = source.parsed.value_span(failure.path)
        # A value that is refused is marked itself, unless it is a block.
        is_scalar = not failure.word and value.line == value.end_line
        span = value if is_scalar else source.parsed.span(failure.path)
        fixes = tuple(schema_fixes(source, failure))
        yield Diagnostic(span, failure.message, Severity.ERROR, Kind.SCHEMA, fixes)


def _outdated(source: Source) -> Iterator[Diagnostic]:
    """Yield keys that still work, though the format has a newer one."""
    root = schema_validator(source.target.name).schema
    for path, span in source.parsed.places.keys.items():
        description = str((schema_at(root, path) or {}).get("description", ""))
        if description.startswith(OUTDATED):
            fixes = renamed(source, path)
            yield Diagnostic(span, description, Severity.INFORMATION, Kind.SCHEMA, fixes)


def _dangling(source: Source, known: Study) -> Iterator[Diagnostic]:
    context = Context(known.repo, source.path)
    told: set[tuple[Span, str]] = set()
    for failure in certain_failures(source.parsed, source.target, context):
        line = failure.command.strip().split("\n")[0]
        span = source.text_span(failure.path, failure.offset, line)
        if (span, failure.message) not in told:
            told.add((span, failure.message))
            fixes = tuple(command_fixes(source, failure))
            yield Diagnostic(span, failure.message, Severity.WARNING, Kind.DANGLING, fixes)


def _drift(source: Source, known: Study) -> Iterator[Diagnostic]:
    """Yield commands that still run, yet not as the repository does it now."""
    for session in source.target.sessions(source.parsed.value):
        folder = session.folder
        for phase in session.phases:
            for offset, line in logical_lines(phase.text):
                for found in replacements(line, folder, known.repo):
                    place = source.text_span(phase.path, offset, found.old)
                    message = f"The repository has moved on: {found.reason}."
                    fixes: tuple[Fix, ...] = ()
                    if source.slice(place) == found.old:
                        fixes = (Fix(f"Use {found.new}", (Edit(place, found.new),)),)
                    yield Diagnostic(place, message, Severity.WARNING, Kind.DRIFT, fixes)
                folder = folder_after(line, folder)
