"""Lending vectors to the index of another checkout of the same repository: the owner's side of ``vector_borrower``.

Only the owner of an index may open its vectors. Where no client has opened the index, vectors are lent from the stored
files as they are, and nothing is repaired.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.generations.recipe import Recipe, current_name, read_recipe
from fieldguide_indexer.generations.vector_borrower import lend_nothing
from fieldguide_indexer.store.catalog import SCHEMA_VERSION, Catalog
from fieldguide_indexer.store.vectors import StoredVectors


class VectorSource(Protocol):
    """Something that has vectors: an open generation, or the stored files of one."""

    recipe: Recipe

    def lend(self, digests: Sequence[bytes]) -> StoredVectors:
        """Return those of the vectors that are stored here."""
        ...


def lend(source: VectorSource, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
    """Return the answer to a borrower: the hashes that are stored, and their vectors as base64 of 32-bit floats."""
    digests = [bytes.fromhex(each) for each in hashes]
    found, vectors = source.lend(digests) if source.recipe.vectors == made_with else lend_nothing(digests)
    packed = base64.b64encode(vectors.astype("<f4").tobytes()).decode("ascii")
    return {"hashes": [digest.hex() for digest in found], "vectors": packed}


class VectorLender:
    """Lends from an index that is not open. For its owner, from one thread at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stored: _StoredVectors | None = None

    def lend(self, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
        """Return the answer to a borrower, see ``lend``.

        Raises:
            StorageError: The stored files cannot be read.
        """
        if self._stored is None:
            self._stored = _StoredVectors(self._home)
        return lend(self._stored, made_with, hashes)

    def close(self) -> None:
        """Close the stored files."""
        if self._stored is not None:
            self._stored.close()
            self._stored = None


class _StoredVectors:
    """The catalog and the vectors of the current generation."""

    def __init__(self, home: Path) -> None:
        folder = home / current_name(home)
        recipe = read_recipe(folder)
        if recipe is None or recipe.schema != SCHEMA_VERSION or not (folder / "catalog.sqlite").is_file():
            raise StorageError("There is nothing to lend.")
        from fieldguide_indexer.store.vectors.local import LocalVectors  # noqa: PLC0415 - heavy

        self.recipe = recipe
        self._catalog = Catalog(folder / "catalog.sqlite")
        self._vectors: LocalVectors = LocalVectors(folder / "vectors", 0)
        try:
            self._vectors.open_as_it_is()
        except StorageError:
            self._catalog.close()
            raise

    def lend(self, digests: Sequence[bytes]) -> StoredVectors:
        return self._vectors.read(self._catalog.stored_places(digests))

    def close(self) -> None:
        self._vectors.close()
        self._catalog.close()
