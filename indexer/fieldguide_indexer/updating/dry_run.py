"""A dry run: what an index of a folder would hold and cost, told without writing anything."""

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from fieldguide_indexer.embedding import condense, open_embedder
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.paths import index_folder, workspace_folder
from fieldguide_indexer.sources.workspace import scan
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.types import Chunk, IndexPlan, SkippedFile
from fieldguide_indexer.updating.editor_excludes import recall
from fieldguide_indexer.updating.prepare import prepare

_SAMPLE_CHUNKS = 48


def plan_index(folder: Path, options: IndexOptions | None = None) -> IndexPlan:
    """Read and chunks every file as an update would, and tells what came of it.

    The seconds for the vectors are those of a sample, scaled; an endpoint that may cost money is not asked for one,
    so that they are 0 there.

    Raises:
        WorkspaceError: there is no such folder, or it cannot be read.
        EmbeddingError: the configured model cannot be opened.
    """
    root = workspace_folder(folder)
    chosen = options or IndexOptions()
    chosen = recall(index_folder(root, chosen), chosen)
    started = time.perf_counter()
    found = scan(root, chosen)
    prepared = [prepare(root, entry, chosen) for entry in found.entries]
    seconds = time.perf_counter() - started
    indexed = [file for file in prepared if file.state == "indexed"]
    chunks = [chunk for file in indexed for chunk in file.chunks]
    return IndexPlan(
        files=len(indexed),
        chunks=len(chunks),
        text_bytes=sum(file.size for file in indexed),
        redacted=sum(file.redacted for file in indexed),
        seconds=seconds,
        vector_seconds=_vector_seconds(chunks, chosen),
        skipped=(*found.skipped, *_left_out(prepared, "skipped")),
        failed=_left_out(prepared, "failed"),
        notes=found.notes,
    )


def _left_out(files: Sequence[PreparedFile], state: str) -> tuple[SkippedFile, ...]:
    return tuple(SkippedFile(file.path, file.reason) for file in files if file.state == state)


def _vector_seconds(chunks: Sequence[Chunk], options: IndexOptions) -> float:
    if options.embedding.provider != "local" or not chunks:
        return 0.0
    embedder = open_embedder(options.embedding, options.threads)
    assert embedder is not None
    step = max(1, len(chunks) // _SAMPLE_CHUNKS)
    sample = [condense(chunk) for chunk in islice(chunks, 0, None, step)][:_SAMPLE_CHUNKS]
    try:
        embedder.embed_documents(sample[:2])  # the first call loads the model
        started = time.perf_counter()
        embedder.embed_documents(sample)
        return (time.perf_counter() - started) * len(chunks) / len(sample)
    finally:
        embedder.close()
