"""Stored files that were truncated, overwritten or lost, or written by another version: the index is built again.

Beside it: ``test_engine_damage.py`` (damage noticed while an index is in use), ``test_robustness.py`` (killed owners, full disks,
removed caches), ``test_strange_files.py`` (what may lie in a workspace), ``test_big_trees.py``, ``test_watcher_trouble.py``.
``FIELDGUIDE_TEST_DAMAGE=all`` does everything to every file of the vector store instead of one thing to each.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State, StorageError
from fieldguide_indexer.ipc.client import start_owner
from fieldguide_indexer.ipc.endpoint import read_endpoint
from fieldguide_indexer.paths import index_folder, workspace_folder
from tests.conftest import owners
from tests.fakes.engine import EngineHarness, ready
from tests.fakes.openai_embeddings import EmbeddingServer
from tests.fakes.second_client import options
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
FUNCTIONS = 1_100  # beyond a thousand Chroma writes its index to files of its own
VECTOR_FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def scramble(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(file.stat().st_size or 100))


DAMAGES: tuple[Callable[[Path], None], ...] = (scramble, cut, Path.unlink)
ALL = os.environ.get("FIELDGUIDE_TEST_DAMAGE") == "all"
CASES = (
    [(name, damage) for name in VECTOR_FILES for damage in DAMAGES]
    if ALL
    else list(zip(VECTOR_FILES, cycle(DAMAGES), strict=False))
)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


@pytest.fixture(scope="module")
def stored(server: EmbeddingServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A workspace and the home of its undamaged index, which each test copies."""
    workspace, home = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("stored")
    for number in range(FUNCTIONS):
        (workspace / f"part{number}.py").write_text(f"def part{number}():\n    return 1\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDGUIDE_HOME", str(home))
        patch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
        with Index.open(workspace, options(server.url)) as index:
            index.update()
            assert index.wait_until_ready(PATIENCE).state is State.READY
            running = owners(home)
            index.stop_owner()
        psutil.wait_procs(running, timeout=PATIENCE)
    return workspace, home


@pytest.mark.parametrize(("name", "damage"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_a_damaged_vector_store_loses_its_vectors_at_most(
    stored: tuple[Path, Path], home: Path, server: EmbeddingServer, name: str, damage: Callable[[Path], None]
) -> None:
    workspace, undamaged = stored
    shutil.copytree(undamaged, home, dirs_exist_ok=True)
    (damaged,) = home.rglob(name)
    damage(damaged)
    with Index.open(workspace, options(server.url)) as index:
        index.update()
        assert "part3.py" in {hit.path for hit in index.search("part3")}, "words are searched meanwhile"
        status = index.wait_until_ready(PATIENCE)
        assert (status.state, status.embedded) == (State.READY, status.chunks)


@pytest.mark.parametrize("share", range(0, 100, 9))
def test_a_catalog_cut_at_any_length_is_built_again(harness: EngineHarness, share: int) -> None:
    harness.write_functions(*(f"function{number}" for number in range(60)))
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.close()
    catalog = harness.file("catalog.sqlite")
    os.truncate(catalog, catalog.stat().st_size * share // 100 + share % 7)
    engine = harness.open()
    engine.update()
    assert ready(engine).embedded == 60
    assert engine.queries.search("function7")[0].path == "function7.py"


def test_an_index_of_a_newer_version_is_replaced(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.close()
    (recipe,) = harness.home.rglob("recipe.json")
    recipe_data = json.loads(recipe.read_text(encoding="utf-8"))
    recipe.write_text(json.dumps({**recipe_data, "schema": 99, "colours": 3}), encoding="utf-8")
    newer = recipe.parent.rename(harness.home / "fedcba987654")
    (harness.home / "current").write_text(newer.name, encoding="utf-8")
    engine = harness.open()
    engine.update()
    assert ready(engine).chunks == 1
    assert ready(harness.reopen()).chunks == 1
    assert not newer.exists()


def test_vectors_that_a_full_disk_refused_are_made_later(
    harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("Vectors cannot be written: database or disk is full.")

    harness.write_functions("one", "two", "three")
    with monkeypatch.context() as patch:
        patch.setattr("fieldguide_indexer.store.vectors.local.LocalVectors.upsert", refuse)
        engine = harness.open()
        engine.update()
        status = engine.wait_until_ready(PATIENCE)
        assert (status.state, status.reason) == (
            State.DEGRADED,
            "Vectors cannot be written: database or disk is full.",
        )
        assert engine.queries.search("two")[0].path == "two.py", "words are searched"
    engine.update()
    assert ready(engine).embedded == 3


def test_of_owners_started_at_the_same_moment_one_stays(tmp_path: Path, home: Path) -> None:
    workspace = workspace_folder(tmp_path)
    (workspace / "one.py").write_text("def one():\n    pass\n", encoding="utf-8")
    place = index_folder(workspace, WORDS_ONLY)
    place.mkdir(parents=True)
    rivals = [start_owner(workspace, place) for _ in range(4)]
    with Index.open(workspace, WORDS_ONLY) as index:
        assert index.update().added == 1
        endpoint = read_endpoint(place)
        assert endpoint is not None
        losers = [owner for owner in owners(home) if owner.pid != endpoint.pid]
        assert not psutil.wait_procs(losers, timeout=PATIENCE)[1], "all others end"
        assert [owner.pid for owner in owners(home)] == [endpoint.pid]
        index.stop_owner()
    assert [rival.wait(PATIENCE) for rival in rivals] == [0] * 4


def test_a_home_and_a_workspace_may_have_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: EmbeddingServer
) -> None:
    name = "東京 ünïcödé 🦆 a'b;d%20#"
    workspace, home = tmp_path / f"work {name}", tmp_path / f"home {name}"
    workspace.mkdir()
    (workspace / f"{name}.py").write_text("def one():\n    pass\n", encoding="utf-8")
    monkeypatch.setenv("FIELDGUIDE_HOME", str(home))
    for _ in range(2):
        with Index.open(workspace, options(server.url)) as index:
            index.update()
            assert index.wait_until_ready(PATIENCE).state is State.READY
            assert index.search("one")[0].path == f"{name}.py"
            running = owners(home)
            index.stop_owner()
        psutil.wait_procs(running, timeout=PATIENCE)
