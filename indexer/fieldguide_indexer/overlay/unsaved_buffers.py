"""The unsaved buffers of one client: its searches use them instead of the stored files.

They are in memory only, until the client's connection ends.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import condense
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.overlay.merged_view import Layer, MergedCatalog, MergedGeneration
from fieldguide_indexer.store.catalog import Catalog, FileRow
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Chunk, SkippedFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# Hundreds of ordinary files.
_MAX_CHARACTERS = 8_000_000
# Between two pauses in typing a few chunks change. Of a buffer that is altogether new, the first ones must do.
_MAX_EMBEDDED = 64


class UnsavedBuffers:
    """The buffers of one client. Every method may be called from any thread.

    Args:
        max_characters: How much text is kept; buffers beyond that are rejected.
    """

    def __init__(self, max_characters: int = _MAX_CHARACTERS) -> None:
        self._max_characters = max_characters
        self._lock = threading.Lock()
        # Replaced, never changed: a search continues with those that it began with.
        self._layers: Mapping[str, Layer] = {}
        self._vectors: Mapping[bytes, NDArray[np.float32]] = {}
        self._model = ""

    def over(self, generation: Generation) -> Generation | MergedGeneration:
        """Return a generation as the client sees it: itself, while no buffer differs from what is stored."""
        layers = list(self._layers.values())
        if not layers:
            return generation
        rows = generation.catalog.file_rows([layer.file.path for layer in layers])
        changed = [layer for layer in layers if not _is_stored(layer.file, rows)]
        if not changed:
            return generation
        embedder = generation.embedder
        vectors = self._vectors if embedder is not None and embedder.name == self._model else {}
        return MergedGeneration(generation, MergedCatalog(generation.catalog, changed), vectors)

    def replace(self, files: Sequence[PreparedFile], closed: Sequence[str] = ()) -> list[SkippedFile]:
        """Add buffers, or replace those of the same paths, and remove the ``closed`` ones.

        Returns:
            The files that cannot be added, with the reason. Their older buffers are removed, too.
        """
        added = {file.path: Layer.of(file) for file in files if file.state == "indexed"}
        rejected = [SkippedFile(file.path, file.reason) for file in files if file.state != "indexed"]
        removed = {*closed, *(each.path for each in rejected)}
        with self._lock:
            layers = {path: each for path, each in self._layers.items() if path not in removed} | added
            room = self._max_characters
            for path, layer in tuple(layers.items()):
                room -= layer.size
                if room < 0:
                    del layers[path]
                    rejected.append(SkippedFile(path, "too many unsaved texts"))
            self._layers = layers
            hashes = {digest for layer in layers.values() for digest in layer.file.hashes}
            self._vectors = {digest: each for digest, each in self._vectors.items() if digest in hashes}
        return rejected

    def embed(self, generation: Generation) -> None:
        """Make the vectors of chunks that only these buffers have; until then they are found by their words."""
        embedder = generation.embedder
        if embedder is None or not (chunks := self._without_vectors(generation.catalog, embedder.name)):
            return
        try:
            vectors = embedder.embed_documents([condense(chunk) for chunk in chunks.values()])
        except FieldguideError as error:
            logger.warning("Unsaved buffers have no vectors: %s", error)
            return
        with self._lock:
            kept = self._vectors if self._model == embedder.name else {}
            self._vectors = {**kept, **dict(zip(chunks, vectors, strict=True))}
            self._model = embedder.name

    def _without_vectors(self, catalog: Catalog, model: str) -> dict[bytes, Chunk]:
        """Return the chunks, by hash, whose vectors of this model are neither here nor stored."""
        vectors = self._vectors if self._model == model else {}
        chunks = {
            digest: chunk
            for layer in tuple(self._layers.values())
            for digest, chunk in zip(layer.file.hashes, layer.file.chunks, strict=True)
            if digest not in vectors
        }
        stored = {digest for _, digest in catalog.stored_places(list(chunks))}
        missing = [(digest, chunk) for digest, chunk in chunks.items() if digest not in stored]
        return dict(missing[:_MAX_EMBEDDED])


def _is_stored(file: PreparedFile, rows: Mapping[str, FileRow]) -> bool:
    """Return whether the index has this very text."""
    row = rows.get(file.path)
    return row is not None and row.state == "indexed" and row.hash == file.hash
