"""The values that travel between the rooms of the indexer and out of its front door.

Lines are 1-based and ranges inclusive everywhere. Paths are relative to the workspace folder, with ``/``.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Document:
    """A text that can be indexed: its path, its whole text, and its language ("" when unknown)."""

    path: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of lines of one document, the unit of retrieval.

    ``kind`` is ``function``, ``method``, ``class``, ``module``, ``section``, ``text`` …; ``symbol`` is the
    qualified name of what it defines (``Session.open``) or the heading path of a section, "" when neither.
    ``signature`` and ``doc`` are the first declaration's; "" where there is none.
    """

    path: str
    start_line: int
    end_line: int
    text: str
    kind: str = "text"
    symbol: str = ""
    signature: str = ""
    doc: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined: what hover and ``lookup`` show. ``name`` is the last part of ``symbol``."""

    path: str
    start_line: int
    end_line: int
    name: str
    symbol: str
    kind: str
    signature: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ChunkedDocument:
    """What chunking makes of one document: chunks in the order of their lines, and every definition."""

    chunks: tuple[Chunk, ...] = ()
    definitions: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. ``score`` orders one result list and means nothing across lists.

    ``words`` and ``meaning`` do: the share of the question's information that its words hold, 0 to 1, and its cosine;
    0 where that leg did not find it.
    """

    path: str
    start_line: int
    end_line: int
    score: float
    symbol: str
    kind: str
    text: str
    words: float = 0.0
    meaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A line that names a symbol outside its definition. Names are compared, not types.

    ``usage`` is ``call``, ``import`` or ``mention``; ``role`` the part its file plays (``code``, ``test``, ``docs`` …);
    ``within`` the symbol whose definition holds the line, "" at the top level.
    """

    path: str
    line: int
    text: str
    usage: str = "mention"
    role: str = "code"
    within: str = ""

    @property
    def purpose(self) -> str:
        """What the line is to a reader: ``test`` or ``docs`` by its file, else ``call`` or ``mention``."""
        if self.role in ("test", "docs"):
            return self.role
        return "call" if self.usage == "call" else "mention"


@dataclass(frozen=True, slots=True)
class Lookup:
    """All the index knows about a name, best first."""

    name: str
    definitions: tuple[Definition, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def callers(self) -> tuple[Reference, ...]:
        """Where other code calls it; tests apart."""
        return tuple(r for r in self.references if r.purpose == "call")

    @property
    def tests(self) -> tuple[Reference, ...]:
        """Where tests exercise it."""
        return tuple(r for r in self.references if r.purpose == "test" and r.usage != "import")

    @property
    def docs(self) -> tuple[Reference, ...]:
        """Where documentation mentions it."""
        return tuple(r for r in self.references if r.purpose == "docs")


class State(StrEnum):
    """What an index can do now. Only READY promises that every leg of the search answers."""

    EMPTY = "empty"
    SCANNING = "scanning"
    LEXICAL_READY = "lexical ready"
    READY = "ready"
    UPDATING = "updating"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of an index. ``reason`` says in one sentence what is wrong or held up, "" when nothing is.

    ``memory_mib`` is what its processes take now.
    While it is ``paused`` no vectors are made and an update of many files waits; searches go on.
    """

    state: State
    files: int = 0
    chunks: int = 0
    embedded: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    paused: bool = False
    memory_mib: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long work is: ``done`` of ``total`` units in ``phase`` (``reading`` files or ``embedding`` chunks).

    ``seconds_left`` is None until the rate was measured for long enough to mean something.
    """

    phase: str
    done: int
    total: int
    seconds_left: float | None = None

    @property
    def text(self) -> str:
        """As people read it: ``1,200 of 7,618 files, about 20 s left``."""
        units = {"reading": "files", "embedding": "vectors"}.get(self.phase, self.phase)
        told = f"{self.done:,} of {self.total:,} {units}"
        if self.seconds_left is None or self.done >= self.total:
            return told
        if self.seconds_left < 10:
            return f"{told}, a few seconds left"
        if self.seconds_left < 90:
            return f"{told}, about {5 * round(self.seconds_left / 5)} s left"
        return f"{told}, about {round(self.seconds_left / 60)} min left"


# What an index tells by itself.
IndexEvent = IndexStatus | Progress


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the index, and why (``binary``, ``too large``, ``minified``, ``secret`` …)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What the index holds of one file, and why.

    ``state`` is ``indexed``, ``skipped`` (left out), ``failed``, ``stale`` (indexed, but gone or changed since) or
    ``unknown`` (no update has met it).
    """

    path: str
    state: str
    reason: str = ""
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class FileGroup:
    """How many files are out of the index for the same reason; ``state`` is ``skipped`` or ``failed``."""

    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What one update did. ``added`` counts no file that was left out; ``redacted`` the secrets that were withheld.

    ``notes`` are sentences on how a look at every file went, such as why git was not asked. One that was ``interrupted``
    kept what it had done; the next update goes on with the rest.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    chunks: int = 0
    redacted: int = 0
    seconds: float = 0.0
    skipped: tuple[SkippedFile, ...] = ()
    failed: tuple[SkippedFile, ...] = ()
    notes: tuple[str, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What an index would hold: sizes, the seconds until words and until vectors can be searched, what is left out."""

    files: int
    chunks: int
    text_bytes: int
    redacted: int
    seconds: float
    vector_seconds: float
    skipped: tuple[SkippedFile, ...] = ()
    failed: tuple[SkippedFile, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a diagnosis looked at: its name, whether it is well, and a sentence."""

    name: str
    ok: bool
    text: str
