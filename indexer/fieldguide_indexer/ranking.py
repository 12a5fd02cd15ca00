"""Fusion and re-ranking: which chunks answer a question best. Pure functions over candidates.

Two legs find candidates, BM25 over words and cosine over vectors; neither wins on every kind of question, so their
voices are weighed by the question. What the legs cannot see is added: a definition of the very name that was asked
for, words of the question in a file's name, the role of a file, and how much of a file answers.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fieldguide_indexer.question import Question, word_set
from fieldguide_indexer.roles import Role, role_of
from fieldguide_indexer.store.catalog import ChunkRow

_SYMBOL_VECTOR_WEIGHT = 0.2
_NATURAL_VECTOR_WEIGHT = 0.5
_LONG_VECTOR_WEIGHT = 0.6
_DEFINITION_BOOST = 1.0
_SYMBOL_WORDS_BOOST = 0.25
_PATH_WORDS_BOOST = 0.35
_FILE_COHERENCE = 0.25
_SAME_FILE_DECAY = 0.55
_ROLE_PRIOR: Mapping[Role, float] = {
    Role.CODE: 1.0,
    Role.DOCS: 0.85,
    Role.TEST: 0.55,
    Role.EXAMPLE: 0.7,
    Role.GENERATED: 0.3,
    Role.DATA: 0.6,
    Role.REEXPORT: 0.7,
}
_ROLE_WORDS: Mapping[Role, tuple[str, ...]] = {
    Role.TEST: ("test", "tests", "testing", "spec", "fixture", "mock"),
    Role.EXAMPLE: ("example", "examples", "sample", "demo", "tutorial"),
    Role.DOCS: ("doc", "docs", "documentation", "readme", "guide", "changelog", "install"),
    Role.DATA: ("config", "configuration", "settings", "yaml", "json", "toml", "workflow"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with what each leg says of it: a BM25 score and a cosine, 0 where a leg did not find it."""

    row: ChunkRow
    lexical: float = 0.0
    cosine: float = 0.0
    defines: bool = False


def rank(question: Question, candidates: Sequence[Candidate], limit: int) -> list[tuple[ChunkRow, float]]:
    """The best chunks with their scores, best first, no more than ``limit``."""
    if not candidates:
        return []
    scores = _with_file_coherence(
        candidates, {c.row.id: _score(question, c, _scales(candidates)) for c in candidates}
    )
    return _spread_over_files(candidates, scores, limit)


@dataclass(frozen=True, slots=True)
class _Scales:
    """What the scores of one answer are measured against."""

    lexical_top: float
    cosine_top: float
    cosine_floor: float


def _scales(candidates: Sequence[Candidate]) -> _Scales:
    cosines = [c.cosine for c in candidates if c.cosine]
    return _Scales(
        lexical_top=max(c.lexical for c in candidates) or 1.0,
        cosine_top=max(cosines, default=1.0),
        cosine_floor=min(cosines, default=0.0),
    )


def _vector_weight(question: Question, scales: _Scales) -> float:
    if scales.cosine_top <= 0 or scales.cosine_floor == scales.cosine_top:
        return 0.0
    if question.is_symbol:
        return _SYMBOL_VECTOR_WEIGHT
    return _LONG_VECTOR_WEIGHT if question.is_long else _NATURAL_VECTOR_WEIGHT


def _score(question: Question, candidate: Candidate, scales: _Scales) -> float:
    weight = _vector_weight(question, scales)
    span = (scales.cosine_top - scales.cosine_floor) or 1.0
    cosine = (candidate.cosine - scales.cosine_floor) / span if candidate.cosine else 0.0
    base = (1 - weight) * candidate.lexical / scales.lexical_top + weight * cosine
    boost = _DEFINITION_BOOST if candidate.defines else 0.0
    boost += _SYMBOL_WORDS_BOOST * _overlap(question, candidate.row.symbol)
    boost += _PATH_WORDS_BOOST * _overlap(question, PurePosixPath(candidate.row.path).stem)
    return (base + boost * max(base, 0.3)) * _role_prior(question, candidate.row)


def _overlap(question: Question, name: str) -> float:
    words = word_set(name)
    if not words or not question.words:
        return 0.0
    shared = sum(1 for word in words if any(_same_word(word, asked) for asked in question.words))
    return shared / len(words)


def _same_word(one: str, other: str) -> bool:
    """Whether two words agree but for a plural or verbal ending."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 3


def _role_prior(question: Question, row: ChunkRow) -> float:
    role = role_of(row.path)
    if question.mentions(*_ROLE_WORDS.get(role, ())):
        return 1.0
    return _ROLE_PRIOR[role]


def _with_file_coherence(candidates: Sequence[Candidate], scores: Mapping[int, float]) -> dict[int, float]:
    """Lifts the chunks of a file of which several answer: the file is what the question is about."""
    by_file: dict[str, list[float]] = defaultdict(list)
    for candidate in candidates:
        by_file[candidate.row.path].append(scores[candidate.row.id])
    top = max(scores.values()) or 1.0
    lift = {
        path: _FILE_COHERENCE * min(1.0, sum(sorted(values, reverse=True)[1:4]) / (2 * top))
        for path, values in by_file.items()
    }
    return {c.row.id: scores[c.row.id] * (1 + lift[c.row.path]) for c in candidates}


def _spread_over_files(
    candidates: Sequence[Candidate], scores: Mapping[int, float], limit: int
) -> list[tuple[ChunkRow, float]]:
    """The best chunks, each further chunk of one file counting less, so that several files are seen."""
    ordered = sorted(candidates, key=lambda c: (-scores[c.row.id], c.row.path, c.row.start_line))
    seen: dict[str, int] = defaultdict(int)
    spread = []
    for candidate in ordered:
        row = candidate.row
        spread.append((row, scores[row.id] * _SAME_FILE_DECAY ** seen[row.path]))
        seen[row.path] += 1
    spread.sort(key=lambda pair: -pair[1])
    return spread[:limit]
