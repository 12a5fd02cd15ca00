"""An offline answer, and the Markdown that it is made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.git.history import Change
from fieldguide_server.assistant.text.sanitizer import clean, one_line
from fieldguide_server.assistant.text.weights import snippet
from fieldguide_server.assistant.types import Citation

_MAX_LINE_LENGTH = 240
_MAX_CODE_LENGTH = 160
_MAX_SENTENCE_LENGTH = 300
_TICKS = re.compile(r"`+")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OfflineAnswer:
    """The Markdown that follows the reason why no model answered, and its citations.

    ``found`` is False if nothing was found that can answer the question.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    found: bool = True


def code_block(lines: Sequence[str], words: Sequence[str] = ()) -> str:
    """Return lines as a fenced code block that nothing inside can close; very long lines are cut around the words."""
    text = "\n".join(snippet(line, words, _MAX_LINE_LENGTH) for line in map(clean, lines))
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def plain_text(text: str) -> str:
    """Return text without backticks, shortened, on one line."""
    return one_line(text.replace("`", "'"))[:_MAX_CODE_LENGTH]


def inline_code(text: str) -> str:
    """Return text as inline code, shortened, on one line."""
    return f"`{plain_text(text)}`"


def citation_list(title: str, items: Sequence[tuple[Citation, str]]) -> str:
    """Return a title and a list of citations, each with its Markdown."""
    return "\n".join([title, *(f"- [{citation}]: {text}" for citation, text in items)])


def first_sentence(doc: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    match = _SENTENCE.match(doc.strip())
    return " ".join((match[1] if match else doc).split())[:_MAX_SENTENCE_LENGTH]


def change_sentence(change: Change) -> str:
    """Return the sentence on the last change of some lines."""
    author, summary = plain_text(change.author), inline_code(change.summary)
    return f"Last changed on {change.day} by {author}: {summary} ({change.commit})."
