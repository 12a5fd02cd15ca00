"""One generation of an index: a catalog and its vectors, made with one model and one way of chunking.

A generation's folder is named by its *recipe*. When the recipe changes (another model, a new chunker) the next
generation is built beside the old one, which answers until the new one can.
"""

import contextlib
import hashlib
import logging
import shutil
import threading
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.generations.recipe import Recipe, write_recipe
from fieldguide_indexer.generations.vector_borrower import Lend, VectorBorrower, lend_nothing
from fieldguide_indexer.memory import without_garbage_collection
from fieldguide_indexer.options import StoreOptions
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.database import DamagedCatalogError
from fieldguide_indexer.store.lexical import query_words
from fieldguide_indexer.store.vectors import Lent, Place, VectorServerError, VectorStore
from fieldguide_indexer.types import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


logger = logging.getLogger(__name__)

_PROBES = 12
# The search for vectors is approximate: it may miss some of a good index, and misses most of a broken one.
_ENOUGH = 0.5
_PROBE_WORDS = 6
# Chroma takes a second or two to be loaded.
_OPENING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class VectorBackend:
    """What makes and keeps the vectors of a generation; without an embedder there are none."""

    embedder: Embedder | None
    store: StoreOptions = field(default_factory=StoreOptions)
    neighbours: VectorBorrower | None = None

    def recipe(self) -> Recipe:
        """Return what an index is made with by these means. Of a server it holds a hash: its address may tell a secret."""
        where = f"{self.store.url}\n{self.store.collection}".encode()
        store = hashlib.sha256(where).hexdigest()[:12] if self.store.url else ""
        return Recipe(self.embedder.name if self.embedder else "", store=store)

    def open_store(self, folder: Path, catalog: Catalog, recipe: Recipe) -> VectorStore:
        """Return the store of a generation's vectors, not yet opened; with it comes its library, a third of a second."""
        assert self.embedder is not None
        if not self.store.url:
            with without_garbage_collection():
                from fieldguide_indexer.store.vectors.local import LocalVectors  # noqa: PLC0415 - heavy, as below

            return LocalVectors(folder / "vectors", self.embedder.dimension)
        from fieldguide_indexer.store.vectors.server import ServerVectors  # noqa: PLC0415

        origin = self.neighbours.origin().repository if self.neighbours else ""
        shared = self.store.collection or f"fieldguide-{_short(origin)}"
        name = f"{shared}-{_short(recipe.vectors)}"
        return ServerVectors(self.store, name, self.embedder.dimension, catalog)


def _short(value: str) -> str:
    return hashlib.blake2b(value.encode(), digest_size=8).hexdigest()


class Generation:
    """The stores of one recipe. Without an embedder it makes no vectors and searches by words and symbols.

    ``problem`` says in one sentence why vectors cannot be made or searched now.
    """

    def __init__(self, home: Path, recipe: Recipe, means: VectorBackend) -> None:
        self.folder = home / recipe.name
        self.recipe = recipe
        self._means = means
        self.embedder = means.embedder
        self.problem = ""
        self.catalog = self._open_catalog()
        self.vectors: VectorStore | None = None
        self._opened = threading.Event()
        self._proven_at = -1
        self._mended = False

    def _open_catalog(self) -> Catalog:
        self._make_folder()
        file = self.folder / "catalog.sqlite"
        try:
            return Catalog(file)
        except DamagedCatalogError:
            logger.exception("The catalog %s is damaged; beginning anew", file)
            shutil.rmtree(self.folder, ignore_errors=True)
            self._make_folder()
            return Catalog(file)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_recipe(self.folder, self.recipe)
        except OSError as error:
            raise StorageError(f"The index cannot be written to {self.folder}: {error.strerror}.") from error

    def open_vectors(self) -> None:
        """Open the vectors: a second of imports, so it is done when there are chunks, and by no search.

        Those that the catalog expects and the store has no more are to be made again.
        """
        if self.embedder is None or not self.catalog.chunk_count():
            return
        vectors = self.vectors or self._means.open_store(self.folder, self.catalog, self.recipe)
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
        """See ``VectorStore.open``. The model is loaded while the store reads its files, outside of the interpreter."""
        with ThreadPoolExecutor(1, "model") as beside:
            loading = beside.submit(embedder.warm)
            kept = vectors.open(self.catalog.stored_slots())
            loading.result()
        return kept

    def neighbours(self, pending: int) -> contextlib.AbstractContextManager[Lend]:
        """Return who may have so many vectors that are to be made here."""
        neighbours = self._means.neighbours
        if neighbours is None:
            return contextlib.nullcontext(lend_nothing)
        return neighbours.lending(self.recipe, pending)

    def reuse_vectors(self, places: Sequence[Place], lend: Lend) -> list[Place]:
        """Return those of the places whose vectors need not be made: the store holds them already, or a neighbour lends them."""
        assert self.vectors is not None
        obtained = self.vectors.held(places)
        wanted = {place[1]: place for place in places if place not in frozenset(obtained)}
        digests, vectors = lend(list(wanted))
        if digests and self.embedder is not None and vectors.shape[1] == self.embedder.dimension:
            lent = [wanted[digest] for digest in digests]
            self.vectors.upsert(lent, vectors)
            obtained = [*obtained, *lent]
        if obtained:
            self.catalog.mark_stored(obtained)
        return obtained

    def lend(self, digests: Sequence[bytes]) -> Lent:
        """Such of the vectors as are here, for another checkout of the same repository."""
        places = self.catalog.stored_places(digests)
        if self.embedder is None or not places or not self._opened.wait(_OPENING_SECONDS):
            return lend_nothing(digests)
        assert self.vectors is not None
        return self.vectors.read(places)

    def store_vectors(self, places: Sequence[Place], vectors: "NDArray[np.float32]") -> None:
        """Store the vectors of (slot, content hash); a slot given to other content meanwhile stays pending."""
        assert self.vectors is not None
        self.vectors.upsert(places, vectors)
        self.catalog.mark_stored(places)

    @property
    def is_proven(self) -> bool:
        """Whether the index as it is now was found to answer."""
        return self._proven_at == self.catalog.changes

    def self_test(self) -> bool:
        """Prove that chunks known to be there are found; False when their vectors are not.

        Raises:
            StorageError: one is not found by its words.
        """
        changes = self.catalog.changes
        if self._proven_at == changes and not self.problem:
            return True
        if self.embedder is not None and self.vectors is None and self.catalog.chunk_count():
            return True  # chunks have just come
        # What answered a moment ago is asked for one chunk, the last; if that fails, as at first, for some more.
        was_well = self._proven_at >= 0 and not self.problem
        answers = any(self._answers(count) for count in ((1, _PROBES) if was_well else (_PROBES,)))
        if answers:
            self._proven_at, self._mended = changes, False
        return answers

    def rebuild_vectors(self) -> bool:
        """Drop vectors that are not found, to be made again; says whether there are any.

        Raises:
            StorageError: what is there is not found, and nothing helps.
        """
        if self.self_test():
            return False
        if self._mended:
            raise StorageError("The vectors do not find what they were made of, not even made anew.")
        logger.warning("The vectors are damaged and are made again")
        self._mended = True
        assert self.vectors is not None
        self.vectors.start_over()
        self.catalog.forget_vectors()
        return True

    def _answers(self, count: int) -> bool:
        """Return whether that many chunks are found, by words each and by vectors enough of them.

        Raises:
            StorageError: one is not found by its words.
        """
        probes = self.catalog.probes(count)
        for chunk_id, _, chunk in probes:
            self._prove_words(chunk_id, chunk)
        return self._finds(probes) > _ENOUGH

    def _prove_words(self, chunk_id: int, chunk: Chunk) -> None:
        words = [word for word in query_words(chunk.text) if word.isascii()][:_PROBE_WORDS]
        if words and not self.catalog.is_found(chunk_id, words):
            raise StorageError(f"The index does not find {chunk.path} by its own words.")

    def _finds(self, probes: Sequence[tuple[int, int, Chunk]]) -> float:
        """Return the share of chunks that is found by vectors, where there are to be any.

        By those that are stored: a file that moved keeps the vectors that were made under its old path.
        """
        if self.vectors is None or not probes:
            return 1.0
        try:
            return self.vectors.finds([slot for _, slot, _ in probes])
        except VectorServerError:
            raise
        except StorageError:
            return 0.0

    def close(self) -> None:
        """Close both stores."""
        if self.vectors is not None:
            self.vectors.close()
        self.catalog.close()
