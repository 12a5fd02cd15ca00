"""The questions that an index answers. What a client has in its unsaved buffers lies over all that it is told."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_indexer.search.lookup import look_up
from fieldguide_indexer.search.search import search
from fieldguide_indexer.search.source_filter import AnyGeneration, FilteredGeneration
from fieldguide_indexer.types import Definition, Hit, Lookup

T = TypeVar("T")

_NOTHING_UNSAVED = UnsavedBuffers()


class Asking(ABC):
    """The half of an engine that answers. Every method may be called from any thread."""

    @abstractmethod
    def _ask(self, question: Callable[[Generation], T]) -> T:
        """Put a question to the generation that serves."""

    @abstractmethod
    def _look_after_vectors(self) -> None:
        """A search has just failed for their sake."""

    def search(
        self,
        query: str,
        limit: int = 10,
        within: str = "all",
        sources: Sequence[str] = (),
        unsaved: UnsavedBuffers = _NOTHING_UNSAVED,
    ) -> list[Hit]:
        """Return the best chunks for a question."""
        return self._ask(
            lambda generation: self._search(_view(generation, unsaved, sources), query, limit, within)
        )

    def _search(self, generation: AnyGeneration, query: str, limit: int, within: str) -> list[Hit]:
        was_well = not generation.problem
        hits = search(generation, query, limit, within)
        if generation.problem and was_well:
            self._look_after_vectors()
        return hits

    def lookup(
        self, name: str, sources: Sequence[str] = (), unsaved: UnsavedBuffers = _NOTHING_UNSAVED
    ) -> Lookup:
        """Return definitions and references of a name."""
        return self._ask(lambda generation: look_up(_view(generation, unsaved, sources).catalog, name))

    def definitions_in(self, path: str, unsaved: UnsavedBuffers = _NOTHING_UNSAVED) -> list[Definition]:
        """Return the definitions of one file, by line."""
        return self._ask(lambda generation: unsaved.over(generation).catalog.definitions_in(path))


def _view(generation: Generation, unsaved: UnsavedBuffers, sources: Sequence[str]) -> AnyGeneration:
    """Return a generation as a client sees it; an index of several sources has no unsaved buffers."""
    return FilteredGeneration(generation, sources) if sources else unsaved.over(generation)
