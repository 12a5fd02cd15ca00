"""What makes the vectors of an index and where they are kept."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from fieldguide_indexer.embedding import Embedder
from fieldguide_indexer.generations.recipe import Recipe
from fieldguide_indexer.generations.vector_borrower import VectorBorrower
from fieldguide_indexer.memory import without_garbage_collection
from fieldguide_indexer.options import StoreOptions
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.vectors import VectorStore


@dataclass(frozen=True, slots=True)
class VectorBackend:
    """The embedder, the store and the other checkouts that a generation has vectors from.

    Without an embedder it has none.
    """

    embedder: Embedder | None
    store: StoreOptions = field(default_factory=StoreOptions)
    borrower: VectorBorrower | None = None

    def recipe(self) -> Recipe:
        """Return the recipe of an index with this backend.

        Of a vector server it holds a hash: its address may contain a secret.
        """
        server = f"{self.store.url}\n{self.store.collection}".encode()
        store = hashlib.sha256(server).hexdigest()[:12] if self.store.url else ""
        return Recipe(self.embedder.name if self.embedder else "", store=store)

    def create_store(self, folder: Path, catalog: Catalog, recipe: Recipe) -> VectorStore:
        """Return the store of a generation's vectors, not yet opened. Importing its library takes a third of a second."""
        assert self.embedder is not None
        if not self.store.url:
            with without_garbage_collection():
                from fieldguide_indexer.store.vectors.local import LocalVectors  # noqa: PLC0415 - heavy

            return LocalVectors(folder / "vectors", self.embedder.dimension)
        from fieldguide_indexer.store.vectors.server import ServerVectors  # noqa: PLC0415 - heavy

        repository = self.borrower.origin().repository if self.borrower else ""
        prefix = self.store.collection or f"fieldguide-{_short_hash(repository)}"
        name = f"{prefix}-{_short_hash(recipe.vectors)}"
        return ServerVectors(self.store, name, self.embedder.dimension, catalog)


def _short_hash(value: str) -> str:
    return hashlib.blake2b(value.encode(), digest_size=8).hexdigest()
