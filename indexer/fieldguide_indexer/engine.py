"""The index itself, inside the process that owns it: generations, updates, vectors in the background, states.

Everybody else reaches it through ``index.py`` and ``service.py``.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from fieldguide_indexer import generation as generations
from fieldguide_indexer.embedding import Embedder, open_embedder
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.generation import Generation, Recipe
from fieldguide_indexer.looking_up import look_up
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.searching import search
from fieldguide_indexer.types import (
    Definition,
    FileStatus,
    Hit,
    IndexStatus,
    Lookup,
    Progress,
    State,
    UpdateReport,
)
from fieldguide_indexer.updating import Updater
from fieldguide_indexer.vectorizing import Vectorizer

logger = logging.getLogger(__name__)

Event = IndexStatus | Progress
Listener = Callable[[Event], None]


class Engine:
    """One index of one workspace folder. Every method may be called from any thread.

    ``folder`` is the workspace, ``home`` the folder of its index.
    """

    def __init__(self, folder: Path, home: Path, options: IndexOptions, listener: Listener) -> None:
        self._folder = folder
        self._home = home
        self._options = options
        self._listener = listener
        self._updating = threading.Lock()
        self._closed = threading.Event()
        self._busy = State.EMPTY
        self._problem = ""
        self._answers = False
        self._serving, self._building = self._open_generations(self._open_embedder())
        self._vectorizer = Vectorizer(self._newest, listener, self._on_vectors_made)
        self._vectorizer.wake()

    def _open_embedder(self) -> Embedder | None:
        try:
            return open_embedder(self._options.embedding, self._options.threads)
        except EmbeddingError as error:
            logger.warning("No vectors: %s", error)
            self._problem = str(error)
            return None

    def _open_generations(self, embedder: Embedder | None) -> tuple[Generation, Generation | None]:
        """The generation that answers and, when its recipe is not the wanted one, the one built beside it."""
        recipe = Recipe(embedder.name if embedder else "", embedder.dimension if embedder else 0)
        wanted = Generation(self._home / recipe.name, recipe, embedder)
        current = generations.current_name(self._home)
        old = generations.read_recipe(self._home / current) if current not in ("", recipe.name) else None
        generations.remove_others(self._home, frozenset({recipe.name, current}))
        if old is None or old.schema != recipe.schema:
            generations.make_current(self._home, recipe.name)
            return wanted, None
        logger.info("Rebuilding %s beside %s", recipe.name, current)
        return Generation(self._home / current, old, None), wanted

    @property
    def _newest(self) -> Generation:
        return self._building or self._serving

    def update(
        self, paths: Sequence[str] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> UpdateReport:
        """Brings the words and symbols up to date with the folder, or with these paths; vectors follow."""
        try:
            with self._updating:
                self._answers = False
                self._enter(State.UPDATING if self._serving.catalog.chunk_count() else State.SCANNING)
                try:
                    return self._update(paths, on_progress or self._listener)
                finally:
                    self._enter(State.EMPTY)
        finally:
            self._vectorizer.wake()

    def _update(self, paths: Sequence[str] | None, on_progress: Callable[[Progress], None]) -> UpdateReport:
        report = self._updater(self._serving).update(paths, on_progress, self._closed.is_set)
        if self._building is not None:
            report = self._updater(self._building).update(None, on_progress, self._closed.is_set)
        return report

    def _updater(self, target: Generation) -> Updater:
        return Updater(self._folder, target.catalog, self._options)

    def _enter(self, busy: State) -> None:
        self._busy = busy
        self._listener(self.status())

    def _on_vectors_made(self) -> None:
        """All is made that can be: probes the newest generation and lets it answer from now on."""
        if self._updating.locked():
            return  # the update at hand wakes the vectorizer again
        newest = self._newest
        counts = newest.catalog.counts()
        complete = newest.embedder is None or counts.embedded == counts.chunks
        if complete and not newest.problem:
            self._swap()
            self._answers = newest.answers()
        self._listener(self.status())

    def _swap(self) -> None:
        """Lets the generation that was built answer from now on; the old one's folder goes at the next opening."""
        if self._building is not None:
            generations.make_current(self._home, self._building.recipe.name)
            self._serving, self._building = self._building, None

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        """The best chunks for a question."""
        return search(self._serving, query, limit, within)

    def lookup(self, name: str) -> Lookup:
        """Definitions and references of a name."""
        return look_up(self._serving.catalog, name)

    def definitions_in(self, path: str) -> list[Definition]:
        """The definitions of one file, by line."""
        return self._serving.catalog.definitions_in(path)

    def file_status(self, path: str) -> FileStatus:
        """What is held of one file."""
        return self._serving.catalog.file_status(path)

    def status(self) -> IndexStatus:
        """What the index can do now."""
        counts = self._serving.catalog.counts()
        reason = self._problem or self._newest.problem
        return IndexStatus(
            state=self._state(counts.chunks, reason),
            files=counts.files,
            chunks=counts.chunks,
            embedded=counts.embedded,
            skipped=counts.skipped,
            reason=reason,
        )

    def _state(self, chunks: int, reason: str) -> State:
        if self._busy is not State.EMPTY:
            return self._busy
        if not chunks:
            return State.EMPTY
        if reason:
            return State.DEGRADED
        return State.READY if self._answers else State.LEXICAL_READY

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        """Waits for the vectors; says how far they came."""
        self._vectorizer.wait_idle(timeout)
        return self.status()

    @property
    def is_idle(self) -> bool:
        """Whether no work is left."""
        return self._vectorizer.is_idle and not self._updating.locked()

    def close(self) -> None:
        """Stops the work after the batch at hand and closes the stores. What was stored stays."""
        self._closed.set()
        with self._updating:
            self._vectorizer.stop()
            if self._newest.embedder is not None:
                self._newest.embedder.close()
            for each in {self._serving, self._newest}:
                each.close()
