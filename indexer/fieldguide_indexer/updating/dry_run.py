"""A dry run: what an index of a folder would contain and cost. Nothing is written."""

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
from fieldguide_indexer.updating.editor_excludes import with_editor_excludes
from fieldguide_indexer.updating.prepare import prepare

_SAMPLE_CHUNKS = 48


def plan_index(folder: Path, options: IndexOptions | None = None) -> IndexPlan:
    """Read and chunk every file as an update would, and return the sizes and times.

    The time for vectors is measured with a sample. It is 0 for an endpoint, which may cost money and is not called.

    Raises:
        WorkspaceError: There is no such folder, or it cannot be read.
        EmbeddingError: The configured model cannot be opened.
    """
    root = workspace_folder(folder)
    options = options or IndexOptions()
    options = with_editor_excludes(index_folder(root, options), options)
    started = time.perf_counter()
    found = scan(root, options)
    prepared = [prepare(root, entry, options) for entry in found.entries]
    seconds = time.perf_counter() - started
    indexed = [file for file in prepared if file.state == "indexed"]
    chunks = [chunk for file in indexed for chunk in file.chunks]
    return IndexPlan(
        files=len(indexed),
        chunks=len(chunks),
        text_bytes=sum(file.size for file in indexed),
        redacted=sum(file.redacted for file in indexed),
        seconds=seconds,
        vector_seconds=_vector_seconds(chunks, options),
        skipped=(*found.skipped, *_files_in(prepared, "skipped")),
        failed=_files_in(prepared, "failed"),
        notes=found.notes,
    )


def _files_in(files: Sequence[PreparedFile], state: str) -> tuple[SkippedFile, ...]:
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
