"""An index merged with the unsaved buffers of a client, with the same interface for search and look-up.

Chunks of buffers have negative ids, and those whose vector is not stored have negative slots. A buffer with the same
text as the index has of its file is left out: it may have just been saved.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.store.bm25 import Postings, Statistics, score
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.lexical import stems
from fieldguide_indexer.store.queries import ChunkRow, Scope
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Chunk, Definition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fieldguide_indexer.store.vectors import VectorStore


@dataclass(frozen=True, slots=True)
class Layer:
    """A buffer in place of its file."""

    file: PreparedFile
    postings: Postings

    @classmethod
    def of(cls, file: PreparedFile) -> "Layer":
        """Return the layer of a prepared buffer."""
        return cls(file, Postings(file.words))

    @property
    def size(self) -> int:
        """Its size in characters."""
        return sum(len(chunk.text) for chunk in self.file.chunks)


class MergedCatalog:
    """A catalog in which the buffers replace their files, as they were at one moment."""

    def __init__(self, catalog: Catalog, layers: Sequence[Layer]) -> None:
        self._catalog = catalog
        self._layers = layers
        self._paths = frozenset(layer.file.path for layer in layers)
        self._hidden = catalog.chunk_ids(list(self._paths))
        self._chunks: dict[int, Chunk] = {}
        self._rows: dict[int, ChunkRow] = {}
        self._first: list[int] = []
        self._slots = self._slots_of_chunks()
        for layer in layers:
            self._first.append(-len(self._rows) - 1)
            for chunk, digest in zip(layer.file.chunks, layer.file.hashes, strict=True):
                self._add(chunk, self._slots[digest], layer.file.evidence)

    def _slots_of_chunks(self) -> dict[bytes, int]:
        hashes = list(dict.fromkeys(digest for layer in self._layers for digest in layer.file.hashes))
        own = {digest: -number for number, digest in enumerate(hashes, 1)}
        return own | {digest: slot for slot, digest in self._catalog.stored_places(hashes)}

    def _add(self, chunk: Chunk, slot: int, evidence: str) -> None:
        chunk_id = -len(self._rows) - 1
        self._chunks[chunk_id] = chunk
        self._rows[chunk_id] = ChunkRow(
            chunk_id,
            chunk.path,
            chunk.start_line,
            chunk.end_line,
            chunk.kind,
            chunk.symbol,
            chunk.language,
            slot,
            evidence,
        )

    def own_slots(self, hashes: Sequence[bytes]) -> dict[int, bytes]:
        """Return the negative slots of the chunks with these hashes, with the hash of each."""
        return {slot: digest for digest in hashes if (slot := self._slots.get(digest, 0)) < 0}

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """See ``Catalog.document_frequencies``. Words that it does not have are counted in the buffers."""
        stored = self._catalog.document_frequencies(stems)
        counts = {
            stem: sum(layer.postings.count(stem) for layer in self._layers)
            for stem in stems
            if stem not in stored
        }
        return stored | {stem: count for stem, count in counts.items() if count}

    def statistics(self) -> Statistics:
        """See ``Catalog.statistics``; a few buffers do not change them."""
        return self._catalog.statistics()

    def main_language(self, among: frozenset[str]) -> str:
        """See ``Catalog.main_language``; a few buffers do not change it."""
        return self._catalog.main_language(among)

    def match(self, terms: Sequence[str], limit: int, names: Sequence[str] = ()) -> list[tuple[int, float]]:
        """See ``Catalog.match``. Buffers have the scores that they would have if they were saved."""
        stored = self._catalog.match(terms, limit + len(self._hidden), names)
        found = [each for each in stored if each[0] not in self._hidden]
        found += self._match_own([*((term, False) for term in terms), *((name, True) for name in names)])
        return sorted(found, key=lambda each: -each[1])[:limit]

    def _match_own(self, phrases: Sequence[tuple[str, bool]]) -> list[tuple[int, float]]:
        statistics = self._catalog.statistics()
        stem_of = stems(phrase for phrase, _ in phrases if " " not in phrase)
        frequencies = self._catalog.document_frequencies(list(stem_of.values()))

        def held_by(phrase: str, in_names: bool) -> int:
            if in_names or phrase not in stem_of:
                return self._catalog.held_by(phrase, in_names)
            return frequencies.get(stem_of[phrase], 0)

        return [
            (first - number, found)
            for first, layer in zip(self._first, self._layers, strict=True)
            for number, found in score(layer.postings, phrases, statistics, held_by).items()
        ]

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """See ``Catalog.chunk_rows``."""
        stored = self._catalog.chunk_rows([chunk_id for chunk_id in ids if chunk_id > 0])
        own = {chunk_id: self._rows[chunk_id] for chunk_id in ids if chunk_id in self._rows}
        return own | {chunk_id: row for chunk_id, row in stored.items() if row.path not in self._paths}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """See ``Catalog.chunks_of_slots``."""
        requested = frozenset(slots)
        stored = self._catalog.chunks_of_slots([slot for slot in slots if slot > 0])
        own = [row for row in self._rows.values() if row.slot in requested]
        return [*own, *(row for row in stored if row.path not in self._paths)]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """See ``Catalog.texts``."""
        stored = self._catalog.texts([chunk_id for chunk_id in ids if chunk_id > 0])
        return stored | {
            chunk_id: self._chunks[chunk_id].text for chunk_id in ids if chunk_id in self._chunks
        }

    def chunks_holding(self, word: str, limit: int) -> list[tuple[int, str, int]]:
        """See ``Catalog.chunks_holding``."""
        lowered = word.lower()
        own = [
            (chunk_id, chunk.path, chunk.start_line)
            for chunk_id, chunk in self._chunks.items()
            if lowered in chunk.text.lower()
        ]
        stored = self._catalog.chunks_holding(word, limit)
        return [*own, *(each for each in stored if each[1] not in self._paths)][:limit]

    def chunks_at(self, path: str, line: int) -> list[int]:
        """See ``Catalog.chunks_at``."""
        name = path.rpartition("/")[2]
        own = [
            chunk_id
            for chunk_id, chunk in self._chunks.items()
            if chunk.path.rpartition("/")[2] == name and chunk.start_line <= line <= chunk.end_line
        ]
        stored = self._catalog.chunks_at(path, line)
        return [*own, *(chunk_id for chunk_id in stored if chunk_id not in self._hidden)]

    def chunks_defining(self, names: Sequence[str], limit: int) -> list[tuple[int, str, str]]:
        """See ``Catalog.chunks_defining``."""
        own = [
            (chunk_id, each.name, each.symbol)
            for each in self._defined(names)
            for chunk_id, chunk in self._chunks.items()
            if chunk.path == each.path and chunk.start_line <= each.start_line <= chunk.end_line
        ]
        stored = self._catalog.chunks_defining(names, limit + len(self._hidden))
        return [*own, *(each for each in stored if each[0] not in self._hidden)][:limit]

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """See ``Catalog.definitions_named``."""
        stored = self._catalog.definitions_named(names, limit + len(self._hidden))
        return [*self._defined(names), *(each for each in stored if each.path not in self._paths)][:limit]

    def _defined(self, names: Sequence[str]) -> list[Definition]:
        lowered = {name.lower() for name in names}
        return [
            each for layer in self._layers for each in layer.file.definitions if each.name.lower() in lowered
        ]

    def definitions_in(self, path: str) -> list[Definition]:
        """See ``Catalog.definitions_in``."""
        for layer in self._layers:
            if layer.file.path == path:
                return sorted(layer.file.definitions, key=lambda each: each.start_line)
        return self._catalog.definitions_in(path)

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """See ``Catalog.scopes``."""
        stored = self._catalog.scopes([path for path in paths if path not in self._paths])
        own = {
            path: [(each.start_line, each.end_line, each.symbol) for each in self.definitions_in(path)]
            for path in self._paths.intersection(paths)
        }
        return stored | own


class MergedVectors:
    """The stored vectors, and those of chunks that only buffers have."""

    def __init__(self, vectors: "VectorStore", own: "Mapping[int, NDArray[np.float32]]") -> None:
        self._vectors = vectors
        self._own = own

    def query(self, vector: "NDArray[np.float32]", limit: int) -> list[tuple[int, float]]:
        """See ``VectorStore.query``."""
        stored = self._vectors.query(vector, limit)
        length = float((vector @ vector) ** 0.5) or 1.0
        own = [(slot, float(vector @ each) / length) for slot, each in self._own.items()]
        return sorted([*stored, *own], key=lambda each: -each[1])[:limit]


class MergedGeneration:
    """A generation merged with the buffers of a client; it is searched like any other."""

    def __init__(
        self, generation: Generation, catalog: MergedCatalog, own: "Mapping[bytes, NDArray[np.float32]]"
    ) -> None:
        self._generation = generation
        self.catalog = catalog
        self._own = own

    @property
    def embedder(self) -> Embedder | None:
        """The embedder of the generation."""
        return self._generation.embedder

    @property
    def vectors(self) -> MergedVectors | None:
        """The vectors; None while the store is not open."""
        vectors = self._generation.vectors
        if vectors is None:
            return None
        slots = self.catalog.own_slots(list(self._own))
        return MergedVectors(vectors, {slot: self._own[digest] for slot, digest in slots.items()})

    @property
    def problem(self) -> str:
        """Why vectors cannot be made or searched now."""
        return self._generation.problem

    @problem.setter
    def problem(self, sentence: str) -> None:
        self._generation.problem = sentence
