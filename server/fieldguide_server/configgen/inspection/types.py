"""What is said of an existing config file: diagnostics with their fixes, hovers, completions. Plain values all."""

from dataclasses import dataclass
from enum import StrEnum

from fieldguide_server.configgen.reading.yaml import Span
from fieldguide_server.configgen.types import Evidence


class Severity(StrEnum):
    """How bad it is: the platform refuses the file; a line fails; evidence has moved on."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Kind(StrEnum):
    """What a diagnostic is about."""

    SYNTAX = "syntax"
    SCHEMA = "schema"
    DANGLING = "dangling"
    DRIFT = "drift"


class Offer(StrEnum):
    """What a completion puts in."""

    KEY = "key"
    VALUE = "value"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the file and the text that takes its place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that does away with a diagnostic; not ``is_preferred`` where that may not be what is wanted."""

    title: str
    edits: tuple[Edit, ...]
    is_preferred: bool = True


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong; ``evidence`` are the lines of the repository that say so."""

    span: Span
    message: str
    severity: Severity
    kind: Kind
    fixes: tuple[Fix, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Hover:
    """What a key means (``description``, from the schema) and why a line is there."""

    span: Span
    title: str
    description: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """An offer; ``span`` is what it replaces."""

    label: str
    text: str
    detail: str
    offer: Offer
    span: Span
