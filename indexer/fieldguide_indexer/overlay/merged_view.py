"""An index as the client sees it that laid unsaved buffers over it: what is asked of it, search and look-up do not notice.

Chunks of buffers have ids below zero, and so have the slots of those whose vector is not stored. A buffer whose text
is what the index holds of its file is not looked at: it says nothing else, and may have been saved just now.
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
    """A buffer as it lies over its file."""

    file: PreparedFile
    postings: Postings

    @classmethod
    def of(cls, file: PreparedFile) -> "Layer":
        """Return the layer of a buffer that was prepared."""
        return cls(file, Postings(file.words))

    @property
    def size(self) -> int:
        """Its characters."""
        return sum(len(chunk.text) for chunk in self.file.chunks)


class MergedCatalog:
    """What a catalog says where no buffer lies, and what the buffers say where they do. As it is at one moment."""

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
                self._add(chunk, self._slots[digest])

    def _slots_of_chunks(self) -> dict[bytes, int]:
        hashes = list(dict.fromkeys(digest for layer in self._layers for digest in layer.file.hashes))
        own = {digest: -number for number, digest in enumerate(hashes, 1)}
        return own | {digest: slot for slot, digest in self._catalog.stored_places(hashes)}

    def _add(self, chunk: Chunk, slot: int) -> None:
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
        )

    def own_slots(self, hashes: Sequence[bytes]) -> dict[int, bytes]:
        """Return the slots below zero of those of the hashes that chunks have here, with the hash of each."""
        return {slot: digest for digest in hashes if (slot := self._slots.get(digest, 0)) < 0}

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """As ``Catalog.document_frequencies``; of words that it does not have, those of the buffers."""
        known = self._catalog.document_frequencies(stems)
        counts = {
            stem: sum(layer.postings.count(stem) for layer in self._layers)
            for stem in stems
            if stem not in known
        }
        return known | {stem: count for stem, count in counts.items() if count}

    def statistics(self) -> Statistics:
        """As ``Catalog.statistics``: a few buffers change nothing."""
        return self._catalog.statistics()

    def main_language(self, among: frozenset[str]) -> str:
        """See ``Catalog.main_language``: a few buffers do not change what most is written in."""
        return self._catalog.main_language(among)

    def match(self, terms: Sequence[str], limit: int, names: Sequence[str] = ()) -> list[tuple[int, float]]:
        """As ``Catalog.match``: the scores of buffers are what they would be if they were saved."""
        stored = self._catalog.match(terms, limit + len(self._hidden), names)
        found = [each for each in stored if each[0] not in self._hidden]
        found += self._match_own([*((term, False) for term in terms), *((name, True) for name in names)])
        return sorted(found, key=lambda each: -each[1])[:limit]

    def _match_own(self, phrases: Sequence[tuple[str, bool]]) -> list[tuple[int, float]]:
        statistics = self._catalog.statistics()
        stem_of = stems(phrase for phrase, _ in phrases if " " not in phrase)
        known = self._catalog.document_frequencies(list(stem_of.values()))

        def held_by(phrase: str, in_names: bool) -> int:
            if in_names or phrase not in stem_of:
                return self._catalog.held_by(phrase, in_names)
            return known.get(stem_of[phrase], 0)

        return [
            (first - number, found)
            for first, layer in zip(self._first, self._layers, strict=True)
            for number, found in score(layer.postings, phrases, statistics, held_by).items()
        ]

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """As ``Catalog.chunk_rows``."""
        stored = self._catalog.chunk_rows([chunk_id for chunk_id in ids if chunk_id > 0])
        own = {chunk_id: self._rows[chunk_id] for chunk_id in ids if chunk_id in self._rows}
        return own | {chunk_id: row for chunk_id, row in stored.items() if row.path not in self._paths}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """As ``Catalog.chunks_of_slots``."""
        wanted = frozenset(slots)
        stored = self._catalog.chunks_of_slots([slot for slot in slots if slot > 0])
        own = [row for row in self._rows.values() if row.slot in wanted]
        return [*own, *(row for row in stored if row.path not in self._paths)]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """As ``Catalog.texts``."""
        stored = self._catalog.texts([chunk_id for chunk_id in ids if chunk_id > 0])
        return stored | {
            chunk_id: self._chunks[chunk_id].text for chunk_id in ids if chunk_id in self._chunks
        }

    def chunks_holding(self, word: str, limit: int) -> list[tuple[int, str, int]]:
        """As ``Catalog.chunks_holding``."""
        lowered = word.lower()
        own = [
            (chunk_id, chunk.path, chunk.start_line)
            for chunk_id, chunk in self._chunks.items()
            if lowered in chunk.text.lower()
        ]
        stored = self._catalog.chunks_holding(word, limit)
        return [*own, *(each for each in stored if each[1] not in self._paths)][:limit]

    def chunks_defining(self, names: Sequence[str], limit: int) -> list[tuple[int, str, str]]:
        """As ``Catalog.chunks_defining``."""
        own = [
            (chunk_id, each.name, each.symbol)
            for each in self._defined(names)
            for chunk_id, chunk in self._chunks.items()
            if chunk.path == each.path and chunk.start_line <= each.start_line <= chunk.end_line
        ]
        stored = self._catalog.chunks_defining(names, limit + len(self._hidden))
        return [*own, *(each for each in stored if each[0] not in self._hidden)][:limit]

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """As ``Catalog.definitions_named``."""
        stored = self._catalog.definitions_named(names, limit + len(self._hidden))
        return [*self._defined(names), *(each for each in stored if each.path not in self._paths)][:limit]

    def _defined(self, names: Sequence[str]) -> list[Definition]:
        lowered = {name.lower() for name in names}
        return [
            each for layer in self._layers for each in layer.file.definitions if each.name.lower() in lowered
        ]

    def definitions_in(self, path: str) -> list[Definition]:
        """As ``Catalog.definitions_in``."""
        for layer in self._layers:
            if layer.file.path == path:
                return sorted(layer.file.definitions, key=lambda each: each.start_line)
        return self._catalog.definitions_in(path)

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """As ``Catalog.scopes``."""
        stored = self._catalog.scopes([path for path in paths if path not in self._paths])
        own = {
            path: [(each.start_line, each.end_line, each.symbol) for each in self.definitions_in(path)]
            for path in self._paths.intersection(paths)
        }
        return stored | own


class MergedVectors:
    """The vectors that are stored, with those of chunks that only buffers hold."""

    def __init__(self, vectors: "VectorStore", own: "Mapping[int, NDArray[np.float32]]") -> None:
        self._vectors = vectors
        self._own = own

    def query(self, vector: "NDArray[np.float32]", limit: int) -> list[tuple[int, float]]:
        """As ``VectorStore.query``."""
        stored = self._vectors.query(vector, limit)
        length = float((vector @ vector) ** 0.5) or 1.0
        own = [(slot, float(vector @ each) / length) for slot, each in self._own.items()]
        return sorted([*stored, *own], key=lambda each: -each[1])[:limit]


class MergedGeneration:
    """A generation under the buffers of a client; searched as any other."""

    def __init__(
        self, generation: Generation, catalog: MergedCatalog, own: "Mapping[bytes, NDArray[np.float32]]"
    ) -> None:
        self._generation = generation
        self.catalog = catalog
        self._own = own

    @property
    def embedder(self) -> Embedder | None:
        """What makes the vectors."""
        return self._generation.embedder

    @property
    def vectors(self) -> MergedVectors | None:
        """The vectors; None while none are stored."""
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


AnyGeneration = Generation | MergedGeneration
