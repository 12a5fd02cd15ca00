"""Checks of everything that an index needs, each with what to do if it does not pass."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer.embedding import open_embedder
from fieldguide_indexer.embedding.folder import damaged_shipped_files
from fieldguide_indexer.errors import EmbeddingError, StorageError
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.paths import index_folder, make_private
from fieldguide_indexer.types import HealthCheck


def diagnose(folder: Path, options: IndexOptions | None = None) -> tuple[HealthCheck, ...]:
    """Check everything that an index of this folder needs. Nothing is indexed, and no endpoint is called."""
    options = options or IndexOptions()
    return (_cache(folder, options), _git(), _full_text(), *_model(options))


def _cache(folder: Path, options: IndexOptions) -> HealthCheck:
    home = index_folder(folder, options)
    try:
        make_private(home)
    except StorageError as error:
        return HealthCheck("cache", ok=False, text=str(error))
    free = shutil.disk_usage(home).free / 1e9
    return HealthCheck("cache", ok=free > 1, text=f"{home} can be written; {free:.1f} GB are free there.")


def _git() -> HealthCheck:
    git = shutil.which("git")
    # Always passes: an index without git is as good.
    return HealthCheck(
        "git",
        ok=True,
        text=f"{git} lists the files." if git else "git is not installed; files are found without it.",
    )


def _full_text() -> HealthCheck:
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(word)")
        connection.close()
    except sqlite3.Error:
        sentence = f"The SQLite of this Python ({sqlite3.sqlite_version}) has no FTS5, which an index needs."
        return HealthCheck("sqlite", ok=False, text=sentence)
    return HealthCheck("sqlite", ok=True, text=f"SQLite {sqlite3.sqlite_version} has full-text search.")


def _model(options: IndexOptions) -> Iterator[HealthCheck]:
    choice = options.embedding
    if choice.provider != "local":
        text = f"Vectors come from {choice.base_url}."
        if choice.provider == "none":
            text = "Vectors are switched off."
        yield HealthCheck("embedding", ok=not choice.off, text=choice.off or text)
        return
    damaged = () if choice.folder else damaged_shipped_files()
    if damaged:
        yield HealthCheck(
            "embedding", ok=False, text=f"Reinstall Fieldguide: {', '.join(damaged)} is damaged."
        )
        return
    try:
        embedder = open_embedder(choice)
    except EmbeddingError as error:
        yield HealthCheck("embedding", ok=False, text=str(error))
        return
    assert embedder is not None
    yield HealthCheck(
        "embedding", ok=True, text=f"{embedder.name} computes vectors of {embedder.dimension} numbers."
    )
    embedder.close()
