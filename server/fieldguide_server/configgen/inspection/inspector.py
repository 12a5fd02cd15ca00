"""Inspects a config file: the entry point of this package."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.configgen.checks.schema import schema_at, schema_validator
from fieldguide_server.configgen.inspection.completion import complete
from fieldguide_server.configgen.inspection.diagnostics import diagnose
from fieldguide_server.configgen.inspection.line_evidence import command_evidence, evidence_for
from fieldguide_server.configgen.inspection.source import ConfigSource
from fieldguide_server.configgen.inspection.types import Completion, Diagnostic, Hover
from fieldguide_server.configgen.plan.study import Study, study_repository
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.reading.yaml import Path as Steps
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.targets import target_of


@dataclass(frozen=True, slots=True)
class Inspection:
    """The inspection of one text of a file. Lines count from 1, columns from 0 in characters."""

    path: str
    target: str
    diagnostics: tuple[Diagnostic, ...] = ()
    source: ConfigSource | None = None
    study: Study | None = None

    def hover_at(self, line: int, column: int) -> Hover | None:
        """Return the meaning of the key at a position and the evidence for its line, None if there is neither."""
        if self.source is None or self.study is None:
            return None
        steps = _steps_at(self.source, line, column)
        text = self.source.line(line)
        found = [*evidence_for(text, self.study.evidence), *command_evidence(text, self.study.repo)]
        evidence = tuple({(item.path, item.line): item for item in reversed(found)}.values())[::-1]
        description = _description(self.source, steps)
        if not (description or evidence):
            return None
        title = str(next((step for step in reversed(steps) if isinstance(step, str)), self.path))
        return Hover(self.source.line_span(line), title, description, evidence)

    def completions_at(self, line: int, column: int) -> tuple[Completion, ...]:
        """Return the completions at a position."""
        if self.source is None or self.study is None:
            return ()
        return complete(self.source, self.study, line, column)


def inspect_file(root: Path, path: str, text: str) -> Inspection:
    """Inspect a config file; the inspection of a file of no target is empty.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    return inspect_with(study_repository(root), path, text) if target_of(path) else Inspection(path, "")


def inspect_with(study: Study, path: str, text: str) -> Inspection:
    """Inspect a config file with an existing study, which is valid until another file changes."""
    target = target_of(path)
    if target is None:
        return Inspection(path, "")
    source = ConfigSource(path, text, parse(text, target.syntax), target)
    return Inspection(path, target.name, diagnose(source, study), source, study)


def _steps_at(source: ConfigSource, line: int, column: int) -> Steps:
    """Return the path of the innermost key or value at a position."""
    places = source.parsed.places
    spans: list[tuple[Steps, Span]] = [*places.keys.items(), *places.values.items()]
    return max((steps for steps, span in spans if span.holds(line, column)), key=len, default=())


def _description(source: ConfigSource, steps: Steps) -> str:
    """Return the schema's description of a value, or else of the nearest one around it."""
    root = schema_validator(source.target.name).schema
    while steps:
        found = schema_at(root, steps)
        if found and (text := found.get("description")):
            return str(text)
        steps = steps[:-1]
    return ""
