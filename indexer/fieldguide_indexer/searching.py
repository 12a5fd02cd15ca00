"""Searching a generation: ask every leg, fuse, fetch the texts of what is shown."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generation import Generation
from fieldguide_indexer.question import Question, read_question
from fieldguide_indexer.ranking import Candidate, rank
from fieldguide_indexer.roles import is_within
from fieldguide_indexer.store.catalog import Catalog, ChunkRow
from fieldguide_indexer.store.lexical import stems
from fieldguide_indexer.types import Hit

logger = logging.getLogger(__name__)

_LEXICAL_CANDIDATES = 150
_VECTOR_CANDIDATES = 100
_MOST_WORDS = 32
_COMMON_SHARE = 0.4
_NAMED_DEFINITIONS = 30


def search(generation: Generation, text: str, limit: int, within: str) -> list[Hit]:
    """The chunks that answer a question best, no more than ``limit``, best first."""
    question = read_question(text)
    candidates = [c for c in _candidates(generation, question) if is_within(c.row.path, within)]
    ranked = rank(question, candidates, limit)
    texts = generation.catalog.texts([row.id for row, _ in ranked])
    return [_hit(row, score, texts[row.id]) for row, score in ranked if row.id in texts]


def _hit(row: ChunkRow, score: float, text: str) -> Hit:
    return Hit(row.path, row.start_line, row.end_line, round(score, 4), row.symbol, row.kind, text)


def _candidates(generation: Generation, question: Question) -> list[Candidate]:
    lexical = dict(
        generation.catalog.match(_telling_words(generation.catalog, question), _LEXICAL_CANDIDATES)
    )
    nearest = _nearest(generation, question)
    defining = set(_defining_chunks(generation.catalog, question))
    rows = generation.catalog.chunk_rows([*lexical, *(defining - lexical.keys())])
    found = {row.id: Candidate(row, lexical=lexical.get(row.id, 0.0)) for row in rows.values()}
    for row in generation.catalog.chunks_of_slots(list(nearest)):
        known = found.get(row.id, Candidate(row))
        found[row.id] = replace(known, cosine=nearest[row.slot])
    return [replace(c, defines=True) if c.row.id in defining else c for c in found.values()]


def _telling_words(catalog: Catalog, question: Question) -> list[str]:
    """The rarest words of a question: a word that stands in half of all chunks tells nothing and costs most."""
    words = [word for word in question.words if word.isascii() or word.isalnum()]
    stem_of = stems(words)
    frequencies = catalog.document_frequencies(list(stem_of.values()))
    found = [word for word in words if frequencies.get(stem_of.get(word, word), 0)]
    rare = sorted(found, key=lambda word: frequencies[stem_of[word]])
    common = max(50, _COMMON_SHARE * catalog.chunk_count())
    telling = [word for word in rare if frequencies[stem_of[word]] <= common]
    return (telling or rare)[:_MOST_WORDS]


def _nearest(generation: Generation, question: Question) -> dict[int, float]:
    """Slots near in meaning; none while there are no vectors, or when the embedding fails."""
    if generation.embedder is None or generation.vectors is None or not question.words:
        return {}
    try:
        vector = generation.embedder.embed_query(question.text)
        return dict(generation.vectors.query(vector, _VECTOR_CANDIDATES))
    except FieldguideError as error:
        logger.warning("Searching without vectors: %s", error)
        generation.problem = str(error)
        return {}


def _defining_chunks(catalog: Catalog, question: Question) -> Iterable[int]:
    if not question.identifiers:
        return
    for definition in catalog.definitions_named(question.identifiers, _NAMED_DEFINITIONS):
        chunk_id = catalog.chunk_at(definition.path, definition.start_line)
        if chunk_id is not None:
            yield chunk_id
