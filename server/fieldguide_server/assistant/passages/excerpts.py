"""The lines that say most about a question: of the passages that were found, and of what stands beside them.

Retrieval finds a file by its best-described chunk, often the doc of a class; the line that does the work stands in a
definition next to it. So the files that matter most are read further.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fieldguide_indexer import Definition
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.terms import question_terms, stems
from fieldguide_server.assistant.text.weights import best_window, rarity
from fieldguide_server.assistant.types import Citation, Retriever

_MOST_EXCERPTS = 7
_MOST_IN_BEST_FILE = 4
_MOST_LINES = 12
_FILES_READ_ON = 2
_LONGEST_DEFINITION = 120
# Words in the name of a definition say what it is for; words in a comment say what somebody said of it.
_NAME_WEIGHT = 0.5
_CALLED_FACTOR = 1.3
_COMMENT_DISCOUNT = 0.4
_LOWEST_SHARE = 0.3
_DECORATOR = re.compile(r"\s*(?:@|#\[|\[|//|/?\*|#)")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|\"\"\"|'''|<!--|@moduledoc|@doc)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of a passage that say most about a question, and the question's words that stand in them."""

    passage: Passage
    start: int
    end: int
    words: tuple[str, ...]
    score: float = 0.0

    @property
    def citation(self) -> Citation:
        """Exactly the lines shown."""
        return Citation(self.passage.path, self.start, self.end)


def focus(question: str, passages: Sequence[Passage], index: Retriever) -> list[Excerpt]:
    """Return the excerpts worth showing, file by file, the file that says most first, and in it the best lines first.

    Args:
        question: What was asked.
        passages: Most useful first.
        index: Tells what else the best files define.
    """
    ranks = _file_ranks(passages)
    near = [one for path in list(ranks)[:_FILES_READ_ON] for one in _beside(path, passages, index)]
    wanted = question_terms(question)
    candidates = [*passages, *near]
    by_line = {id(one): [stems(line) for line in one.cited] for one in candidates}
    weights = rarity(wanted, [found for one in candidates for found in by_line[id(one)]])
    excerpts = [_excerpt(one, by_line[id(one)], wanted, weights) for one in candidates]
    telling = [one for one in excerpts if one.words]
    return _arrange([_raised(one, telling) for one in telling], ranks)


def _raised(excerpt: Excerpt, others: Sequence[Excerpt]) -> Excerpt:
    """Return what other telling lines of its file call is how they do it, so it counts for more."""
    name = excerpt.passage.symbol.rpartition(".")[2]
    called = len(name) > 3 and any(
        f"{name}(" in line
        for other in others
        if other.passage.path == excerpt.passage.path and other.passage.symbol != excerpt.passage.symbol
        for line in other.passage.lines[other.start - 1 : other.end]
    )
    return replace(excerpt, score=excerpt.score * _CALLED_FACTOR) if called else excerpt


def _file_ranks(passages: Sequence[Passage]) -> dict[str, float]:
    """Return how much each file answers, most first: all of its passages count, the best-ranked ones most."""
    ranks: defaultdict[str, float] = defaultdict(float)
    for rank, passage in enumerate(passages):
        ranks[passage.path] += 1 / (2 + rank)
    return dict(sorted(ranks.items(), key=lambda pair: -pair[1]))


def _beside(path: str, passages: Sequence[Passage], index: Retriever) -> list[Passage]:
    """Return the innermost definitions of a file that no passage shows, as far as they stand where the index has them."""
    own = [passage for passage in passages if passage.path == path]
    lines = own[0].lines
    known = [one for one in index.definitions_in(path) if _is_there(one, lines)]
    return [
        Passage(path, one.start_line, one.end_line, lines, one.symbol, one.kind)
        for one in known
        if not any(_holds(one, other) for other in known)
        and not any(shown.start <= one.start_line and one.end_line <= shown.end for shown in own)
    ]


def _is_there(one: Definition, lines: Sequence[str]) -> bool:
    """Return whether the definition begins exactly where the index has it, decorators and attributes aside."""
    head = (line for line in lines[one.start_line - 1 : one.end_line] if not _DECORATOR.match(line))
    short = one.end_line - one.start_line < _LONGEST_DEFINITION
    return short and one.end_line <= len(lines) and one.name in next(head, "")


def _holds(outer: Definition, inner: Definition) -> bool:
    return outer is not inner and outer.start_line <= inner.start_line and inner.end_line <= outer.end_line


def _excerpt(
    passage: Passage, lines: Sequence[frozenset[str]], wanted: Mapping[str, str], weights: Mapping[str, float]
) -> Excerpt:
    start, end = _window(lines, weights)
    inside = frozenset().union(*lines[start:end])
    name = stems(passage.symbol.rpartition(".")[2])
    around = stems(f"{passage.path} {passage.symbol}")
    score = sum(weights[word] for word in weights.keys() & (inside | name))
    score += _NAME_WEIGHT * sum(weights[word] for word in weights.keys() & name)
    score *= 1 - _COMMENT_DISCOUNT * _comment_share(passage.cited[start:end], lines[start:end], weights)
    words = tuple(word for stem, word in wanted.items() if stem in inside | around)
    return Excerpt(passage, passage.start + start, passage.start + end - 1, words, score)


def _comment_share(
    text: Sequence[str], lines: Sequence[frozenset[str]], weights: Mapping[str, float]
) -> float:
    """Return the part of the lines with the question's words that are comments, where others are code."""
    telling = [line for line, found in zip(text, lines, strict=True) if found & weights.keys()]
    return sum(1 for line in telling if _COMMENT.match(line)) / max(1, len(telling))


def _window(lines: Sequence[frozenset[str]], weights: Mapping[str, float]) -> tuple[int, int]:
    start, end = best_window(lines, weights, _MOST_LINES)
    while end - start > 1 and not lines[end - 1]:
        end -= 1
    while end - start > 1 and not lines[start]:
        start += 1
    return start, end


def _arrange(excerpts: Sequence[Excerpt], ranks: Mapping[str, float]) -> list[Excerpt]:
    """Return several excerpts of the best file and one of each other, the files by how much they answer."""
    top = max((one.score for one in excerpts), default=0.0)
    by_file: dict[str, list[Excerpt]] = {}
    for one in sorted(excerpts, key=lambda one: -one.score):
        shown = by_file.setdefault(one.passage.path, [])
        if one.score >= _LOWEST_SHARE * top and not any(_overlap(one, other) for other in shown):
            shown.append(one)
    files = sorted(filter(by_file.get, by_file), key=lambda path: -ranks[path] * by_file[path][0].score)
    best = [one for path in files[:1] for one in by_file[path][:_MOST_IN_BEST_FILE]]
    return [*best, *(by_file[path][0] for path in files[1:])][:_MOST_EXCERPTS]


def _overlap(one: Excerpt, other: Excerpt) -> bool:
    return one.passage.path == other.passage.path and one.start <= other.end and other.start <= one.end
