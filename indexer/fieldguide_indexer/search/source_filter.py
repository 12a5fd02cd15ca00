"""A view of an index that is limited to some of its sources, for every leg of a search."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.store.bm25 import Statistics
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.queries import ChunkRow, Scope
from fieldguide_indexer.types import Definition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fieldguide_indexer.store.vectors import VectorStore


class FilteredCatalog:
    """The part of a catalog that belongs to some sources. The frequencies of words are those of all sources."""

    def __init__(self, catalog: Catalog, sources: Sequence[str]) -> None:
        self._catalog = catalog
        self._sources = tuple(sources)

    def _has(self, path: str) -> bool:
        return path.partition("/")[0] in self._sources

    def stored_slots(self) -> list[int]:
        """Return the slots of the sources' chunks that have their vector."""
        return self._catalog.slots_below(self._sources)

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """See ``Catalog.document_frequencies``."""
        return self._catalog.document_frequencies(stems)

    def statistics(self) -> Statistics:
        """See ``Catalog.statistics``."""
        return self._catalog.statistics()

    def main_language(self, among: frozenset[str]) -> str:
        """See ``Catalog.main_language``."""
        return self._catalog.main_language(among)

    def match(self, terms: Sequence[str], limit: int, names: Sequence[str] = ()) -> list[tuple[int, float]]:
        """See ``Catalog.match``."""
        return self._catalog.match(terms, limit, names, self._sources)

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """See ``Catalog.chunk_rows``."""
        return {id_: row for id_, row in self._catalog.chunk_rows(ids).items() if self._has(row.path)}

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """See ``Catalog.chunks_of_slots``; another source may have the same text."""
        return [row for row in self._catalog.chunks_of_slots(slots) if self._has(row.path)]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """See ``Catalog.texts``."""
        return self._catalog.texts(ids)

    def chunks_holding(self, word: str, limit: int) -> list[tuple[int, str, int]]:
        """See ``Catalog.chunks_holding``."""
        return self._catalog.chunks_holding(word, limit, self._sources)

    def chunks_at(self, path: str, line: int) -> list[int]:
        """See ``Catalog.chunks_at``."""
        return self._catalog.chunks_at(path, line, self._sources)

    def chunks_defining(self, names: Sequence[str], limit: int) -> list[tuple[int, str, str]]:
        """See ``Catalog.chunks_defining``."""
        return self._catalog.chunks_defining(names, limit, self._sources)

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """See ``Catalog.definitions_named``."""
        return self._catalog.definitions_named(names, limit, self._sources)

    def definitions_in(self, path: str) -> list[Definition]:
        """See ``Catalog.definitions_in``."""
        return self._catalog.definitions_in(path) if self._has(path) else []

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """See ``Catalog.scopes``."""
        return self._catalog.scopes(paths)


class FilteredVectors:
    """The vectors of some sources."""

    def __init__(self, vectors: "VectorStore", catalog: FilteredCatalog) -> None:
        self._vectors = vectors
        self._catalog = catalog

    def query(self, vector: "NDArray[np.float32]", limit: int) -> list[tuple[int, float]]:
        """See ``VectorStore.query``."""
        return self._vectors.query(vector, limit, self._catalog.stored_slots())


class FilteredGeneration:
    """A generation limited to some sources; it is searched like any other."""

    def __init__(self, generation: Generation, sources: Sequence[str]) -> None:
        self._generation = generation
        self.catalog = FilteredCatalog(generation.catalog, sources)

    @property
    def embedder(self) -> Embedder | None:
        """The embedder of the generation."""
        return self._generation.embedder

    @property
    def vectors(self) -> FilteredVectors | None:
        """The vectors; None while their store is not open."""
        vectors = self._generation.vectors
        return None if vectors is None else FilteredVectors(vectors, self.catalog)

    @property
    def problem(self) -> str:
        """Why vectors cannot be made or searched now."""
        return self._generation.problem

    @problem.setter
    def problem(self, sentence: str) -> None:
        self._generation.problem = sentence
