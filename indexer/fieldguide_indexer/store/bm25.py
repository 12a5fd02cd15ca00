"""BM25 for a few chunks that no table holds, as the full-text table would score them among all the others."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fieldguide_indexer.store.lexical import COLUMN_WEIGHTS, stems

# Those of SQLite's FTS5.
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6
# The path and the symbol stand after the body.
_FIRST_NAME_COLUMN = 1


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many chunks a full-text table holds, and how many words they have together."""

    chunks: int
    words: int

    def idf(self, held_by: int) -> float:
        """Return how telling a word or phrase is that so many chunks hold."""
        return max(_LEAST_IDF, math.log((self.chunks - held_by + 0.5) / (held_by + 0.5)))

    def weight(self, frequency: float, length: int) -> float:
        """Return how much of a phrase's idf a chunk of ``length`` words gets that holds it so often."""
        relative = length * self.chunks / self.words if self.words else 1.0
        return frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * relative))

    def most(self, holders: Iterable[int]) -> float:
        """No chunk scores more for words that so many chunks hold, each."""
        return sum(self.idf(held_by) for held_by in holders) * (_K1 + 1)


class Postings:
    """Which of a few chunks hold a word, and how often, weighed by column."""

    def __init__(self, chunks: Sequence[tuple[str, ...]]) -> None:
        """Take in chunks, each as the columns of the full-text table: see ``filing.chunk_words``."""
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
        """Return how many of the chunks hold a stem."""
        return len(self._holding.get(stem, ()))

    def frequencies(self, phrase: str, *, in_names: bool = False) -> Iterator[tuple[int, float]]:
        """Yield the chunks, by number, that hold words in a row: how often, each time counted by its column's weight."""
        words = phrase.split()
        stem_of = stems(words)
        wanted = [stem_of[word] for word in words]
        for number in self._holding.get(wanted[0], ()) if wanted else ():
            first = _FIRST_NAME_COLUMN if in_names else 0
            weighed = zip(COLUMN_WEIGHTS[first:], self._columns[number][first:], strict=True)
            if frequency := sum(weight * _occurrences(wanted, column) for weight, column in weighed):
                yield number, frequency

    def length(self, number: int) -> int:
        """Return how many words a chunk has, in all its columns."""
        return self._lengths[number]


def score(
    postings: Postings,
    phrases: Sequence[tuple[str, bool]],
    statistics: Statistics,
    held_by: Callable[[str, bool], int],
) -> dict[int, float]:
    """Return the BM25 of each chunk that holds any phrase, by number.

    Args:
        postings: The chunks.
        phrases: What is looked for, and whether in names only; what stands there twice counts twice.
        statistics: Of the table that the scores are to be compared with.
        held_by: In how many chunks of that table a phrase stands, in names only or anywhere.
    """
    scores: dict[int, float] = defaultdict(float)
    for phrase, in_names in phrases:
        found = list(postings.frequencies(phrase, in_names=in_names))
        idf = statistics.idf(held_by(phrase, in_names)) if found else 0.0
        for number, frequency in found:
            scores[number] += idf * statistics.weight(frequency, postings.length(number))
    return dict(scores)


def _occurrences(wanted: Sequence[str], column: Sequence[str]) -> int:
    if len(wanted) == 1:
        return column.count(wanted[0])
    return sum(
        column[start : start + len(wanted)] == list(wanted)
        for start, stem in enumerate(column)
        if stem == wanted[0]
    )
