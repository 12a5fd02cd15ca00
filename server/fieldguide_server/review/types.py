"""What a review speaks of: blocks of code in an answer, and what is wrong with them. Lines are 1-based."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """Which check found a problem."""

    SYNTAX = "syntax"
    IMPORT = "import"
    NAME = "name"
    SECURITY = "security"
    SECRET = "secret"  # noqa: S105 - the name of a check
    SCHEMA = "schema"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of an answer.

    ``number`` counts the blocks of the text; ``language`` is named as the indexer does, "" when the fence names none.
    ``path`` is the file that the text says the code is of, "" if it does not. ``line`` is that of its first line of
    code in the text, ``end`` that of its closing fence.
    """

    number: int
    language: str
    code: str
    path: str
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the block, the line in it, and a sentence without a full stop."""

    block: int
    line: int
    check: Check
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Review:
    """What became of a review. ``parsed`` of the ``blocks`` were in a language whose syntax is known here.

    ``unchecked`` holds a sentence for each check that could not be made.
    """

    blocks: int = 0
    parsed: int = 0
    problems: tuple[Problem, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check says of one block's code."""

    line: int
    message: str


def _anything(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Names:
    """What an index tells of names: whether code imports something of this name, and whether it stands anywhere."""

    imported: Callable[[str], bool] = _anything
    known: Callable[[str], bool] = _anything
