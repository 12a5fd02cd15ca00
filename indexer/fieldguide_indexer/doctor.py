"""Is everything there that an index needs? One finding for each need, each with what to do about it."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer.embedding import open_embedder
from fieldguide_indexer.embedding.folder import damaged_shipped_files
from fieldguide_indexer.errors import EmbeddingError, StorageError
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.paths import index_folder, make_private
from fieldguide_indexer.types import Finding


def diagnose(folder: Path, options: IndexOptions | None = None) -> tuple[Finding, ...]:
    """Look at everything an index of this folder stands on. Nothing is indexed, and no endpoint is asked."""
    chosen = options or IndexOptions()
    return (_cache(folder, chosen), _git(), _full_text(), *_model(chosen))


def _cache(folder: Path, options: IndexOptions) -> Finding:
    place = index_folder(folder, options)
    try:
        make_private(place)
    except StorageError as error:
        return Finding("cache", ok=False, text=str(error))
    free = shutil.disk_usage(place).free / 1e9
    return Finding("cache", ok=free > 1, text=f"{place} can be written; {free:.1f} GB are free there.")


def _git() -> Finding:
    found = shutil.which("git")
    # Nothing is amiss without it: an index is as good.
    return Finding(
        "git",
        ok=True,
        text=f"{found} lists the files." if found else "There is no git; files are found without it.",
    )


def _full_text() -> Finding:
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(word)")
        connection.close()
    except sqlite3.Error:
        sentence = (
            f"This Python's SQLite ({sqlite3.sqlite_version}) has no FTS5; nothing can be indexed with it."
        )
        return Finding("sqlite", ok=False, text=sentence)
    return Finding("sqlite", ok=True, text=f"SQLite {sqlite3.sqlite_version} has full-text search.")


def _model(options: IndexOptions) -> Iterator[Finding]:
    choice = options.embedding
    if choice.provider != "local":
        text = (
            "No vectors are made." if choice.provider == "none" else f"Vectors come from {choice.base_url}."
        )
        yield Finding("embedding", ok=True, text=text)
        return
    damaged = () if choice.folder else damaged_shipped_files()
    if damaged:
        yield Finding(
            "embedding", ok=False, text=f"Install Fieldguide again: {', '.join(damaged)} is damaged."
        )
        return
    try:
        embedder = open_embedder(choice)
    except EmbeddingError as error:
        yield Finding("embedding", ok=False, text=str(error))
        return
    assert embedder is not None
    yield Finding(
        "embedding", ok=True, text=f"{embedder.name} makes vectors of {embedder.dimension} numbers."
    )
    embedder.close()
