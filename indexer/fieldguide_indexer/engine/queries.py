"""The questions that an index answers from its serving generation, seen through a client's unsaved buffers."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.generations.generation import Generation, Generations
from fieldguide_indexer.generations.vector_lender import lend
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_indexer.search.lookup import look_up
from fieldguide_indexer.search.search import search
from fieldguide_indexer.search.searchable import SearchableGeneration
from fieldguide_indexer.search.source_filter import FilteredGeneration
from fieldguide_indexer.store.database import DamagedCatalogError
from fieldguide_indexer.types import Definition, FileGroup, Hit, Lookup

T = TypeVar("T")

_NOTHING_UNSAVED = UnsavedBuffers()


class DamagedIndexError(StorageError):
    """The index is being built again."""


class Queries:
    """Answers questions. Every method may be called from any thread.

    Args:
        generations: Those of the index.
        on_damage: Called with a generation whose catalog turns out damaged.
        on_vector_problem: Called when a search finds that vectors cannot be searched any more.
    """

    def __init__(
        self,
        generations: Generations,
        on_damage: Callable[[Generation], None],
        on_vector_problem: Callable[[], None],
    ) -> None:
        self._generations = generations
        self._on_damage = on_damage
        self._on_vector_problem = on_vector_problem

    def ask(self, question: Callable[[Generation], T]) -> T:
        """Return what a function of the serving generation returns.

        Raises:
            DamagedIndexError: The catalog is damaged, and is being built again.
        """

        def guarded(generation: Generation) -> T:
            try:
                return question(generation)
            except DamagedCatalogError as error:
                self._on_damage(generation)
                raise DamagedIndexError("The index was damaged and is being built again.") from error

        return self._generations.ask(guarded)

    def search(
        self,
        query: str,
        limit: int = 10,
        within: str = "all",
        sources: Sequence[str] = (),
        unsaved: UnsavedBuffers = _NOTHING_UNSAVED,
    ) -> list[Hit]:
        """Return the best chunks for a question, best first."""

        def find(generation: Generation) -> list[Hit]:
            view = _view(generation, unsaved, sources)
            had_problem = bool(view.problem)
            hits = search(view, query, limit, within)
            if view.problem and not had_problem:
                self._on_vector_problem()
            return hits

        return self.ask(find)

    def lookup(
        self, name: str, sources: Sequence[str] = (), unsaved: UnsavedBuffers = _NOTHING_UNSAVED
    ) -> Lookup:
        """Return definitions and references of a name."""
        return self.ask(lambda generation: look_up(_view(generation, unsaved, sources).catalog, name))

    def definitions_in(self, path: str, unsaved: UnsavedBuffers = _NOTHING_UNSAVED) -> list[Definition]:
        """Return the definitions of one file, by line."""
        return self.ask(lambda generation: unsaved.over(generation).catalog.definitions_in(path))

    def file_groups(self, source: str = "") -> list[FileGroup]:
        """Return how many files are not indexed, by reason."""
        return self.ask(lambda generation: generation.catalog.file_groups(source))

    def indexed(self, paths: Sequence[str]) -> set[str]:
        """Return those of the paths that are indexed; none while the index is damaged."""
        try:
            rows = self.ask(lambda generation: generation.catalog.file_rows(paths))
        except DamagedIndexError:
            return set()
        return {path for path, row in rows.items() if row.state == "indexed"}

    def lend(self, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
        """Return vectors for the index of another checkout, see ``vector_lender.lend``."""
        return self.ask(lambda generation: lend(generation, made_with, hashes))


def _view(generation: Generation, unsaved: UnsavedBuffers, sources: Sequence[str]) -> SearchableGeneration:
    """Return a generation as a client sees it; an index of several sources has no unsaved buffers."""
    return FilteredGeneration(generation, sources) if sources else unsaved.over(generation)
