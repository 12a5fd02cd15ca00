"""One list of hits out of several indexes.

A score is a share of the best that one index holds, which says nothing of another one. So each list is weighed by its
best evidence, beside the best of all: what part of the question's information the words of a chunk hold, and how near
it is in meaning. A folder that has little to say then stands behind, however high its own scores are.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.types import Hit

Found = tuple[Path, Sequence[Hit]]


def merge_hits(found: Sequence[Found], limit: int) -> list[tuple[Path, Hit]]:
    """Return the best hits of several folders, no more than ``limit``, best first, each with its folder.

    Of folders that lie in each other, the innermost one tells of a file.

    Args:
        found: Folders, and what was found in each.
        limit: How many hits are wanted.
    """
    folders = [folder for folder, _ in found]
    lists = [
        (folder, [hit for hit in hits if _owner(folders, folder / hit.path) == folder])
        for folder, hits in found
    ]
    weights = _weights([hits for _, hits in lists])
    merged = [
        (folder, replace(hit, score=round(hit.score * weight, 4)))
        for (folder, hits), weight in zip(lists, weights, strict=True)
        for hit in hits
    ]
    return sorted(merged, key=lambda each: -each[1].score)[:limit]


def _owner(folders: Sequence[Path], file: Path) -> Path:
    holding = (folder for folder in folders if file.is_relative_to(folder))
    return max(holding, key=lambda folder: len(folder.parts))


def _weights(lists: Sequence[Sequence[Hit]]) -> list[float]:
    words = [max((hit.words for hit in hits), default=0.0) for hits in lists]
    meaning = [max((hit.meaning for hit in hits), default=0.0) for hits in lists]
    return [_weight(words, meaning, number) for number in range(len(lists))]


def _weight(words: Sequence[float], meaning: Sequence[float], number: int) -> float:
    """Return where an index has no vectors yet, its words speak alone."""
    shares = [
        own[number] / max(own) for own in (words, meaning) if max(own) and (own is words or own[number])
    ]
    return sum(shares) / len(shares) if shares else 1.0
