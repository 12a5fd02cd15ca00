"""The input and output of the assistant. Lines are 1-based, ranges inclusive, paths relative with ``/``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeAlias

from fieldguide_indexer import Definition, FileStatus, Hit, IndexStatus, Lookup
from fieldguide_server.review import Problem

_LINE_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")

Read: TypeAlias = Callable[[str], str | None]
"""Returns the current text of a path, None if there is no such file."""


class Retriever(Protocol):
    """The index, as far as the assistant uses it. All methods are synchronous and thread-safe."""

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """Return the best hits, best first."""

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used."""

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file."""

    def status(self) -> IndexStatus:
        """Return what the index can do now."""

    def file_status(self, path: str) -> FileStatus:
        """Return the state of one file in the index."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines that are selected in an editor."""

    path: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class AskContext:
    """The context of a question: earlier turns, oldest first, the selection, and the open files, the latest first."""

    history: tuple[Turn, ...] = ()
    selection: Selection | None = None
    open_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """Lines of a file that support an answer; ``quote`` is the text that was quoted from them, "" if none was."""

    path: str
    start_line: int
    end_line: int
    verified: bool = True
    quote: str = ""

    def __str__(self) -> str:
        lines = str(self.start_line)
        if self.end_line != self.start_line:
            lines += f"-{self.end_line}"
        # The name of a file may hold line breaks, but a citation has one line.
        return f"{_LINE_BREAKS.sub(' ', self.path)}:{lines}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The basis of an answer.

    Of the ``retrieved`` passages, ``passages`` in ``files`` were shown to the model, or to the reader of an offline
    answer; ``stale`` counts those that had changed since they were indexed, in ``stale_files``, and ``dropped`` those
    that did not fit. ``tokens`` is the size of the passages in the prompt, and ``turns`` the number of earlier turns in
    it. ``commit`` is the commit that is checked out, "" without git. The other fields are the state of the index at that
    moment.
    """

    retrieved: int = 0
    passages: int = 0
    files: int = 0
    stale: int = 0
    stale_files: tuple[str, ...] = ()
    dropped: int = 0
    tokens: int = 0
    turns: int = 0
    index_state: str = ""
    indexed_files: int = 0
    indexed_chunks: int = 0
    embedded_chunks: int = 0
    commit: str = ""


@dataclass(frozen=True, slots=True)
class CodeReview:
    """The review of the code in an answer.

    All ``blocks`` were checked for secrets, and ``parsed`` of them for syntax and names. The model wrote the answer again
    ``rounds`` times, which fixed the problems ``fixed``. ``unchecked`` are sentences on what could not be checked.
    """

    blocks: int = 0
    parsed: int = 0
    rounds: int = 0
    fixed: tuple[Problem, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. ``model`` is None if no model wrote it; ``notice`` is for the user, "" if all is well.

    ``verified`` counts the citations in the text, ``corrected`` those of them that were changed, and ``removed`` those
    that could not be verified. ``unknown_names`` occur in the text, but nowhere in the workspace. ``problems`` remain in
    its code, and are listed below their blocks too; ``review`` is None if the code was not reviewed.
    """

    answer: str
    model: str | None = None
    citations: tuple[Citation, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    notice: str = ""
    removed: int = 0
    corrected: int = 0
    verified: int = 0
    unknown_names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    review: CodeReview | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; their names are part of the protocol."""
        return asdict(self)
