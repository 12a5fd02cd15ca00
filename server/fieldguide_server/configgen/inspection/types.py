"""Results of the inspection of a config file: diagnostics with their fixes, hovers, completions. All plain values."""

from dataclasses import dataclass
from enum import StrEnum

from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.types import Evidence


class Severity(StrEnum):
    """ERROR: the platform refuses the file; WARNING: a line fails; INFORMATION: something may be out of date."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class DiagnosticKind(StrEnum):
    """The kind of a diagnostic."""

    SYNTAX = "syntax"
    SCHEMA = "schema"
    DANGLING = "dangling"
    DRIFT = "drift"


class CompletionKind(StrEnum):
    """The kind of text that a completion inserts."""

    KEY = "key"
    VALUE = "value"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of the file and the text that replaces it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that resolves a diagnostic; not ``is_preferred`` if the user may well want another one."""

    title: str
    edits: tuple[Edit, ...]
    is_preferred: bool = True

    def apply(self, text: str) -> str:
        """Return the text with the edits made."""
        # Edits do not overlap; from the last to the first, none moves another.
        for edit in sorted(self.edits, key=lambda item: (item.span.line, item.span.start), reverse=True):
            text = _edited(text, edit)
        return text


def _edited(text: str, edit: Edit) -> str:
    lines = text.split("\n")
    span = edit.span
    before = "\n".join([*lines[: span.line - 1], lines[span.line - 1][: span.start]])
    last = lines[span.end_line - 1][span.end :] if span.end_line <= len(lines) else ""
    return before + edit.text + "\n".join([last, *lines[span.end_line :]])


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem of the file at its place.

    Attributes:
        span: The part of the file that is marked.
        message: One sentence for the user.
        severity: How serious it is.
        kind: What it is about.
        fixes: The changes that resolve it.
        evidence: The lines of the repository that show the problem.
        is_incomplete: Whether the file only lacks something, as a part of one may.
    """

    span: Span
    message: str
    severity: Severity
    kind: DiagnosticKind
    fixes: tuple[Fix, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    is_incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Hover:
    """The meaning of a key (``description``, from the schema), and the evidence for its line."""

    span: Span
    title: str
    description: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion that replaces ``span`` with ``text``."""

    label: str
    text: str
    detail: str
    kind: CompletionKind
    span: Span
