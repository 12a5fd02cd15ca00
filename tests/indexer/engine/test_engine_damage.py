"""Stores that are damaged while they are in use or closed: the damage is noticed, and they are built again."""

import shutil
from pathlib import Path

import pytest

from fieldguide_indexer import State, StorageError
from fieldguide_indexer.engine.engine import Engine
from tests.fakes.engine import EngineHarness, ready

pytestmark = pytest.mark.slow


def test_a_catalog_that_a_search_finds_damaged_is_built_again(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(300)))
    engine = harness.open()
    engine.update()
    ready(engine)
    damage(harness.file("catalog.sqlite"))
    with pytest.raises(StorageError, match=r"^The index was damaged and is being built again\.$"):
        read_all(engine)
    harness.events.clear()
    harness.wait_for(lambda: harness.states()[-1:] == [State.READY])
    assert engine.queries.search("function7")[0].path == "function7.py"
    assert ready(engine).embedded == 300


def test_a_damaged_catalog_is_built_again_by_an_update(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(300)))
    engine = harness.open()
    engine.update()
    damage(harness.file("catalog.sqlite"))
    harness.write_functions("late")
    engine.update(["late.py"])
    assert ready(engine).chunks == 301
    assert engine.queries.search("function7")[0].path == "function7.py"


def read_all(engine: Engine) -> None:
    for number in range(300):
        engine.queries.search(f"function{number}")
        engine.queries.lookup(f"function{number}")


def damage(catalog: Path) -> None:
    """Overwrite a catalog and its log while it is open."""
    for file in catalog.parent.glob("catalog.sqlite*"):
        if not file.name.endswith("-shm"):
            with file.open("r+b") as raw:
                raw.write(b"\xff" * max(100_000, file.stat().st_size))


@pytest.mark.parametrize("lost", ["data_level0.bin", "index_metadata.pickle", "chroma.sqlite3", "folder"])
def test_vectors_that_are_lost_are_made_again(harness: EngineHarness, lost: str) -> None:
    harness.write_functions(*(f"function{number}" for number in range(1_200)))
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.close()
    if lost == "folder":
        shutil.rmtree(harness.file("chroma.sqlite3").parent)
    else:
        harness.file(lost).unlink()
    engine = harness.open()
    assert ready(engine).embedded == 1_200
    harness.embedder().texts.clear()
    assert ready(harness.reopen()).embedded == 1_200
    assert harness.embedder().texts == []


def test_vectors_that_ended_their_process_twice_are_made_again(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.close()
    folder = harness.file("chroma.sqlite3").parent
    (folder.parent / "vectors.trials").write_text("2")
    (folder / "kept").touch()
    assert ready(harness.open()).embedded == 1
    assert not (folder / "kept").exists()
    assert not (folder.parent / "vectors.trials").exists()


def test_an_index_of_an_older_version_is_built_again(harness: EngineHarness) -> None:
    harness.write_functions("one")
    old = harness.home / "0123456789ab"
    old.mkdir()
    (old / "catalog.sqlite").write_bytes(b"SQLite format 3\0 of long ago")
    (old / "recipe.json").write_text('{"model": "fake", "dimension": 32, "schema": 0}')
    (harness.home / "current").write_text(old.name)
    engine = harness.open()
    engine.update()
    assert ready(engine).chunks == 1
    harness.reopen()
    assert not old.exists()
