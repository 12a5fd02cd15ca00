"""Whether the passages that were found can answer a question, by the weight of its words that one of them holds.

The thresholds were set on the questions of ``tests/benchmarks/dont_know.jsonl`` and checked on four other repositories.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.terms import code_names, is_foreign, question_terms, stems
from fieldguide_server.assistant.types import Retriever

# A word in at least so many chunks is common; how common makes no difference.
_COMMON = 10
_COMMON_SHARE = 0.05
# The share of the weight of a question's words that one passage must hold. A short question needs nearly all of its
# words, even more if one of them occurs nowhere in the workspace; a longer one may be worded differently.
_ENOUGH = 0.5
_ENOUGH_WITH_ABSENT = 0.6
_ENOUGH_OF_MANY = 0.4
_ENOUGH_FOREIGN = 0.35
_ENOUGH_FOR_NAMES = 0.9


@dataclass(frozen=True, slots=True)
class Relevance:
    """Whether passages can answer a question, and the words of the question that occur nowhere in the workspace."""

    answers: bool
    absent: tuple[str, ...] = ()


def judge_relevance(question: str, passages: Sequence[Passage], index: Retriever) -> Relevance:
    """Weigh the words of a question by their rarity in the index, and compare them with the best passage."""
    terms, names = question_terms(question), code_names(question)
    texts = ["\n".join([passage.path, passage.symbol, *passage.cited]) for passage in passages]
    if not terms or not texts:
        return Relevance(answers=False)
    if any(_joined(name) in _joined(text) for name in names for text in texts):
        return Relevance(answers=True)
    counts = {stem: _count(stem, word, index) for stem, word in terms.items()}
    weights = _weights(counts, index.status().chunks)
    absent = tuple(word for stem, word in terms.items() if not counts[stem])
    best = max(sum(weights[stem] for stem in weights.keys() & stems(text)) for text in texts)
    threshold = _threshold(question, len(terms), has_names=bool(names), has_absent=bool(absent))
    return Relevance(best / sum(weights.values()) >= threshold, absent)


def _threshold(question: str, words: int, *, has_names: bool, has_absent: bool) -> float:
    if has_names:
        # The question is about a name of code that no passage holds.
        return _ENOUGH_FOR_NAMES
    if is_foreign(question):
        return _ENOUGH_FOREIGN
    if words > 4:
        return _ENOUGH_OF_MANY
    return _ENOUGH_WITH_ABSENT if has_absent and words < 4 else _ENOUGH


def _joined(text: str) -> str:
    """Return the text without the separators in names, so that ``get_user`` and ``getUser`` are equal."""
    return re.sub(r"[_-]", "", text).lower()


def _count(stem: str, word: str, index: Retriever) -> int:
    """Return how many of the best hits for a word hold it; at most ``_COMMON + 2``."""
    hits = index.search(word, _COMMON + 2, "all")
    return sum(stem in stems(f"{hit.path} {hit.symbol} {hit.text}") for hit in hits)


def _weights(counts: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Return the inverse document frequency of each stem among ``chunks`` chunks."""
    common = max(_COMMON, chunks * _COMMON_SHARE)
    return {
        stem: math.log((chunks + 1) / ((count if count < _COMMON else common) + 0.5) + 1)
        for stem, count in counts.items()
    }
