"""The unsaved buffers of one client: it alone finds what they say, and nothing of the files that they lie over.

They are in memory only, and gone with the client's connection.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from fieldguide_indexer.embedding import condense
from fieldguide_indexer.errors import FieldguideError
from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.overlay.merged_view import AnyGeneration, Layer, MergedCatalog, MergedGeneration
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.store.catalog import Catalog, FileRow
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Chunk, SkippedFile
from fieldguide_indexer.updating.worker import Task
from fieldguide_indexer.updating.worker_pool import WorkerPool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# Of one client, in characters: hundreds of ordinary files.
_MOST_TEXT = 8_000_000
# What is typed between two pauses are a few chunks. Of a buffer that is new altogether the first must do.
_MOST_EMBEDDED = 64


class UnsavedBuffers:
    """The buffers of one client. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Not changed but replaced: a search goes on with those that it began with.
        self._layers: Mapping[str, Layer] = {}
        self._vectors: Mapping[bytes, NDArray[np.float32]] = {}
        self._model = ""

    def over(self, generation: Generation) -> AnyGeneration:
        """Return a generation as the client sees it: itself, while no buffer says anything else."""
        layers = list(self._layers.values())
        if not layers:
            return generation
        known = generation.catalog.file_rows([layer.file.path for layer in layers])
        news = [each for each in layers if not _is_stored(each.file, known)]
        if not news:
            return generation
        embedder = generation.embedder
        own = self._vectors if embedder is not None and embedder.name == self._model else {}
        return MergedGeneration(generation, MergedCatalog(generation.catalog, news), own)

    def lay(self, files: Sequence[PreparedFile], lifted: Sequence[str] = ()) -> list[SkippedFile]:
        """Lay files over, in place of what lay there; gives back those that cannot be, with the reason.

        Where one cannot be, nothing lies any more: what is stored is shown again.
        """
        made = {file.path: Layer.of(file) for file in files if file.state == "indexed"}
        left = [SkippedFile(file.path, file.reason) for file in files if file.state != "indexed"]
        gone = {*lifted, *(each.path for each in left)}
        with self._lock:
            layers = {path: each for path, each in self._layers.items() if path not in gone} | made
            room = _MOST_TEXT
            for path, layer in tuple(layers.items()):
                room -= layer.size
                if room < 0:
                    del layers[path]
                    left.append(SkippedFile(path, "too many unsaved texts"))
            self._layers = layers
            hashes = {digest for layer in layers.values() for digest in layer.file.hashes}
            self._vectors = {digest: each for digest, each in self._vectors.items() if digest in hashes}
        return left

    def embed(self, generation: Generation) -> None:
        """Make the vectors of chunks that only these buffers hold; until then their words speak for them."""
        embedder = generation.embedder
        if embedder is None or not (chunks := self._unknown(generation.catalog, embedder.name)):
            return
        try:
            vectors = embedder.embed_documents([condense(chunk) for chunk in chunks.values()])
        except FieldguideError as error:
            logger.warning("Unsaved texts have no vectors: %s", error)
            return
        with self._lock:
            kept = self._vectors if self._model == embedder.name else {}
            self._vectors = {**kept, **dict(zip(chunks, vectors, strict=True))}
            self._model = embedder.name

    def _unknown(self, catalog: Catalog, model: str) -> dict[bytes, Chunk]:
        known = self._vectors if self._model == model else {}
        chunks = {
            digest: chunk
            for layer in tuple(self._layers.values())
            for digest, chunk in zip(layer.file.hashes, layer.file.chunks, strict=True)
            if digest not in known
        }
        stored = {digest for _, digest in catalog.stored_places(list(chunks))}
        unknown = [(digest, chunk) for digest, chunk in chunks.items() if digest not in stored]
        return dict(unknown[:_MOST_EMBEDDED])


class BackgroundEmbedder:
    """A thread for the vectors of what is typed: they must wait for nobody, and nobody for them."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "unsaved-vectors")
        self._latest: Future[None] | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Have something done when everything before it is."""
        self._latest = self._thread.submit(self._do, work)

    @staticmethod
    def _do(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # the end of a thread, where nobody else would hear of it
            logger.exception("Unsaved texts have no vectors")

    def wait(self, timeout: float | None) -> None:
        """Wait until all is done."""
        if self._latest is not None:
            wait([self._latest], timeout)

    def close(self) -> None:
        """End the thread after the work at hand."""
        self._thread.shutdown(cancel_futures=True)


def prepare(texts: Mapping[str, str], listed: Set[str], pool: WorkerPool) -> list[PreparedFile]:
    """Have texts prepared as files are; those that no index may hold come back skipped.

    ``listed`` are paths of which it is known that one may.
    """
    tasks = [
        Task(FileEntry(path, len(text), 0), text=text, is_listed=path in listed)
        for path, text in texts.items()
    ]
    return pool.prepare_now(tasks) if tasks else []


def _is_stored(file: PreparedFile, known: Mapping[str, FileRow]) -> bool:
    """Return whether the index holds this very text, and shows it."""
    row = known.get(file.path)
    return row is not None and row.state == "indexed" and row.hash == file.hash
