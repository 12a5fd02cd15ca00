"""Diagnostics of an existing config file: syntax, schema, missing names, and what is out of date, with their fixes."""

from collections.abc import Iterator
from dataclasses import replace

from fieldguide_server.configgen.checks.drift import replacements
from fieldguide_server.configgen.checks.references import FileContext
from fieldguide_server.configgen.checks.schema import schema_at, schema_problems, schema_validator
from fieldguide_server.configgen.inspection.moved_ports import moved_ports
from fieldguide_server.configgen.inspection.quick_fixes import (
    command_fixes,
    deprecation_fixes,
    schema_fixes,
    without_commas,
)
from fieldguide_server.configgen.inspection.source import ConfigSource
from fieldguide_server.configgen.inspection.types import Diagnostic, DiagnosticKind, Edit, Fix, Severity
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.shell import folder_after, logical_lines
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.targets.base import Target, UpdatedText
from fieldguide_server.configgen.targets.validation import certain_problems, syntax_message

# How the schemas begin the description of a key that still works, but has a newer form.
DEPRECATED = ("Deprecated", "Older form")
MAX_REPAIRS = 20


def diagnose(source: ConfigSource, study: Study) -> tuple[Diagnostic, ...]:
    """Return all diagnostics of a file, in the order of its lines."""
    source, found = _readable(source)
    if not source.parsed.error:
        found += [*_schema_diagnostics(source), *_deprecated(source), *_dangling(source, study)]
        found += [*_outdated(source, study), *moved_ports(source, study)]
    return tuple(sorted(found, key=lambda item: (item.span.line, item.span.start)))


def repair_schema(text: str, path: str, target: Target) -> UpdatedText:
    """Return the text with the first fix of each schema error applied, since platforms refuse a file with any error."""
    notes: list[str] = []
    for _ in range(MAX_REPAIRS):
        source = ConfigSource(path, text, parse(text, target.syntax), target)
        found = next((item for item in _blocking(source) if item.fixes), None)
        if found is None:
            break
        text = found.fixes[0].apply(text)
        notes.append(f"{found.fixes[0].title} ({path}:{found.span.line}): {found.message}")
    return UpdatedText(text, tuple(notes))


def _blocking(source: ConfigSource) -> list[Diagnostic]:
    """Return the diagnostics for which a platform refuses the file."""
    source, found = _readable(source)
    return found if source.parsed.error else [*found, *_schema_diagnostics(source)]


def _readable(source: ConfigSource) -> tuple[ConfigSource, list[Diagnostic]]:
    """Return the source as far as it can be parsed, and what a strict parser refuses."""
    if not source.parsed.error:
        return source, []
    if source.target.syntax is Syntax.JSONC:
        plain = without_comments(source.text, trailing_commas=True)
        relaxed = parse(plain, Syntax.JSONC)
        if not relaxed.error:
            fix = without_commas(source, plain)
            message = "Strict parsers refuse a comma before a closing bracket."
            found = Diagnostic(fix.edits[0].span, message, Severity.WARNING, DiagnosticKind.SYNTAX, (fix,))
            return replace(source, parsed=relaxed), [found]
    span = source.line_span(source.parsed.error_line)
    message = syntax_message(source.parsed, source.target)
    return source, [Diagnostic(span, message, Severity.ERROR, DiagnosticKind.SYNTAX)]


def _schema_diagnostics(source: ConfigSource) -> Iterator[Diagnostic]:
    for problem in schema_problems(source.parsed, source.target.name):
        value = source.parsed.value_span(problem.path)
        # A refused value is marked itself, unless it is a block.
        is_scalar = not problem.word and value.line == value.end_line
        span = value if is_scalar else source.parsed.span(problem.path)
        fixes = tuple(schema_fixes(source, problem))
        yield Diagnostic(
            span,
            problem.message,
            Severity.ERROR,
            DiagnosticKind.SCHEMA,
            fixes,
            is_incomplete=problem.is_incomplete,
        )


def _deprecated(source: ConfigSource) -> Iterator[Diagnostic]:
    """Yield the keys that still work, but have a newer form."""
    root = schema_validator(source.target.name).schema
    for path, span in source.parsed.places.keys.items():
        description = str((schema_at(root, path) or {}).get("description", ""))
        if description.startswith(DEPRECATED):
            fixes = deprecation_fixes(source, path)
            yield Diagnostic(span, description, Severity.INFORMATION, DiagnosticKind.SCHEMA, fixes)


def _dangling(source: ConfigSource, study: Study) -> Iterator[Diagnostic]:
    """Yield the names that do not exist, and the commands that cannot work."""
    context = FileContext(study.repo, source.path)
    reported: set[tuple[Span, str]] = set()
    for problem in certain_problems(source.parsed, source.target, context):
        line = problem.command.strip().split("\n")[0]
        span = source.text_span(problem.path, problem.offset, line)
        if (span, problem.message) not in reported:
            reported.add((span, problem.message))
            fixes = tuple(command_fixes(source, problem))
            yield Diagnostic(span, problem.message, Severity.WARNING, DiagnosticKind.DANGLING, fixes)


def _outdated(source: ConfigSource, study: Study) -> Iterator[Diagnostic]:
    """Yield the commands that still run, but no longer match the repository."""
    for session in source.target.sessions(source.parsed.value):
        folder = session.folder
        for phase in session.phases:
            for offset, line in logical_lines(phase.text):
                for found in replacements(line, folder, study.repo):
                    span = source.text_span(phase.path, offset, found.old)
                    message = f"This command is out of date: {found.reason}."
                    fixes: tuple[Fix, ...] = ()
                    if source.slice(span) == found.old:
                        fixes = (Fix(f"Use {found.new}", (Edit(span, found.new),)),)
                    yield Diagnostic(span, message, Severity.WARNING, DiagnosticKind.DRIFT, fixes)
                folder = folder_after(line, folder)
