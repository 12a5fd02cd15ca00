"""What a search needs of an index: a stored generation, one merged with unsaved buffers, or some of its sources."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.store.bm25 import Statistics
from fieldguide_indexer.store.queries import ChunkRow, Scope
from fieldguide_indexer.types import Definition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SearchableCatalog(Protocol):
    """The words, names and texts of an index. Each method is described at ``store.queries.CatalogReader``."""

    def match(self, terms: Sequence[str], limit: int, names: Sequence[str] = ()) -> list[tuple[int, float]]:
        """Return the best chunks by their words: (chunk id, BM25 score), best first."""
        ...

    def statistics(self) -> Statistics:
        """Return the numbers that scores are computed from."""
        ...

    def document_frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Return the number of chunks with each stem."""
        ...

    def main_language(self, among: frozenset[str]) -> str:
        """Return the language of most files, "" for none."""
        ...

    def chunk_rows(self, ids: Sequence[int]) -> dict[int, ChunkRow]:
        """Return chunks by id, without their text."""
        ...

    def chunks_of_slots(self, slots: Sequence[int]) -> list[ChunkRow]:
        """Return the chunks that share these vectors."""
        ...

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the texts of chunks by id."""
        ...

    def chunks_holding(self, word: str, limit: int) -> list[tuple[int, str, int]]:
        """Return the chunks with a word, in any case: (chunk id, path, start line)."""
        ...

    def chunks_at(self, path: str, line: int) -> list[int]:
        """Return the chunks with a line of the files whose path is similar to ``path`` at its end."""
        ...

    def chunks_defining(self, names: Sequence[str], limit: int) -> list[tuple[int, str, str]]:
        """Return the chunks where definitions of the names begin: (chunk id, name, symbol)."""
        ...

    def definitions_named(self, names: Sequence[str], limit: int) -> list[Definition]:
        """Return the definitions of the names, in any case."""
        ...

    def definitions_in(self, path: str) -> list[Definition]:
        """Return the definitions of one file, by line."""
        ...

    def scopes(self, paths: Collection[str]) -> dict[str, list[Scope]]:
        """Return the lines of the definitions of files, by path."""
        ...


class SearchableVectors(Protocol):
    """The vectors of an index."""

    def query(self, vector: "NDArray[np.float32]", limit: int) -> list[tuple[int, float]]:
        """Return the slots nearest to a vector of shape (dimension,) with their cosines, best first."""
        ...


class SearchableGeneration(Protocol):
    """A catalog and its vectors. ``problem`` says why the vectors cannot be searched, "" when they can."""

    problem: str

    @property
    def catalog(self) -> SearchableCatalog:
        """The words, names and texts."""
        ...

    @property
    def embedder(self) -> Embedder | None:
        """The embedder of questions; None where there are no vectors."""
        ...

    @property
    def vectors(self) -> SearchableVectors | None:
        """The vectors; None while their store is not open."""
        ...
