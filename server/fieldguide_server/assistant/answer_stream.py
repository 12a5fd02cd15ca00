"""The receiver of an answer while it is written."""

from collections.abc import Sequence
from typing import Protocol

from fieldguide_server.review import Problem


class AnswerStream(Protocol):
    """Receives the text of an answer while it is written.

    The text is a preview: the settled text, whose citations have been checked, is the answer's. An exception that a
    method raises ends the answer.
    """

    def add(self, text: str) -> None:
        """Append a piece of text."""

    def reset(self, problems: Sequence[Problem]) -> None:
        """Discard the text so far, because of these problems in its code; the text of a new draft follows."""


class NullStream:
    """A stream for callers that want only the settled answer."""

    def add(self, text: str) -> None:
        """Ignore the text."""

    def reset(self, problems: Sequence[Problem]) -> None:
        """Ignore the problems."""
