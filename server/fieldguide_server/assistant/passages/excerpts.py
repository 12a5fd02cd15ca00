"""The lines that are most relevant to a question, in the passages that were found and in definitions next to them.

Retrieval finds a file by its best-described chunk, often the docstring of a class; the line that does the work may be in
a definition next to it. So further definitions of the best files are considered, too.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fieldguide_indexer import Definition
from fieldguide_server.assistant.passages.definitions import innermost
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.terms import question_terms, stems
from fieldguide_server.assistant.text.weights import best_window, rarity
from fieldguide_server.assistant.types import Citation, Retriever

_MAX_EXCERPTS = 7
_MAX_IN_BEST_FILE = 4
_MAX_LINES = 12
# The definitions of so many files are considered, if they are no longer than this.
_FILES_WITH_DEFINITIONS = 2
_MAX_DEFINITION_LINES = 120
# Words in the name of a definition say what it is for; words in a comment only mention something.
_NAME_WEIGHT = 0.5
_CALLED_FACTOR = 1.3
_COMMENT_DISCOUNT = 0.4
_MIN_SHARE = 0.3
_DECORATOR = re.compile(r"\s*(?:@|#\[|\[|//|/?\*|#)")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|\"\"\"|'''|<!--|@moduledoc|@doc)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The most relevant lines of a passage, the question's words in them, and their score."""

    passage: Passage
    start: int
    end: int
    words: tuple[str, ...]
    score: float = 0.0

    @property
    def citation(self) -> Citation:
        """The lines of the excerpt."""
        return Citation(self.passage.path, self.start, self.end)


def find_excerpts(question: str, passages: Sequence[Passage], index: Retriever) -> list[Excerpt]:
    """Return the excerpts to show, grouped by file; the best file and the best excerpts come first.

    Args:
        question: The question.
        passages: The passages that were found, best first.
        index: Knows the other definitions of the best files.
    """
    ranks = _file_ranks(passages)
    further = [
        passage
        for path in list(ranks)[:_FILES_WITH_DEFINITIONS]
        for passage in _other_definitions(path, passages, index)
    ]
    terms = question_terms(question)
    candidates = [(passage, [stems(line) for line in passage.cited]) for passage in (*passages, *further)]
    weights = rarity(terms, [line for _, line_stems in candidates for line in line_stems])
    excerpts = [_excerpt(passage, line_stems, terms, weights) for passage, line_stems in candidates]
    relevant = [excerpt for excerpt in excerpts if excerpt.words]
    return _arrange([_raise_if_called(excerpt, relevant) for excerpt in relevant], ranks)


def _raise_if_called(excerpt: Excerpt, others: Sequence[Excerpt]) -> Excerpt:
    """Return the excerpt with a higher score if other relevant lines of its file call its definition."""
    name = excerpt.passage.symbol.rpartition(".")[2]
    is_called = len(name) > 3 and any(
        f"{name}(" in line
        for other in others
        if other.passage.path == excerpt.passage.path and other.passage.symbol != excerpt.passage.symbol
        for line in other.passage.lines[other.start - 1 : other.end]
    )
    return replace(excerpt, score=excerpt.score * _CALLED_FACTOR) if is_called else excerpt


def _file_ranks(passages: Sequence[Passage]) -> dict[str, float]:
    """Return the score of each file, best first: the sum over its passages, where the first ones count most."""
    ranks: defaultdict[str, float] = defaultdict(float)
    for position, passage in enumerate(passages):
        ranks[passage.path] += 1 / (2 + position)
    return dict(sorted(ranks.items(), key=lambda item: -item[1]))


def _other_definitions(path: str, passages: Sequence[Passage], index: Retriever) -> list[Passage]:
    """Return the innermost definitions of a file that no passage shows, without those that have moved."""
    shown = [passage for passage in passages if passage.path == path]
    lines = shown[0].lines
    current = [each for each in index.definitions_in(path) if _is_short_and_current(each, lines)]
    return [
        Passage(path, each.start_line, each.end_line, lines, each.symbol, each.kind)
        for each in innermost(current)
        if not any(one.start <= each.start_line and each.end_line <= one.end for one in shown)
    ]


def _is_short_and_current(definition: Definition, lines: Sequence[str]) -> bool:
    """Return whether a short definition begins exactly where the index has it, after its decorators."""
    start, end = definition.start_line, definition.end_line
    head = (line for line in lines[start - 1 : end] if not _DECORATOR.match(line))
    is_short = end - start < _MAX_DEFINITION_LINES
    return is_short and end <= len(lines) and definition.name in next(head, "")


def _excerpt(
    passage: Passage,
    line_stems: Sequence[frozenset[str]],
    terms: Mapping[str, str],
    weights: Mapping[str, float],
) -> Excerpt:
    start, end = _window(line_stems, weights)
    inside = frozenset().union(*line_stems[start:end])
    name = stems(passage.symbol.rpartition(".")[2])
    heading = stems(f"{passage.path} {passage.symbol}")
    score = sum(weights[stem] for stem in weights.keys() & (inside | name))
    score += _NAME_WEIGHT * sum(weights[stem] for stem in weights.keys() & name)
    score *= 1 - _COMMENT_DISCOUNT * _comment_share(passage.cited[start:end], line_stems[start:end], weights)
    words = tuple(word for stem, word in terms.items() if stem in inside | heading)
    return Excerpt(passage, passage.start + start, passage.start + end - 1, words, score)


def _comment_share(
    lines: Sequence[str], line_stems: Sequence[frozenset[str]], weights: Mapping[str, float]
) -> float:
    """Return the share of comments among the lines with words of the question."""
    relevant = [line for line, found in zip(lines, line_stems, strict=True) if found & weights.keys()]
    return sum(1 for line in relevant if _COMMENT.match(line)) / max(1, len(relevant))


def _window(line_stems: Sequence[frozenset[str]], weights: Mapping[str, float]) -> tuple[int, int]:
    """Return the most relevant lines as a half-open range, without lines without words at its ends."""
    start, end = best_window(line_stems, weights, _MAX_LINES)
    while end - start > 1 and not line_stems[end - 1]:
        end -= 1
    while end - start > 1 and not line_stems[start]:
        start += 1
    return start, end


def _arrange(excerpts: Sequence[Excerpt], ranks: Mapping[str, float]) -> list[Excerpt]:
    """Return several excerpts of the best file and one of each other file, the best file first."""
    top = max((excerpt.score for excerpt in excerpts), default=0.0)
    by_file: dict[str, list[Excerpt]] = {}
    for excerpt in sorted(excerpts, key=lambda each: -each.score):
        chosen = by_file.setdefault(excerpt.passage.path, [])
        if excerpt.score >= _MIN_SHARE * top and not any(_overlap(excerpt, other) for other in chosen):
            chosen.append(excerpt)
    files = sorted(filter(by_file.get, by_file), key=lambda path: -ranks[path] * by_file[path][0].score)
    best = [excerpt for path in files[:1] for excerpt in by_file[path][:_MAX_IN_BEST_FILE]]
    return [*best, *(by_file[path][0] for path in files[1:])][:_MAX_EXCERPTS]


def _overlap(one: Excerpt, other: Excerpt) -> bool:
    return one.passage.path == other.passage.path and one.start <= other.end and other.start <= one.end
