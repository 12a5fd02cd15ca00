"""The generations of an index. Each is a catalog and its vectors, made with one model and one way of chunking.

A generation's folder is named by its *recipe*. When the recipe changes (another model, a new chunker), the next
generation is built next to the current one, which serves searches until the new one is complete.
"""

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.generations.recipe import (
    Recipe,
    current_name,
    make_current,
    read_recipe,
    write_recipe,
)
from fieldguide_indexer.generations.vector_backend import VectorBackend
from fieldguide_indexer.generations.vector_borrower import Lend, lend_nothing
from fieldguide_indexer.store.catalog import COMPLETE, Catalog
from fieldguide_indexer.store.database import ClosedCatalogError, DamagedCatalogError
from fieldguide_indexer.store.lexical import query_words
from fieldguide_indexer.store.vectors import StoredVectors, VectorKey, VectorServerError, VectorStore
from fieldguide_indexer.types import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PROBES = 12
# The search for vectors is approximate: it may miss some of a good index, and misses most of a damaged one.
_MIN_FOUND = 0.5
_PROBE_WORDS = 6
# Loading Chroma takes a second or two.
_OPENING_SECONDS = 5.0


class Generation:
    """The stores of one recipe. Without an embedder it has no vectors, and searches use words and symbols alone.

    ``problem`` says in one sentence why vectors cannot be made or searched now.
    """

    def __init__(self, home: Path, recipe: Recipe, backend: VectorBackend) -> None:
        self.folder = home / recipe.name
        self.recipe = recipe
        self._backend = backend
        self.embedder = backend.embedder
        self.problem = ""
        self.catalog = self._open_catalog()
        self.vectors: VectorStore | None = None
        self._opened = threading.Event()
        self._tested_at = -1  # the catalog's count of changes at the last self-test that passed
        self._was_rebuilt = False

    def _open_catalog(self) -> Catalog:
        self._make_folder()
        file = self.folder / "catalog.sqlite"
        try:
            return Catalog(file)
        except DamagedCatalogError:
            logger.exception("The catalog %s is damaged; starting with an empty one", file)
            shutil.rmtree(self.folder, ignore_errors=True)
            self._make_folder()
            return Catalog(file)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_recipe(self.folder, self.recipe)
        except OSError as error:
            raise StorageError(f"The index cannot be written to {self.folder}: {error.strerror}.") from error

    def close(self) -> None:
        """Close both stores."""
        if self.vectors is not None:
            self.vectors.close()
        self.catalog.close()

    # Vectors

    def open_vectors(self) -> None:
        """Open the vector store, if there are chunks. Importing its library takes a second, so no search does it.

        Vectors that the catalog expects and the store has lost are marked as missing.
        """
        if self.embedder is None or not self.catalog.chunk_count():
            return
        vectors = self.vectors or self._backend.create_store(self.folder, self.catalog, self.recipe)
        try:
            kept = self._open(vectors, self.embedder)
            if kept is not None:
                logger.warning("Some vectors are lost and are made again")
                self.catalog.forget_vectors(kept)
        except BaseException:
            vectors.close()
            raise
        self.vectors = vectors
        self._opened.set()

    def _open(self, vectors: VectorStore, embedder: Embedder) -> Set[int] | None:
        """Open the store (see ``VectorStore.open``) and load the model at the same time: neither holds the interpreter."""
        with ThreadPoolExecutor(1, "model") as thread:
            loading = thread.submit(embedder.warm)
            kept = vectors.open(self.catalog.stored_slots())
            loading.result()
        return kept

    def borrowing(self, pending: int) -> contextlib.AbstractContextManager[Lend]:
        """Return a context with a function that gets vectors from other checkouts, for so many that are missing."""
        borrower = self._backend.borrower
        if borrower is None:
            return contextlib.nullcontext(lend_nothing)
        return borrower.borrowing(self.recipe, pending)

    def reuse_vectors(self, places: Sequence[VectorKey], lend: Lend) -> list[VectorKey]:
        """Return the places whose vectors exist, in the store or in another checkout, and mark them as stored."""
        assert self.vectors is not None
        reused = self.vectors.held(places)
        missing = {place[1]: place for place in places if place not in frozenset(reused)}
        digests, vectors = lend(list(missing))
        if digests and self.embedder is not None and vectors.shape[1] == self.embedder.dimension:
            lent = [missing[digest] for digest in digests]
            self.vectors.upsert(lent, vectors)
            reused = [*reused, *lent]
        if reused:
            self.catalog.mark_stored(reused)
        return reused

    def lend(self, digests: Sequence[bytes]) -> StoredVectors:
        """Return the stored ones of these vectors, for another checkout of the same repository."""
        places = self.catalog.stored_places(digests)
        if self.embedder is None or not places or not self._opened.wait(_OPENING_SECONDS):
            return lend_nothing(digests)
        assert self.vectors is not None
        return self.vectors.read(places)

    def store_vectors(self, places: Sequence[VectorKey], vectors: "NDArray[np.float32]") -> None:
        """Store vectors of shape (places, dimension). A slot that got other content meanwhile stays pending."""
        assert self.vectors is not None
        self.vectors.upsert(places, vectors)
        self.catalog.mark_stored(places)

    # Self-test

    @property
    def is_ready(self) -> bool:
        """Whether every leg of a search answers."""
        if self.problem or self._tested_at != self.catalog.changes:
            return False
        counts = self.catalog.counts()
        return counts.embedded == counts.chunks or self.embedder is None

    def self_test(self) -> bool:
        """Search for some chunks of the index; False when their vectors are not found.

        Raises:
            StorageError: A chunk is not found by its words.
        """
        changes = self.catalog.changes
        if self._tested_at == changes and not self.problem:
            return True
        if self.embedder is not None and self.vectors is None and self.catalog.chunk_count():
            return True  # the first chunks have just been stored
        # After a test that passed one chunk, the newest, is enough; if it fails, or at first, some more are needed.
        passed_before = self._tested_at >= 0 and not self.problem
        passed = any(self._finds_probes(count) for count in ((1, _PROBES) if passed_before else (_PROBES,)))
        if passed:
            self._tested_at, self._was_rebuilt = changes, False
        return passed

    def rebuild_vectors(self) -> bool:
        """Drop all vectors, to be made again, when the self-test does not find them. Return whether it did.

        Raises:
            StorageError: What is stored is not found, not even after it was made again.
        """
        if self.self_test():
            return False
        if self._was_rebuilt:
            raise StorageError(
                "The vectors do not find the text they were made from, not even when made again."
            )
        logger.warning("The vectors are damaged and are made again")
        self._was_rebuilt = True
        assert self.vectors is not None
        self.vectors.start_over()
        self.catalog.forget_vectors()
        return True

    def _finds_probes(self, count: int) -> bool:
        """Return whether so many chunks are found, each by its words and enough of them by their vectors.

        Raises:
            StorageError: A chunk is not found by its words.
        """
        probes = self.catalog.probes(count)
        for chunk_id, _, chunk in probes:
            self._test_words(chunk_id, chunk)
        return self._share_found(probes) > _MIN_FOUND

    def _test_words(self, chunk_id: int, chunk: Chunk) -> None:
        words = [word for word in query_words(chunk.text) if word.isascii()][:_PROBE_WORDS]
        if words and not self.catalog.is_found(chunk_id, words):
            raise StorageError(f"The index does not find {chunk.path} by its own words.")

    def _share_found(self, probes: Sequence[tuple[int, int, Chunk]]) -> float:
        """Return the share of chunks that their stored vectors find, 0 to 1; 1 where there are no vectors.

        Stored ones, since a file that moved keeps the vectors that were made under its old path.
        """
        if self.vectors is None or not probes:
            return 1.0
        try:
            return self.vectors.finds([slot for _, slot, _ in probes])
        except VectorServerError:
            raise
        except StorageError:
            return 0.0


class Generations:
    """The generation that is ``serving``, and the one that is ``building`` to replace it; usually there is none.

    Any thread may ask; one at a time may change which they are.
    """

    def __init__(self, home: Path, backend: VectorBackend) -> None:
        self._home = home
        self._swapping = threading.Lock()
        self.open(backend)

    def open(self, backend: VectorBackend) -> None:
        """Open the current generation and, where this backend needs another one, one to be built."""
        self.serving, self.building = _open(self._home, backend)

    def replace(self, backend: VectorBackend, *, remove: bool = False) -> None:
        """Close all generations, remove what is stored if so requested, and open them with this backend.

        Questions wait meanwhile.
        """
        with self._swapping:
            for each in self.all:
                each.close()
                if remove:
                    shutil.rmtree(each.folder, ignore_errors=True)
            self.open(backend)

    @property
    def newest(self) -> Generation:
        """The one that follows the current settings."""
        return self.building or self.serving

    @property
    def all(self) -> set[Generation]:
        """Both, or the only one."""
        return {self.serving, self.newest}

    def ask(self, question: Callable[[Generation], T]) -> T:
        """Return a question's answer from the serving generation; asks again when it was replaced meanwhile.

        Raises:
            ClosedCatalogError: The generations were closed.
        """
        while True:
            generation = self.serving
            try:
                return question(generation)
            except ClosedCatalogError:
                with self._swapping:
                    if generation is self.serving:
                        raise

    def promote_if_complete(self) -> None:
        """Let the generation that was built serve from now on, if it is complete and ready."""
        built = self.building
        if built is not None and built.catalog.facts().get(COMPLETE) and built.is_ready:
            make_current(self._home, built.recipe.name)
            old, self.serving, self.building = self.serving, built, None
            old.close()

    def close(self) -> None:
        """Close all generations."""
        for each in self.all:
            each.close()


def _open(home: Path, backend: VectorBackend) -> tuple[Generation, Generation | None]:
    """Return the generation that serves and, when its recipe is not the requested one, one to build."""
    requested = backend.recipe()
    current = current_name(home)
    old = read_recipe(home / current) if current else None
    if old is not None and old.name != current:
        old = None
    if old is not None and old.serves(requested):
        _remove_others(home, frozenset({current}))
        return Generation(home, old, backend if old.model == requested.model else VectorBackend(None)), None
    _remove_others(home, frozenset({requested.name, current}))
    if old is None or old.schema != requested.schema:
        make_current(home, requested.name)
        return Generation(home, requested, backend), None
    logger.info("Building %s to replace %s", requested.name, current)
    return Generation(home, old, VectorBackend(None)), Generation(home, requested, backend)


def _remove_others(home: Path, keep: frozenset[str]) -> None:
    """Remove the folders of all other generations."""
    for child in home.iterdir():
        if child.is_dir() and child.name not in keep:
            shutil.rmtree(child, ignore_errors=True)
