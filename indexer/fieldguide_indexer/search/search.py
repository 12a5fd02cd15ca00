"""Searching a generation: ask every leg, fuse, fetch the texts of what is shown."""

import logging
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING

from fieldguide_indexer.chunking.languages import PROGRAMMING_LANGUAGES
from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.search.file_roles import is_within
from fieldguide_indexer.search.query import Question, name_parts, read_question
from fieldguide_indexer.search.ranking import Candidate, rank
from fieldguide_indexer.search.source_filter import AnyCatalog, AnyGeneration
from fieldguide_indexer.store.lexical import question_words, stems
from fieldguide_indexer.store.queries import ChunkRow
from fieldguide_indexer.types import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# How many each leg finds; more of them where part of what is found is left out again.
_CANDIDATES, _CANDIDATES_OF_A_PART = 200, 800
_MOST_WORDS = 32
# Of all words together, counted once a word: some 6 ms, and a quarter of it for names. More finds no more.
_CHUNKS_SCORED, _CHUNKS_READ = 12_000, 24_000
_NAMED_DEFINITIONS = 200


def search(generation: AnyGeneration, text: str, limit: int, within: str) -> list[Hit]:
    """Return the chunks that answer a question best, no more than ``limit``, best first."""
    question = read_question(text)
    breadth = _CANDIDATES if within == "all" else _CANDIDATES_OF_A_PART
    found, whole = _candidates(generation, question, breadth)
    candidates = [c for c in found if is_within(c.row.path, within)]
    ranked = rank(question, candidates, limit)
    texts = generation.catalog.texts([row.id for row, _ in ranked])
    evidence = {c.row.id: (min(1.0, c.lexical / whole), c.cosine) for c in candidates}
    return [_hit(row, score, texts[row.id], evidence[row.id]) for row, score in ranked if row.id in texts]


def _hit(row: ChunkRow, score: float, text: str, evidence: tuple[float, float]) -> Hit:
    numbers = [round(number, 4) for number in (score, *evidence)]
    return Hit(row.path, row.start_line, row.end_line, numbers[0], row.symbol, row.kind, text, *numbers[1:])


def _candidates(generation: AnyGeneration, question: Question, breadth: int) -> tuple[list[Candidate], float]:
    """Return what each leg finds, and the BM25 of a chunk that held the whole question."""
    catalog = generation.catalog
    # Both legs let go of the interpreter while they work: side by side they take as long as the slower.
    with ThreadPoolExecutor(1, "meaning") as beside:
        meaning = beside.submit(_near_in_meaning, generation, question, breadth)
        held_by = _holders(catalog, question)
        words, names = _telling_words(catalog, question, held_by)
        lexical = dict(catalog.match([*words, *question.phrases], breadth, names))
        defining = _defining_chunks(catalog, question)
    near = meaning.result()
    others = catalog.chunk_rows([each for each in lexical.keys() | defining.keys() if each not in near])
    candidates = [
        Candidate(row, lexical.get(row.id, 0.0), cosine, defining.get(row.id, 0.0))
        for row, cosine in (*near.values(), *((row, 0.0) for row in others.values()))
    ]
    return candidates, _whole_question(catalog, question, held_by)


def _near_in_meaning(
    generation: AnyGeneration, question: Question, breadth: int
) -> dict[int, tuple[ChunkRow, float]]:
    """Return the chunks near in meaning, by id, each with its cosine."""
    nearest = _nearest(generation, question, breadth)
    rows = generation.catalog.chunks_of_slots(list(nearest))
    return {row.id: (row, nearest[row.slot]) for row in rows}


def _holders(catalog: AnyCatalog, question: Question) -> dict[str, int]:
    """In how many chunks each word of a question stands."""
    stem_of = stems(question.words)
    frequencies = catalog.document_frequencies(list(stem_of.values()))
    return {word: frequencies.get(stem, 0) for word, stem in stem_of.items()}


def _whole_question(catalog: AnyCatalog, question: Question, held_by: Mapping[str, int]) -> float:
    """Return the BM25 of a chunk that held every word of the question, those too that no chunk holds."""
    return catalog.statistics().most(held_by[word] for word in question.words[:_MOST_WORDS]) or 1.0


def _telling_words(
    catalog: AnyCatalog, question: Question, held_by: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Return the words to look for anywhere, the rarest first, and those to look for in names only.

    Scoring costs by the chunks that hold a word, and a common word tells least: in a large index it is worth its
    price in names, where it stands seldom, or not at all. Of several lines the first counts twice.
    """
    found = [word for word in _subject(catalog, question) if held_by[word]]
    title = frozenset(question_words(question.title)) if question.has_title else frozenset()
    rare = sorted(found[:_MOST_WORDS], key=held_by.__getitem__)
    sums = list(accumulate(held_by[word] for word in rare))
    anywhere = max(1, bisect_right(sums, _CHUNKS_SCORED))
    words, names = rare[:anywhere], rare[anywhere : bisect_right(sums, _CHUNKS_READ)]
    return [*words, *(word for word in words if word in title)], names


def _subject(catalog: AnyCatalog, question: Question) -> Sequence[str]:
    """Return the words of a question but the name of the language that most here is written in: it tells nothing."""
    if PROGRAMMING_LANGUAGES.isdisjoint(question.words):
        return question.words
    language = catalog.main_language(PROGRAMMING_LANGUAGES)
    return [word for word in question.words if word != language] or question.words


def _nearest(generation: AnyGeneration, question: Question, breadth: int) -> dict[int, float]:
    """Return slots near in meaning; none while there are no vectors, or when the embedding fails."""
    if generation.embedder is None or generation.vectors is None or not question.words:
        return {}
    try:
        return dict(generation.vectors.query(_meaning(generation.embedder, question), breadth))
    except FieldguideError as error:
        logger.warning("Searching without vectors: %s", error)
        generation.problem = str(error)
        return {}


def _meaning(embedder: Embedder, question: Question) -> "NDArray[np.float32]":
    """Return the question's direction (dimension,). Of several lines the first counts twice: the others are about it."""
    vector = embedder.embed_query(question.text)
    if not question.has_title:
        return vector
    return vector + embedder.embed_query(question.title)


def _defining_chunks(catalog: AnyCatalog, question: Question) -> dict[int, float]:
    """Return the chunks that define a name of the question, and how surely it is that name that is meant."""
    names = {part for identifier in question.identifiers for part in name_parts(identifier)}
    sure: dict[int, float] = {}
    for chunk_id, name, symbol in catalog.chunks_defining(sorted(names), _NAMED_DEFINITIONS):
        sure[chunk_id] = max(sure.get(chunk_id, 0.0), question.means(name, symbol))
    return sure
