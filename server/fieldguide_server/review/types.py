"""Values of a review: the code blocks of an answer and their problems. Lines are 1-based."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """The check that found a problem."""

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

    Attributes:
        number: The number of the block in the text, from 1.
        language: The language as the indexer names it; "" if unknown.
        code: The text between the fences, without their indentation.
        path: The file that the code belongs to, according to the text; "" if unknown.
        line: The line of the text with the first line of code.
        end: The line of the text with the closing fence.
    """

    number: int
    language: str
    code: str
    path: str
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: the number of the block, the line in it, the check, and a sentence without a full stop."""

    block: int
    line: int
    check: Check
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Review:
    """The result of a review.

    Attributes:
        blocks: The number of blocks.
        parsed: The number of blocks in a language whose syntax is supported.
        problems: What is wrong, in order.
        unchecked: One sentence for each check that could not be made.
    """

    blocks: int = 0
    parsed: int = 0
    problems: tuple[Problem, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A problem in the code of one block, before it is known which block and check it belongs to."""

    line: int
    message: str


def _always(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Names:
    """Names in the index: whether code imports a name, and whether the name occurs anywhere."""

    is_imported: Callable[[str], bool] = _always
    occurs: Callable[[str], bool] = _always
