"""Answers without a language model: the passages themselves, arranged, shortened to what matters, and cited."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.context import Passage
from fieldguide_server.assistant.lines import best_window, code_names, rarity, stems, terms
from fieldguide_server.assistant.types import Citation
from fieldguide_server.assistant.untrusted import clean

_PREFACE = "These are the passages that match the question best."
_UNKNOWN = "I don't know: nothing in the index matches this question well enough."
_MOST_PASSAGES = 5
_MOST_LINES = 12
_LONGEST_LINE = 240
_ENOUGH = 0.5
_ENOUGH_FOR_NAMES = 0.75
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


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of a passage that say most about a question, and the question's words that stand in them."""

    passage: Passage
    start: int
    end: int
    words: tuple[str, ...]

    @property
    def citation(self) -> Citation:
        """Exactly the lines shown."""
        return Citation(self.passage.path, self.start, self.end)


def answers(question: str, passages: Sequence[Passage]) -> bool:
    """Whether these passages can hold the answer.

    They can if one of them holds a name of code that the question asks for, or at least half of its content words
    (path and symbol count): words that stand nowhere together are about something else. A name that stands
    nowhere at all asks for more.
    """
    wanted, names = terms(question), code_names(question)
    texts = ["\n".join([passage.path, passage.symbol, *passage.cited]) for passage in passages]
    if any(name in text for name in names for text in texts):
        return True
    best = max((len(wanted.keys() & stems(text)) for text in texts), default=0)
    return best > 0 and best >= (_ENOUGH_FOR_NAMES if names else _ENOUGH) * len(wanted)


def answer(question: str, passages: Sequence[Passage], docs: Mapping[tuple[str, str], str]) -> OfflineAnswer:
    """Arranges the best passages by file.

    Args:
        question: What was asked.
        passages: Most useful first.
        docs: The doc text of a definition, by its path and symbol.
    """
    if not answers(question, passages):
        return OfflineAnswer(_UNKNOWN, found=False)
    excerpts = _by_file(_best(question, passages))
    blocks = [_block(one, docs.get((one.passage.path, one.passage.symbol), "")) for one in excerpts]
    return OfflineAnswer("\n\n".join([_PREFACE, *blocks]), tuple(one.citation for one in excerpts))


def _best(question: str, passages: Sequence[Passage]) -> list[Excerpt]:
    wanted = terms(question)
    by_line = [[stems(line) for line in passage.cited] for passage in passages]
    weights = rarity(wanted, [found for lines in by_line for found in lines])
    excerpts: list[Excerpt] = []
    for passage, lines in zip(passages, by_line, strict=True):
        start, end = _window(lines, weights)
        found = stems(f"{passage.path} {passage.symbol}").union(*lines[start:end])
        words = tuple(word for stem, word in wanted.items() if stem in found)
        excerpt = Excerpt(passage, passage.start + start, passage.start + end - 1, words)
        if excerpt.words and not any(_overlap(excerpt, other) for other in excerpts):
            excerpts.append(excerpt)
    return excerpts[:_MOST_PASSAGES]


def _window(lines: Sequence[frozenset[str]], weights: Mapping[str, float]) -> tuple[int, int]:
    start, end = best_window(lines, weights, _MOST_LINES)
    while end - start > 1 and not lines[end - 1]:
        end -= 1
    while end - start > 1 and not lines[start]:
        start += 1
    return start, end


def _overlap(one: Excerpt, other: Excerpt) -> bool:
    return one.passage.path == other.passage.path and one.start <= other.end and other.start <= one.end


def _by_file(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    files = list(dict.fromkeys(one.passage.path for one in excerpts))
    return sorted(excerpts, key=lambda one: files.index(one.passage.path))


def _block(excerpt: Excerpt, doc: str) -> str:
    symbol = f" — `{clean(excerpt.passage.symbol)}`" if excerpt.passage.symbol else ""
    reason = "Holds " + ", ".join(f"“{word}”" for word in excerpt.words) + "."
    if doc:
        reason += f" Its doc: {first_sentence(doc)}"
    lines = excerpt.passage.lines[excerpt.start - 1 : excerpt.end]
    return f"### {excerpt.citation}{symbol}\n{reason}\n{fenced(lines)}"


def fenced(lines: Sequence[str]) -> str:
    """Lines as a code block that nothing inside them can close."""
    text = "\n".join(
        line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …" for line in map(clean, lines)
    )
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def first_sentence(doc: str) -> str:
    """The first sentence of a doc text, on one line."""
    match = _SENTENCE.match(doc.strip())
    return " ".join((match[1] if match else doc).split())[:300]
