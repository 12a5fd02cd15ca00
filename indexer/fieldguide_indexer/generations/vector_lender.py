"""Lending vectors to the index of another checkout of the same repository: the owner's side of ``borrowing.py``.

Only the owner of an index may open its vectors. It need not be anybody's owner for that: without a client it lends
from what is stored, as it is, and mends nothing.
"""

import base64
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.generations.recipe import Recipe, current_name, read_recipe
from fieldguide_indexer.generations.vector_borrower import lend_nothing
from fieldguide_indexer.store.catalog import SCHEMA_VERSION, Catalog
from fieldguide_indexer.store.vectors import Lent

logger = logging.getLogger(__name__)


class Source(Protocol):
    """Who has vectors: a generation, or what is stored of one."""

    recipe: Recipe

    def lend(self, digests: Sequence[bytes]) -> Lent:
        """Such of the vectors as are here."""
        ...


def lend(source: Source, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
    """Return the answer to a neighbour: such hashes as are here, and their vectors as base64 of 32-bit floats."""
    digests = [bytes.fromhex(each) for each in hashes]
    found, vectors = source.lend(digests) if source.recipe.vectors == made_with else lend_nothing(digests)
    packed = base64.b64encode(vectors.astype("<f4").tobytes()).decode("ascii")
    return {"hashes": [digest.hex() for digest in found], "vectors": packed}


class VectorLender:
    """Lends from an index that nobody has open. To be used by its owner, from one thread at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stored: _Stored | None = None

    def lend(self, made_with: str, hashes: Sequence[str]) -> dict[str, object]:
        """Such of the vectors as are here, and were made with the same.

        Raises:
            StorageError: what is stored cannot be read.
        """
        if self._stored is None:
            self._stored = _Stored(self._home)
        return lend(self._stored, made_with, hashes)

    def close(self) -> None:
        """Let go of the index."""
        if self._stored is not None:
            self._stored.close()
            self._stored = None


class _Stored:
    """The catalog and the vectors of the generation that would answer."""

    def __init__(self, home: Path) -> None:
        folder = home / current_name(home)
        recipe = read_recipe(folder)
        if recipe is None or recipe.schema != SCHEMA_VERSION or not (folder / "catalog.sqlite").is_file():
            raise StorageError("There is nothing to lend.")
        from fieldguide_indexer.store.vectors.local import LocalVectors  # noqa: PLC0415 - a second of imports

        self.recipe = recipe
        self._catalog = Catalog(folder / "catalog.sqlite")
        self._vectors: LocalVectors = LocalVectors(folder / "vectors", 0)
        try:
            self._vectors.open_as_it_is()
        except StorageError:
            self._catalog.close()
            raise

    def lend(self, digests: Sequence[bytes]) -> Lent:
        return self._vectors.read(self._catalog.stored_places(digests))

    def close(self) -> None:
        self._vectors.close()
        self._catalog.close()
