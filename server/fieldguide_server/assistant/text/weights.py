"""Words weighted by their rarity, and the lines that hold most of that weight."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from fieldguide_server.assistant.text.terms import stem

_MAX_MATCHES = 500


def rarity(words: Iterable[str], line_stems: Sequence[frozenset[str]]) -> dict[str, float]:
    """Return the weight of each stem: higher the fewer of these lines hold it, 0 if none does."""
    frequency = Counter(stem_ for found in line_stems for stem_ in found)
    total = len(line_stems)
    return {word: math.log(1 + total / frequency[word]) if frequency[word] else 0.0 for word in words}


def best_score(line_stems: Sequence[frozenset[str]], weights: Mapping[str, float], size: int) -> float:
    """Return the highest total weight of the different words in any ``size`` consecutive lines."""
    inside: Counter[str] = Counter()
    score = best = 0.0
    for number, found in enumerate(line_stems):
        for word in found & weights.keys():
            score += 0 if inside[word] else weights[word]
            inside[word] += 1
        for word in line_stems[number - size] & weights.keys() if number >= size else ():
            inside[word] -= 1
            score -= 0 if inside[word] else weights[word]
        best = max(best, score)
    return best


def best_window(
    line_stems: Sequence[frozenset[str]], weights: Mapping[str, float], size: int
) -> tuple[int, int]:
    """Return the ``size`` consecutive lines, at most, with the highest total weight, as a half-open range of indexes.

    Each word counts once in full; its other lines count a little, so that the densest of equal runs wins.
    """
    found = [[word for word in words if word in weights] for words in line_stems]
    best, best_score = 0, -1.0
    for start in range(max(1, len(found) - size + 1)):
        window = found[start : start + size]
        distinct = sum(weights[word] for word in {word for words in window for word in words})
        middle = sum(weights[word] for words in window[1:-1] for word in words)
        if (score := distinct + 0.1 * middle) > best_score:
            best, best_score = start, score
    return best, min(best + size, len(found))


def snippet(line: str, words: Iterable[str], size: int) -> str:
    """Return at most ``size`` characters of a line, where it holds most of these words; "…" marks what is left out."""
    if len(line) <= size:
        return line
    lower = line.lower()
    roots = {root if (root := stem(word)) in word.lower() else word.lower() for word in words}
    found = sorted(match.start() for root in roots for match in re.finditer(re.escape(root), lower))
    starts = [0, *(max(0, at - size // 4) for at in found[:_MAX_MATCHES])]
    start = max(starts, key=lambda at: sum(root in lower[at : at + size] for root in roots))
    return f"{'… ' * (start > 0)}{line[start : start + size]}{' …' * (start + size < len(line))}"
