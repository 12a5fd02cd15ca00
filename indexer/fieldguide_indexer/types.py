"""The values that the indexer's packages exchange and that its public functions return.

Lines are 1-based and ranges inclusive everywhere. Paths are relative to the workspace folder, with ``/``.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Document:
    """A text that can be indexed: its path, its full text, and its language ("" when unknown)."""

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
    """The chunks of one document in the order of their lines, and all its definitions."""

    chunks: tuple[Chunk, ...] = ()
    definitions: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found.

    ``score`` orders one list of results and cannot be compared across lists. ``words`` and ``meaning`` can: the share of
    the question's information in its words, 0 to 1, and the cosine of its vector; 0 where that leg did not find it.
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
    """A line that mentions a symbol outside its definition. Names are compared, not types.

    ``usage`` is ``call``, ``import`` or ``mention``; ``role`` is the role of its file (``code``, ``test``, ``docs`` …);
    ``within`` is the symbol whose definition contains the line, "" at the top level.
    """

    path: str
    line: int
    text: str
    usage: str = "mention"
    role: str = "code"
    within: str = ""

    @property
    def purpose(self) -> str:
        """The kind of line for a reader: ``test`` or ``docs`` by its file, else ``call`` or ``mention``."""
        if self.role in ("test", "docs"):
            return self.role
        return "call" if self.usage == "call" else "mention"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The definitions and references of a name, best first."""

    name: str
    definitions: tuple[Definition, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def callers(self) -> tuple[Reference, ...]:
        """The lines of other code that call it, without tests."""
        return tuple(r for r in self.references if r.purpose == "call")

    @property
    def tests(self) -> tuple[Reference, ...]:
        """The lines of tests that use it."""
        return tuple(r for r in self.references if r.purpose == "test" and r.usage != "import")

    @property
    def docs(self) -> tuple[Reference, ...]:
        """The lines of documentation that mention it."""
        return tuple(r for r in self.references if r.purpose == "docs")


class State(StrEnum):
    """What an index can do now. Only with READY does every leg of the search answer."""

    EMPTY = "empty"
    SCANNING = "scanning"
    LEXICAL_READY = "lexical ready"
    READY = "ready"
    UPDATING = "updating"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of an index.

    ``reason`` says in one sentence what is wrong or delayed, "" when nothing is. While it is ``paused`` no vectors are
    made and an update of many files waits; searches continue. ``memory_mib`` is the memory of its processes.
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
    """The progress of long work: ``done`` of ``total`` units in ``phase`` (``reading`` files or ``embedding`` chunks).

    ``seconds_left`` is None until the rate was measured for long enough.
    """

    phase: str
    done: int
    total: int
    seconds_left: float | None = None

    @property
    def text(self) -> str:
        """The progress for people: ``1,200 of 7,618 files, about 20 s left``."""
        units = {"reading": "files", "embedding": "vectors"}.get(self.phase, self.phase)
        count = f"{self.done:,} of {self.total:,} {units}"
        if self.seconds_left is None or self.done >= self.total:
            return count
        if self.seconds_left < 10:
            return f"{count}, a few seconds left"
        if self.seconds_left < 90:
            return f"{count}, about {5 * round(self.seconds_left / 5)} s left"
        return f"{count}, about {round(self.seconds_left / 60)} min left"


# What the subscribers of an index receive.
IndexEvent = IndexStatus | Progress


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the index, and why (``binary``, ``too large``, ``minified``, ``secret`` …)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What the index has of one file, and why.

    ``state`` is ``indexed``, ``skipped``, ``failed``, ``stale`` (indexed, but removed or changed since) or ``unknown``
    (no update has seen it).
    """

    path: str
    state: str
    reason: str = ""
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class FileGroup:
    """How many files are not indexed for the same reason; ``state`` is ``skipped`` or ``failed``."""

    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What one update did.

    ``added`` does not count skipped files; ``redacted`` counts the secrets that were replaced. ``notes`` are sentences on
    the scan, such as why git was not used. An ``interrupted`` update kept what it had done, and the next one continues
    with the rest.
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
    """What an index would contain: sizes, the seconds until words and until vectors can be searched, skipped files."""

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
class HealthCheck:
    """The result of one check of the installation: its name, whether it passed, and a sentence."""

    name: str
    ok: bool
    text: str
