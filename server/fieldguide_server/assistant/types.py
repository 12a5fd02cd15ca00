"""What goes in and out of the assistant. Lines are 1-based, ranges inclusive, paths relative with ``/``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeAlias

from fieldguide_indexer import Definition, FileStatus, Hit, IndexStatus, Lookup
from fieldguide_server.review import Problem

_BREAK = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")

Read: TypeAlias = Callable[[str], str | None]
"""Gives the current text of a path, or None when there is no such file."""


class Retriever(Protocol):
    """What the assistant needs of an index. All calls are synchronous and safe from any thread."""

    def search(self, query: str, limit: int = 10, within: str = "all") -> Sequence[Hit]:
        """Return the best hits, best first."""

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used."""

    def definitions_in(self, path: str) -> Sequence[Definition]:
        """Return the definitions of one file."""

    def status(self) -> IndexStatus:
        """Return what the index can do now."""

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file, and whether that is still so."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and its settled answer."""

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
    """What a question stands in: earlier turns, oldest first, the selection, and the files open, the nearest first."""

    history: tuple[Turn, ...] = ()
    selection: Selection | None = None
    open_files: tuple[str, ...] = ()


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
        # A file's name may hold line breaks, and a sentence that names it must stay one.
        return f"{_BREAK.sub(' ', self.path)}:{lines}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an answer rests on.

    ``passages`` in ``files`` were shown (to the model, or to the reader of an offline answer) of the ``retrieved``
    ones; ``stale`` counts those whose lines had changed since they were indexed, ``dropped`` those that did not
    fit. ``stale_files`` names the files that changed since. ``tokens`` is the passages' size in the prompt, ``turns``
    the earlier turns that stood beside them. ``commit`` is the one that the workspace stands on, "" without git: the
    version of its docs. The rest is the state of the index at that moment.
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
    """What became of the code in an answer.

    Its ``blocks`` were looked at for secrets; ``parsed`` of them are in a language whose syntax and names are checked.
    The model wrote the answer anew ``rounds`` times, and ``fixed`` is gone by that. ``unchecked`` are sentences.
    """

    blocks: int = 0
    parsed: int = 0
    rounds: int = 0
    fixed: tuple[Problem, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A settled answer. ``model`` is None when no model wrote it; ``notice`` is for the user, "" if all is well.

    Of the text's citations ``verified`` stay, ``corrected`` of them with other lines than were written; ``removed``
    ones did not check and are gone. ``unknown_names`` stand in the text, and nowhere in the workspace. ``problems``
    of its code remain and are said under their blocks too; ``review`` is None when there was none.
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
        """Return the promised shape, as plain JSON values."""
        return asdict(self)
