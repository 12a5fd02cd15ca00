"""Whether what was found can hold the answer: words that stand nowhere together are about something else.

The bounds were set on the questions of ``tests/benchmarks/dont_know.jsonl`` and checked on four other repositories.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.terms import code_names, is_foreign, question_terms, stems
from fieldguide_server.assistant.types import Retriever

# Beyond this many chunks a word counts as common; nobody needs to know how common.
_COMMON = 10
_COMMON_SHARE = 0.05
# The share of what a question's words weigh that one passage must hold. Of few words nearly all are needed; a longer
# question is retold freely. A word that stands nowhere in the workspace makes a short question suspicious.
_ENOUGH = 0.5
_ENOUGH_WITH_ABSENT = 0.6
_ENOUGH_OF_MANY = 0.4
_ENOUGH_FOREIGN = 0.35
_ENOUGH_FOR_NAMES = 0.9


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether passages can hold the answer, and the words of the question that stand nowhere in the workspace."""

    answers: bool
    absent: tuple[str, ...] = ()


def judge(question: str, passages: Sequence[Passage], index: Retriever) -> Judgement:
    """Ask the index how telling each word of the question is, and weighs what the best passage holds of them."""
    wanted, names = question_terms(question), code_names(question)
    texts = ["\n".join([passage.path, passage.symbol, *passage.cited]) for passage in passages]
    if not wanted or not texts:
        return Judgement(answers=False)
    if any(_bare(name) in _bare(text) for name in names for text in texts):
        return Judgement(answers=True)
    found = [stems(text) for text in texts]
    counts = {stem: _count(stem, word, index) for stem, word in wanted.items()}
    weights = _weights(counts, index.status().chunks)
    absent = tuple(word for stem, word in wanted.items() if not counts[stem])
    share = max(sum(weights[stem] for stem in weights.keys() & held) for held in found) / sum(
        weights.values()
    )
    return Judgement(share >= _bound(question, len(wanted), named=bool(names), absent=bool(absent)), absent)


def _bound(question: str, words: int, *, named: bool, absent: bool) -> float:
    if named:
        # A name of code was asked for, and it stands nowhere.
        return _ENOUGH_FOR_NAMES
    if is_foreign(question):
        return _ENOUGH_FOREIGN
    if words > 4:
        return _ENOUGH_OF_MANY
    return _ENOUGH_WITH_ABSENT if absent and words < 4 else _ENOUGH


def _bare(text: str) -> str:
    """Without what separates the words of a name, so that one spelling finds the other."""
    return re.sub(r"[_-]", "", text).lower()


def _count(stem: str, word: str, index: Retriever) -> int:
    hits = index.search(word, _COMMON + 2, "all")
    return sum(stem in stems(f"{hit.path} {hit.symbol} {hit.text}") for hit in hits)


def _weights(counts: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Return the inverse document frequency of each stem, among ``chunks`` chunks."""
    common = max(_COMMON, chunks * _COMMON_SHARE)
    return {
        stem: math.log((chunks + 1) / ((count if count < _COMMON else common) + 0.5) + 1)
        for stem, count in counts.items()
    }
