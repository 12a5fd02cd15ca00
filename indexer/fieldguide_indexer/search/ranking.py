"""Fusion and re-ranking: which chunks answer a question best. Pure functions over candidates.

A chunk's score is a product of four things:

    evidence    what the two legs say, BM25 over words and cosine over vectors, each as a share of its best
    naming      whether the question names what the chunk defines, or the file it stands in
    role        the part the file plays; tests, say, answer less often than code
    topic       how much else of the file answers: the file is then what the question is about

A file's best chunk counts in full and its others less, so that several files are seen.

The constants were chosen on questions over some twenty repositories in eleven languages; near them little changes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fieldguide_indexer.search.file_roles import Role, ported, role_of, superseded
from fieldguide_indexer.search.query import Place, Question, word_set
from fieldguide_indexer.store.lexical import stems
from fieldguide_indexer.store.queries import ChunkRow

# Meaning finds the file more often than words do; of a bare name a sentence model knows little.
_VECTOR_WEIGHT, _SYMBOL_VECTOR_WEIGHT = 0.6, 0.2

_DEFINITION, _FILE_WORDS, _SYMBOL_WORDS, _NAMED_PLACE = 0.5, 0.25, 0.15, 1.0

_ROLE_PRIOR: Mapping[Role, float] = {
    Role.DECLARATION: 0.85,
    Role.DOCS: 0.7,
    Role.EXAMPLE: 0.7,
    Role.DATA: 0.6,
    Role.HISTORY: 0.5,
    Role.TEST: 0.4,
    Role.GENERATED: 0.3,
}
_SUPERSEDED, _PORTED = 0.7, 0.7
_ROLE_WORDS: Mapping[Role, tuple[str, ...]] = {
    Role.TEST: ("test", "tests", "testing", "spec", "fixture", "mock"),
    Role.EXAMPLE: ("example", "examples", "sample", "demo", "tutorial"),
    Role.DOCS: ("doc", "docs", "documentation", "readme", "guide", "install"),
    Role.HISTORY: ("changelog", "release", "released", "history", "news"),
    Role.DATA: ("config", "configuration", "settings", "yaml", "json", "toml", "workflow"),
}

# Each of at most three other definitions of a file can lift it by a quarter.
_TOPIC, _TOPIC_DEFINITIONS = 0.25, 3
_FURTHER_CHUNK, _COPY = 0.3, 0.5


class Candidate(NamedTuple):
    """A chunk with what each leg says of it: a BM25 score and a cosine, 0 where a leg did not find it.

    ``defines`` says from 0 to 1 how surely the question names what the chunk defines.
    """

    row: ChunkRow
    lexical: float = 0.0
    cosine: float = 0.0
    defines: float = 0.0


class _Scored(NamedTuple):
    """A chunk with its score so far."""

    row: ChunkRow
    score: float


def rank(question: Question, candidates: Sequence[Candidate], limit: int) -> list[tuple[ChunkRow, float]]:
    """Return the best chunks with their scores, best first, no more than ``limit``."""
    evidence = _evidence(question, candidates)
    naming = _naming(question, candidates)
    role = _roles(question, candidates)
    scored = [
        _Scored(candidate.row, found * (1 + named) * prior)
        for candidate, found, named, prior in zip(candidates, evidence, naming, role, strict=True)
    ]
    ranked = _spread(_by_score(_lifted_by_topic(_by_score(scored))))
    return [(each.row, each.score) for each in _by_score(ranked)[:limit]]


def _by_score(scored: Sequence[_Scored]) -> list[_Scored]:
    return sorted(scored, key=lambda each: (-each.score, each.row.path, each.row.start_line))


def _evidence(question: Question, candidates: Sequence[Candidate]) -> list[float]:
    """From 0 to 1. What the vectors did not find is no nearer than the farthest that they found."""
    best_lexical = max((c.lexical for c in candidates), default=0.0) or 1.0
    cosines = [c.cosine for c in candidates if c.cosine > 0]
    if not cosines:
        return [c.lexical / best_lexical for c in candidates]
    weight = _SYMBOL_VECTOR_WEIGHT if question.is_symbol else _VECTOR_WEIGHT
    nearest, farthest = max(cosines), min(cosines)
    return [
        (1 - weight) * c.lexical / best_lexical + weight * max(c.cosine, farthest) / nearest
        for c in candidates
    ]


def _naming(question: Question, candidates: Sequence[Candidate]) -> list[float]:
    files = {c.row.path: c.row.path.rpartition("/")[2].partition(".")[0] for c in candidates}
    asked = frozenset(stems(question.words).values())
    covered = _shares({*files.values(), *(c.row.symbol for c in candidates)}, asked)
    return [
        _DEFINITION * c.defines
        + _FILE_WORDS * covered[files[c.row.path]]
        + _SYMBOL_WORDS * covered[c.row.symbol]
        + _NAMED_PLACE * max((_stands_at(place, c.row) for place in question.places), default=0.0)
        for c in candidates
    ]


def _shares(names: set[str], asked: frozenset[str]) -> dict[str, float]:
    """For each name the share of its words that were asked for, whatever their endings."""
    words = {name: word_set(name) for name in names}
    stem_of = stems(frozenset[str]().union(*words.values()))
    telling = {word for word, stem in stem_of.items() if stem in asked}
    return {name: len(held & telling) / (len(held) or 1) for name, held in words.items()}


def _stands_at(place: Place, row: ChunkRow) -> float:
    """From 0 to 1: whether a chunk is of a file that was named, and holds the line that was."""
    asked, path = f"/{place.path}", f"/{row.path}"
    # A traceback has the whole path of another machine.
    if not (path.endswith(asked) or asked.endswith(path)):
        return 0.0
    return 1.0 if row.start_line <= place.line <= row.end_line else 0.5


def _roles(question: Question, candidates: Sequence[Candidate]) -> list[float]:
    """Return what a file's role is worth: nothing less than code where the question asks for that role."""
    paths = {c.row.path for c in candidates}
    old, ports = superseded(paths), ported(paths)
    worth = {
        role: 1.0 if question.mentions(*_ROLE_WORDS.get(role, ())) else prior
        for role, prior in _ROLE_PRIOR.items()
    }
    return [
        worth.get(role_of(c.row.path), 1.0)
        * (_SUPERSEDED if c.row.path in old and not question.mentions(old[c.row.path]) else 1.0)
        * (_PORTED if c.row.path in ports and not question.mentions(*ports[c.row.path]) else 1.0)
        for c in candidates
    ]


def _lifted_by_topic(ordered: Sequence[_Scored]) -> list[_Scored]:
    """Lift the chunks of a file of which several definitions answer, by how far they stand out of the rest.

    Parts of one long definition say nothing more than it says itself.
    """
    if not ordered:
        return []
    top, middle = ordered[0].score, ordered[len(ordered) // 2].score
    symbols: dict[str, set[str]] = defaultdict(set)
    lift: dict[str, float] = defaultdict(float)
    for each in ordered:
        known = symbols[each.row.path]
        if known and each.row.symbol not in known and len(known) <= _TOPIC_DEFINITIONS:
            lift[each.row.path] += max(0.0, each.score - middle) / ((top - middle) or 1.0)
        known.add(each.row.symbol)
    return [_Scored(each.row, each.score * (1 + _TOPIC * lift[each.row.path])) for each in ordered]


def _spread(ordered: Sequence[_Scored]) -> list[_Scored]:
    """Let a file's further chunks count less, and what was already seen under another path."""
    files: set[str] = set()
    slots: set[int] = set()
    spread = []
    for each in ordered:
        factor = _FURTHER_CHUNK if each.row.path in files else 1.0
        factor *= _COPY if each.row.slot in slots else 1.0
        spread.append(_Scored(each.row, each.score * factor))
        files.add(each.row.path)
        slots.add(each.row.slot)
    return spread
