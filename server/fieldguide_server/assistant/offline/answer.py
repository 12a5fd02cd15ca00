"""Answers without a language model: the passages themselves, arranged, shortened to what matters, and cited."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.passages.excerpts import Excerpt, focus
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.passages.relevance import Judgement, judge
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.text.terms import is_foreign
from fieldguide_server.assistant.text.weights import snippet
from fieldguide_server.assistant.types import Citation, Retriever

_PREFACE = "These are the passages that match the question best."
_UNKNOWN = "I don't know: nothing in the index matches this question well enough."
_ASK_IN_ENGLISH = " Asked in the language of the code, mostly English, more may be found."
_MOST_WORDS = 5
_LONGEST_LINE = 240
_TICKS = re.compile(r"`+")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OfflineAnswer:
    """Markdown that follows a sentence on why no model wrote it, and the places it shows.

    ``found`` is False when nothing was found that could hold the answer.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    found: bool = True


def answer(
    question: str, passages: Sequence[Passage], index: Retriever, docs: Mapping[tuple[str, str], str]
) -> OfflineAnswer:
    """Arrange the lines that say most by file.

    Args:
        question: What was asked.
        passages: Most useful first.
        index: Tells how telling a word is, and what else a file defines.
        docs: The doc text of a definition, by its path and symbol.
    """
    judgement = judge(question, passages, index)
    excerpts = focus(question, passages, index) if judgement.answers else []
    if not excerpts:
        return OfflineAnswer(_unknown(question, judgement), found=False)
    blocks = [_block(one, docs.get((one.passage.path, one.passage.symbol), "")) for one in excerpts]
    return OfflineAnswer("\n\n".join([_PREFACE, *blocks]), tuple(one.citation for one in excerpts))


def _unknown(question: str, judgement: Judgement) -> str:
    words = ", ".join(f"“{clean(word)[:60]}”" for word in judgement.absent[:_MOST_WORDS])
    nowhere = f" These words stand nowhere in it: {words}." if words else ""
    return _UNKNOWN + nowhere + (_ASK_IN_ENGLISH if is_foreign(question) else "")


def _block(excerpt: Excerpt, doc: str) -> str:
    name = " ".join(clean(excerpt.passage.symbol).replace("`", "'").split())
    symbol = f" — `{name}`" if name else ""
    reason = "Holds " + ", ".join(f"“{word}”" for word in excerpt.words) + "."
    if doc:
        reason += f" Its doc: {first_sentence(doc)}"
    lines = excerpt.passage.lines[excerpt.start - 1 : excerpt.end]
    return f"### {excerpt.citation}{symbol}\n{reason}\n{fenced(lines, excerpt.words)}"


def fenced(lines: Sequence[str], words: Sequence[str] = ()) -> str:
    """Return lines as a code block that nothing inside them can close; of a very long one, what is around these words."""
    text = "\n".join(snippet(line, words, _LONGEST_LINE) for line in map(clean, lines))
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def first_sentence(doc: str) -> str:
    """Return the first sentence of a doc text, on one line."""
    match = _SENTENCE.match(doc.strip())
    return " ".join((match[1] if match else doc).split())[:300]
