"""BM25 for a few chunks outside of the full-text table, with the scores that they would have in it."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fieldguide_indexer.store.lexical import COLUMN_WEIGHTS, stems

# The parameters of SQLite's FTS5.
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6
# The columns of path and symbol are after the body.
_FIRST_NAME_COLUMN = 1


@dataclass(frozen=True, slots=True)
class Statistics:
    """The number of chunks in a full-text table, and the total number of their words."""

    chunks: int
    words: int

    def idf(self, held_by: int) -> float:
        """Return the inverse document frequency of a word or phrase that so many chunks contain."""
        return max(_LEAST_IDF, math.log((self.chunks - held_by + 0.5) / (held_by + 0.5)))

    def weight(self, frequency: float, length: int) -> float:
        """Return the factor of a phrase's idf for a chunk of ``length`` words that contains it so often."""
        relative = length * self.chunks / self.words if self.words else 1.0
        return frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * relative))

    def most(self, holders: Iterable[int]) -> float:
        """Return the maximum score of a chunk for words with these numbers of chunks."""
        return sum(self.idf(held_by) for held_by in holders) * (_K1 + 1)


class Postings:
    """The occurrences of words in a few chunks, weighted by column."""

    def __init__(self, chunks: Sequence[tuple[str, ...]]) -> None:
        """Index chunks, each given as the columns of the full-text table: see ``writes.chunk_words``."""
        split = [[column.split() for column in columns] for columns in chunks]
        stem_of = stems(word for columns in split for column in columns for word in column)
        self._columns = [[[stem_of[word] for word in column] for column in columns] for columns in split]
        self._lengths = [sum(map(len, columns)) for columns in split]
        self._holding: dict[str, set[int]] = defaultdict(set)
        for number, columns in enumerate(self._columns):
            for column in columns:
                for stem in column:
                    self._holding[stem].add(number)

    def count(self, stem: str) -> int:
        """Return the number of chunks that contain a stem."""
        return len(self._holding.get(stem, ()))

    def frequencies(self, phrase: str, *, in_names: bool = False) -> Iterator[tuple[int, float]]:
        """Yield the chunks that contain consecutive words, by number, each with the number of occurrences weighted by column."""
        words = phrase.split()
        stem_of = stems(words)
        phrase_stems = [stem_of[word] for word in words]
        for number in self._holding.get(phrase_stems[0], ()) if phrase_stems else ():
            first = _FIRST_NAME_COLUMN if in_names else 0
            weighed = zip(COLUMN_WEIGHTS[first:], self._columns[number][first:], strict=True)
            if frequency := sum(weight * _occurrences(phrase_stems, column) for weight, column in weighed):
                yield number, frequency

    def length(self, number: int) -> int:
        """Return the number of words of a chunk in all columns."""
        return self._lengths[number]


def score(
    postings: Postings,
    phrases: Sequence[tuple[str, bool]],
    statistics: Statistics,
    held_by: Callable[[str, bool], int],
) -> dict[int, float]:
    """Return the BM25 score of each chunk that contains any of the phrases, by number.

    Args:
        postings: The chunks.
        phrases: The phrases, each with whether to search names only; duplicates count twice.
        statistics: The statistics of the table with which scores are compared.
        held_by: The number of chunks of that table that contain a phrase, in names only or anywhere.
    """
    scores: dict[int, float] = defaultdict(float)
    for phrase, in_names in phrases:
        found = list(postings.frequencies(phrase, in_names=in_names))
        idf = statistics.idf(held_by(phrase, in_names)) if found else 0.0
        for number, frequency in found:
            scores[number] += idf * statistics.weight(frequency, postings.length(number))
    return dict(scores)


def _occurrences(phrase_stems: Sequence[str], column: Sequence[str]) -> int:
    if len(phrase_stems) == 1:
        return column.count(phrase_stems[0])
    return sum(
        column[start : start + len(phrase_stems)] == list(phrase_stems)
        for start, stem in enumerate(column)
        if stem == phrase_stems[0]
    )
