"""The front of inspection: a file and its repository in, what is to be said of it out."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.configgen.checks.schema import schema_validator
from fieldguide_server.configgen.checks.schema_walk import schema_at
from fieldguide_server.configgen.inspection.command_evidence import backing
from fieldguide_server.configgen.inspection.completion import complete
from fieldguide_server.configgen.inspection.diagnostics import diagnose
from fieldguide_server.configgen.inspection.line_evidence import evidence_for
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Completion, Diagnostic, Hover
from fieldguide_server.configgen.plan.study import Study, study
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.reading.yaml import Path as Steps
from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.targets import target_of


@dataclass(frozen=True, slots=True)
class Inspection:
    """One reading of one file. Lines are 1-based, columns 0-based and counted in characters."""

    path: str
    target: str
    diagnostics: tuple[Diagnostic, ...] = ()
    source: Source | None = None
    known: Study | None = None

    def hover_at(self, line: int, column: int) -> Hover | None:
        """Return what the key at a place means and which evidence its line stands on; None where neither is known."""
        if self.source is None or self.known is None:
            return None
        steps = _steps_at(self.source, line, column)
        text = self.source.line(line)
        found = [*evidence_for(text, self.known.evidence), *backing(text, self.known.repo)]
        evidence = tuple({(item.path, item.line): item for item in reversed(found)}.values())[::-1]
        description = _description(self.source, steps)
        if not (description or evidence):
            return None
        title = str(next((step for step in reversed(steps) if isinstance(step, str)), self.path))
        return Hover(self.source.whole_line(line), title, description, evidence)

    def completions_at(self, line: int, column: int) -> tuple[Completion, ...]:
        """Return what may follow at a place."""
        if self.source is None or self.known is None:
            return ()
        return complete(self.source, self.known, line, column)


def inspect_file(root: Path, path: str, text: str) -> Inspection:
    """Read a config file against its repository; nothing is said of a file that is no target's.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    return inspect_with(study(root), path, text) if target_of(path) else Inspection(path, "")


def inspect_with(known: Study, path: str, text: str) -> Inspection:
    """Return the same with a study made before: it stays true until some other file changes."""
    target = target_of(path)
    if target is None:
        return Inspection(path, "")
    source = Source(path, text, parse(text, target.syntax), target)
    return Inspection(path, target.name, diagnose(source, known), source, known)


def _steps_at(source: Source, line: int, column: int) -> Steps:
    """Return the path of the key or value at a place: the longest whose span holds it."""
    places = source.parsed.places
    spans: list[tuple[Steps, Span]] = [*places.keys.items(), *places.values.items()]
    return max((steps for steps, span in spans if span.holds(line, column)), key=len, default=())


def _description(source: Source, steps: Steps) -> str:
    root = schema_validator(source.target.name).schema
    while steps:
        found = schema_at(root, steps)
        if found and (text := found.get("description")):
            return str(text)
        steps = steps[:-1]
    return ""
