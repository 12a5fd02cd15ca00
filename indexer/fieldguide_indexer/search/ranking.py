"""Fusion and re-ranking of candidates. Pure functions.

The score of a chunk is the product of four factors:

    evidence    the scores of the two retrievers, BM25 over words and cosine over vectors, each relative to its best
    naming      whether the query names what the chunk defines, or its file
    role        the role of the file; tests, for example, answer less often than code
    topic       how many other chunks of the file answer, too: the file is then the topic of the query

The best chunk of a file counts in full and its others less, so that results come from several files.

The constants were chosen with queries over some twenty repositories in eleven languages; the optimum is flat.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fieldguide_indexer.search.file_roles import Role, ported, role_of, superseded
from fieldguide_indexer.search.query import Query, word_set
from fieldguide_indexer.store.lexical import stems
from fieldguide_indexer.store.queries import ChunkRow

# Vectors find the right file more often than words do, except for a bare name.
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

# What is asked for literally comes first: a line, else the number of literals in a chunk, last those in change logs.
_MENTIONED_LINE, _LITERAL_IN_HISTORY = 100.0, 0.1

# Each of up to three other definitions of a file can raise its score by a quarter.
_TOPIC, _TOPIC_DEFINITIONS = 0.25, 3
_FURTHER_CHUNK, _COPY = 0.3, 0.5


class Candidate(NamedTuple):
    """A chunk with its BM25 score and its cosine; 0 if the retriever did not find it.

    ``defines`` is, from 0 to 1, how certainly the query names what the chunk defines; ``literal`` is the number of the
    query's literals that it contains, half for one that is written in another way.
    """

    row: ChunkRow
    lexical: float = 0.0
    cosine: float = 0.0
    defines: float = 0.0
    literal: float = 0.0


class _Scored(NamedTuple):
    """A chunk with its score so far."""

    row: ChunkRow
    score: float


def rank(query: Query, candidates: Sequence[Candidate], limit: int) -> list[tuple[ChunkRow, float]]:
    """Return at most ``limit`` chunks with their scores, best first."""
    evidence = _evidence(query, candidates)
    naming = _naming(query, candidates)
    roles = _role_factors(query, candidates)
    scored = [
        _Scored(candidate.row, match * (1 + named) * role)
        for candidate, match, named, role in zip(candidates, evidence, naming, roles, strict=True)
    ]
    ranked = _spread(_by_score(_lifted_by_topic(_by_score(scored))))
    exact = _put_first(ranked, _tiers(query, candidates))
    return [(each.row, each.score) for each in _by_score(exact)[:limit]]


def _tiers(query: Query, candidates: Sequence[Candidate]) -> dict[int, float]:
    """Return the chunks, by id, that come before all others, with how far: those with a mentioned line or a literal.

    Change logs repeat the literals of code and config, and come after these.
    """
    named = _named_places(query, candidates)
    tiers = {c.row.id: c.literal for c in candidates if c.literal}
    if not query.mentions(*_ROLE_WORDS[Role.HISTORY]):
        tiers |= {
            c.row.id: _LITERAL_IN_HISTORY
            for c in candidates
            if c.literal and role_of(c.row.path, c.row.evidence) is Role.HISTORY
        }
    return tiers | {c.row.id: _MENTIONED_LINE for c in candidates if named[c.row.id] == 1.0}


def _put_first(ranked: Sequence[_Scored], tiers: Mapping[int, float]) -> list[_Scored]:
    """Raise the scores of the chunks of each tier above those of the tier below."""
    if not tiers:
        return list(ranked)
    top = max(each.score for each in ranked)
    steps = {tier: number for number, tier in enumerate(sorted(set(tiers.values())), 1)}
    return [
        _Scored(
            each.row, each.score + top * steps[tiers[each.row.id]] if each.row.id in tiers else each.score
        )
        for each in ranked
    ]


def _by_score(scored: Sequence[_Scored]) -> list[_Scored]:
    return sorted(scored, key=lambda each: (-each.score, each.row.path, each.row.start_line))


def _evidence(query: Query, candidates: Sequence[Candidate]) -> list[float]:
    """Return the evidence of each candidate, from 0 to 1. The cosine of those not found by vectors is at most the lowest."""
    best_lexical = max((c.lexical for c in candidates), default=0.0) or 1.0
    cosines = [c.cosine for c in candidates if c.cosine > 0]
    if not cosines:
        return [c.lexical / best_lexical for c in candidates]
    weight = _SYMBOL_VECTOR_WEIGHT if query.is_symbol else _VECTOR_WEIGHT
    nearest, farthest = max(cosines), min(cosines)
    return [
        (1 - weight) * c.lexical / best_lexical + weight * max(c.cosine, farthest) / nearest
        for c in candidates
    ]


def _naming(query: Query, candidates: Sequence[Candidate]) -> list[float]:
    files = {c.row.path: c.row.path.rpartition("/")[2].partition(".")[0] for c in candidates}
    query_stems = frozenset(stems(query.words).values())
    named = _named_places(query, candidates)
    covered = _shares({*files.values(), *(c.row.symbol for c in candidates)}, query_stems)
    return [
        _DEFINITION * c.defines
        + _FILE_WORDS * covered[files[c.row.path]]
        + _SYMBOL_WORDS * covered[c.row.symbol]
        + _NAMED_PLACE * named[c.row.id]
        for c in candidates
    ]


def _shares(names: set[str], query_stems: frozenset[str]) -> dict[str, float]:
    """Return, for each name, the share of its words whose stems are in the query."""
    words = {name: word_set(name) for name in names}
    stem_of = stems(frozenset[str]().union(*words.values()))
    matching = {word for word, stem in stem_of.items() if stem in query_stems}
    return {name: len(parts & matching) / (len(parts) or 1) for name, parts in words.items()}


def _named_places(query: Query, candidates: Sequence[Candidate]) -> dict[int, float]:
    """Return, for each chunk by id, 1 if it has a line that is mentioned, 0.5 if its file is mentioned, else 0.

    Of several files that may be meant, those whose paths agree most are.
    """
    named = {c.row.id: 0.0 for c in candidates}
    paths = {c.row.path for c in candidates}
    for place in query.places:
        agreements = {path: agreement for path in paths if (agreement := place.agreement(path))}
        best = max(agreements.values(), default=0)
        for row in (c.row for c in candidates if agreements.get(c.row.path) == best):
            is_inside = row.start_line <= place.line <= row.end_line
            named[row.id] = max(named[row.id], 1.0 if is_inside else 0.5)
    return named


def _role_factors(query: Query, candidates: Sequence[Candidate]) -> list[float]:
    """Return the factor for the role of each candidate's file; 1 if the query mentions that role."""
    paths = {c.row.path for c in candidates}
    old, ports = superseded(paths), ported(paths)
    factors = {
        role: 1.0 if query.mentions(*_ROLE_WORDS.get(role, ())) else prior
        for role, prior in _ROLE_PRIOR.items()
    }
    return [
        factors.get(role_of(c.row.path), 1.0)
        * (_SUPERSEDED if c.row.path in old and not query.mentions(old[c.row.path]) else 1.0)
        * (_PORTED if c.row.path in ports and not query.mentions(*ports[c.row.path]) else 1.0)
        for c in candidates
    ]


def _lifted_by_topic(ordered: Sequence[_Scored]) -> list[_Scored]:
    """Raise the chunks of files with several matching definitions, by how far these are above the median score.

    Parts of one long definition count once.
    """
    if not ordered:
        return []
    top, middle = ordered[0].score, ordered[len(ordered) // 2].score
    symbols: dict[str, set[str]] = defaultdict(set)
    lift: dict[str, float] = defaultdict(float)
    for each in ordered:
        seen = symbols[each.row.path]
        if seen and each.row.symbol not in seen and len(seen) <= _TOPIC_DEFINITIONS:
            lift[each.row.path] += max(0.0, each.score - middle) / ((top - middle) or 1.0)
        seen.add(each.row.symbol)
    return [_Scored(each.row, each.score * (1 + _TOPIC * lift[each.row.path])) for each in ordered]


def _spread(ordered: Sequence[_Scored]) -> list[_Scored]:
    """Lower the scores of a file's further chunks, and of copies of a chunk under another path."""
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
