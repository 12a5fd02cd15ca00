"""What goes in and out of the assistant. Lines are 1-based, ranges inclusive, paths relative with ``/``."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeAlias

from fieldguide_indexer import Definition, Hit, IndexStatus, Lookup

Read: TypeAlias = Callable[[str], str | None]
"""Gives the current text of a path, or None when there is no such file."""

OnDelta: TypeAlias = Callable[[str], None]
"""Takes a piece of an answer that is being written. The pieces are a preview: the settled text is the answer's."""


class Retriever(Protocol):
    """What the assistant needs of an index. All calls are synchronous and safe from any thread."""

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """The best hits, best first."""

    def lookup(self, name: str) -> Lookup:
        """Where a name is defined and used."""

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """The definitions of one file."""

    def status(self) -> IndexStatus:
        """What the index can do now."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that an answer rests on; ``quote`` is the evidence that was found there, "" if none was given."""

    path: str
    start_line: int
    end_line: int
    verified: bool = True
    quote: str = ""

    def __str__(self) -> str:
        lines = str(self.start_line)
        if self.end_line != self.start_line:
            lines += f"-{self.end_line}"
        return f"{self.path}:{lines}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an answer rests on.

    ``passages`` in ``files`` were shown (to the model, or to the reader of an offline answer) of the ``retrieved``
    ones; ``stale`` counts those whose lines had changed since they were indexed, ``dropped`` those that did not
    fit. ``tokens`` is their size in the prompt. The rest is the state of the index at that moment.
    """

    retrieved: int = 0
    passages: int = 0
    files: int = 0
    stale: int = 0
    dropped: int = 0
    tokens: int = 0
    index_state: str = ""
    indexed_files: int = 0
    indexed_chunks: int = 0
    embedded_chunks: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A settled answer. ``model`` is None when no model wrote it; ``notice`` is for the user, "" if all is well.

    ``removed`` citations did not check and are gone from the text; ``corrected`` ones now name the right lines.
    """

    answer: str
    model: str | None = None
    citations: tuple[Citation, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    notice: str = ""
    removed: int = 0
    corrected: int = 0

    def to_json(self) -> dict[str, Any]:
        """The promised shape, as plain JSON values."""
        return asdict(self)
