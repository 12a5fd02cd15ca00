"""Search in a generation: query each retriever, rank the candidates, fetch the texts of the hits."""

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING

from fieldguide_indexer.chunking.languages import PROGRAMMING_LANGUAGES
from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.search.file_roles import is_within
from fieldguide_indexer.search.literals import holds_literally
from fieldguide_indexer.search.query import Query, name_parts, parse_query
from fieldguide_indexer.search.ranking import Candidate, rank
from fieldguide_indexer.search.searchable import SearchableCatalog, SearchableGeneration
from fieldguide_indexer.store.lexical import query_words, stems, words_of
from fieldguide_indexer.store.queries import ChunkRow
from fieldguide_indexer.types import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# Candidates of each retriever; more of them if some are filtered out afterwards.
_CANDIDATES, _CANDIDATES_FILTERED = 200, 800
_MAX_WORDS = 32
# Summed over the words: some 6 ms, a quarter of it for names. Higher limits do not improve the results.
_CHUNKS_SCORED, _CHUNKS_READ = 12_000, 24_000
_MAX_DEFINING_CHUNKS = 200
# Chunks with the words of a literal, and how many of them are compared with it as it is written.
_MAX_LITERAL_CHUNKS, _MAX_COMPARED = 200, 64
_MAX_PLACES = 16


def search(generation: SearchableGeneration, text: str, limit: int, within: str) -> list[Hit]:
    """Return at most ``limit`` hits for a query, best first."""
    query = parse_query(text)
    breadth = _CANDIDATES if within == "all" else _CANDIDATES_FILTERED
    unfiltered, full_score = _candidates(generation, query, breadth)
    candidates = [c for c in unfiltered if is_within(c.row.path, within)]
    ranked = rank(query, candidates, limit)
    texts = generation.catalog.texts([row.id for row, _ in ranked])
    evidence = {c.row.id: (min(1.0, c.lexical / full_score), c.cosine) for c in candidates}
    return [_hit(row, score, texts[row.id], evidence[row.id]) for row, score in ranked if row.id in texts]


def _hit(row: ChunkRow, score: float, text: str, evidence: tuple[float, float]) -> Hit:
    numbers = [round(number, 4) for number in (score, *evidence)]
    return Hit(row.path, row.start_line, row.end_line, numbers[0], row.symbol, row.kind, text, *numbers[1:])


def _candidates(
    generation: SearchableGeneration, query: Query, breadth: int
) -> tuple[list[Candidate], float]:
    """Return the candidates of all retrievers, and the BM25 score of a chunk with all words of the query."""
    catalog = generation.catalog
    # Both retrievers release the interpreter lock: in parallel they take as long as the slower one.
    with ThreadPoolExecutor(1, "vectors") as executor:
        nearest = executor.submit(_nearest_chunks, generation, query, breadth)
        frequencies = _frequencies(catalog, query)
        words, names = _search_words(catalog, query, frequencies)
        lexical = dict(catalog.match([*words, *query.phrases], breadth, names))
        defining = _defining_chunks(catalog, query)
        literal = _literal_chunks(catalog, query)
        placed = _placed_chunks(catalog, query)
    near = nearest.result()
    found = lexical.keys() | defining.keys() | literal.keys() | placed
    others = catalog.chunk_rows([each for each in found if each not in near])
    candidates = [
        Candidate(row, lexical.get(row.id, 0.0), cosine, defining.get(row.id, 0.0), literal.get(row.id, 0.0))
        for row, cosine in (*near.values(), *((row, 0.0) for row in others.values()))
    ]
    return candidates, _full_score(catalog, query, frequencies)


def _nearest_chunks(
    generation: SearchableGeneration, query: Query, breadth: int
) -> dict[int, tuple[ChunkRow, float]]:
    """Return the chunks with the nearest vectors, by id, each with its cosine."""
    nearest = _nearest(generation, query, breadth)
    rows = generation.catalog.chunks_of_slots(list(nearest))
    return {row.id: (row, nearest[row.slot]) for row in rows}


def _frequencies(catalog: SearchableCatalog, query: Query) -> dict[str, int]:
    """Return the number of chunks that contain each word of a query."""
    stem_of = stems(query.words)
    frequencies = catalog.document_frequencies(list(stem_of.values()))
    return {word: frequencies.get(stem, 0) for word, stem in stem_of.items()}


def _full_score(catalog: SearchableCatalog, query: Query, frequencies: Mapping[str, int]) -> float:
    """Return the BM25 score of a chunk with all words of the query, including those that no chunk contains."""
    return catalog.statistics().most(frequencies[word] for word in query.words[:_MAX_WORDS]) or 1.0


def _search_words(
    catalog: SearchableCatalog, query: Query, frequencies: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Return the words to search everywhere, rarest first, and those to search in names only.

    The cost of a word grows with the number of chunks that contain it, and common words discriminate least: in a large index
    they are only searched in names, where they are rare, or not at all. Words of the title count twice.
    """
    existing = [word for word in _content_words(catalog, query) if frequencies[word]]
    title = frozenset(query_words(query.title)) if query.has_title else frozenset()
    rare = sorted(existing[:_MAX_WORDS], key=frequencies.__getitem__)
    sums = list(accumulate(frequencies[word] for word in rare))
    anywhere = max(1, bisect_right(sums, _CHUNKS_SCORED))
    words, names = rare[:anywhere], rare[anywhere : bisect_right(sums, _CHUNKS_READ)]
    return [*words, *(word for word in words if word in title)], names


def _content_words(catalog: SearchableCatalog, query: Query) -> Sequence[str]:
    """Return the words of a query without the name of the project's main language, which does not discriminate."""
    if PROGRAMMING_LANGUAGES.isdisjoint(query.words):
        return query.words
    language = catalog.main_language(PROGRAMMING_LANGUAGES)
    return [word for word in query.words if word != language] or query.words


def _nearest(generation: SearchableGeneration, query: Query, breadth: int) -> dict[int, float]:
    """Return the slots of the nearest vectors with their cosines; empty if there are no vectors or the embedding fails."""
    if generation.embedder is None or generation.vectors is None or not query.words:
        return {}
    try:
        return dict(generation.vectors.query(_query_vector(generation.embedder, query), breadth))
    except FieldguideError as error:
        logger.warning("Searching without vectors: %s", error)
        generation.problem = str(error)
        return {}


def _query_vector(embedder: Embedder, query: Query) -> "NDArray[np.float32]":
    """Return the vector of a query, of shape (dimension,). A title counts twice."""
    vector = embedder.embed_query(query.text)
    if not query.has_title:
        return vector
    return vector + embedder.embed_query(query.title)


def _defining_chunks(catalog: SearchableCatalog, query: Query) -> dict[int, float]:
    """Return the chunks that define a name in the query, each with the certainty that this name is meant."""
    names = {part for identifier in query.identifiers for part in name_parts(identifier)}
    certainty: dict[int, float] = {}
    for chunk_id, name, symbol in catalog.chunks_defining(sorted(names), _MAX_DEFINING_CHUNKS):
        certainty[chunk_id] = max(certainty.get(chunk_id, 0.0), query.means(name, symbol))
    return certainty


def _placed_chunks(catalog: SearchableCatalog, query: Query) -> set[int]:
    """Return the chunks with the lines that the query mentions, of files that may be meant."""
    lines = [place for place in query.places if place.line][:_MAX_PLACES]
    return {chunk_id for place in lines for chunk_id in catalog.chunks_at(place.path, place.line)}


def _literal_chunks(catalog: SearchableCatalog, query: Query) -> dict[int, float]:
    """Return the chunks with all words of literals in a row: 1 for each literal, 0.5 if it is written in another way."""
    held: dict[int, float] = defaultdict(float)
    for literal in query.literals:
        words = words_of(literal)
        if not words or _is_too_common(catalog, words):
            continue
        found = [chunk_id for chunk_id, _ in catalog.match([words], _MAX_LITERAL_CHUNKS)]
        is_plain = all(character.isalnum() or character in "_ " for character in literal)
        texts = {} if is_plain else catalog.texts(found[:_MAX_COMPARED])
        for chunk_id in found:
            held[chunk_id] += 1.0 if is_plain or holds_literally(texts.get(chunk_id, ""), literal) else 0.5
    return dict(held)


def _is_too_common(catalog: SearchableCatalog, words: str) -> bool:
    """Return whether even the rarest of some words is in more chunks than a search may read."""
    stem_of = frozenset(stems(words.split()).values())
    frequencies = catalog.document_frequencies(list(stem_of))
    return min(frequencies.get(stem, 0) for stem in stem_of) > _CHUNKS_READ
