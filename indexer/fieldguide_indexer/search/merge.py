"""Merging of the hits of several indexes into one list.

A score is relative to the best hit of its index, so scores of different indexes cannot be compared. Each list is weighted
by its best evidence relative to the best of all lists: the share of the query's information in the words of a chunk, and its
cosine. A folder with little evidence then ranks low, however high its own scores are.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.types import Hit

FolderHits = tuple[Path, Sequence[Hit]]


def merge_hits(results: Sequence[FolderHits], limit: int) -> list[tuple[Path, Hit]]:
    """Return at most ``limit`` hits of several folders, best first, each with its folder.

    Args:
        results: Folders with their hits. Of nested folders, only the innermost one that contains a file counts for it.
        limit: The maximum number of hits.
    """
    folders = [folder for folder, _ in results]
    lists = [
        (folder, [hit for hit in hits if _owner(folders, folder / hit.path) == folder])
        for folder, hits in results
    ]
    weights = _weights([hits for _, hits in lists])
    merged = [
        (folder, replace(hit, score=round(hit.score * weight, 4)))
        for (folder, hits), weight in zip(lists, weights, strict=True)
        for hit in hits
    ]
    return sorted(merged, key=lambda each: -each[1].score)[:limit]


def _owner(folders: Sequence[Path], file: Path) -> Path:
    containing = (folder for folder in folders if file.is_relative_to(folder))
    return max(containing, key=lambda folder: len(folder.parts))


def _weights(lists: Sequence[Sequence[Hit]]) -> list[float]:
    words = [max((hit.words for hit in hits), default=0.0) for hits in lists]
    meaning = [max((hit.meaning for hit in hits), default=0.0) for hits in lists]
    return [_weight(words, meaning, number) for number in range(len(lists))]


def _weight(words: Sequence[float], meaning: Sequence[float], number: int) -> float:
    """Return the weight of a list: its evidence relative to the best. Without vectors only the words count."""
    shares = [
        own[number] / max(own) for own in (words, meaning) if max(own) and (own is words or own[number])
    ]
    return sum(shares) / len(shares) if shares else 1.0
