"""A second checkout of a repository borrows vectors from the first, whatever state its index is in."""

import base64
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State, StorageError
from fieldguide_indexer.engine.engine import EngineLimits
from fieldguide_indexer.generations.recipe import current_name, read_recipe
from fieldguide_indexer.generations.vector_borrower import BorrowingLimits, VectorBorrower
from fieldguide_indexer.generations.vector_lender import VectorLender
from fieldguide_indexer.ipc.connection import version
from fieldguide_indexer.ipc.endpoint import Endpoint, write_endpoint
from fieldguide_indexer.store.catalog import Catalog
from tests.conftest import owners
from tests.fakes.engine import EngineHarness, FakeEmbedder, ready
from tests.fakes.openai_embeddings import EmbeddingServer
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

FILES = 30
Checkout = Callable[[str], EngineHarness]


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[Path]:
    """The folder of all indexes. Owners that were started to lend have to end after the test."""
    folder = tmp_path / "indexes"
    folder.mkdir()
    yield folder
    assert not psutil.wait_procs(owners(folder), timeout=PATIENCE)[1]


@pytest.fixture
def checkout(tmp_path: Path, indexes: Path) -> Iterator[Checkout]:
    """Make clones of one repository, each with an index and an embedder of its own."""
    harnesses: dict[str, EngineHarness] = {}
    bare = tmp_path / "repository"
    bare.mkdir()
    for number in range(FILES):
        (bare / f"part_{number}.py").write_text(f"def part_{number}():\n    return {number}\n", "utf-8")
    commit(bare)

    def make(name: str) -> EngineHarness:
        (tmp_path / name).mkdir()
        harness = harnesses[name] = EngineHarness(tmp_path / name)
        harness.home = indexes / name
        harness.home.mkdir()
        git(harness.workspace, "clone", "-q", str(bare), ".")
        harness.limits = EngineLimits(BorrowingLimits(min_vectors=10))
        return harness

    yield make
    for harness in harnesses.values():
        if harness.engine is not None:
            harness.engine.close()


def commit(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def indexed(harness: EngineHarness) -> FakeEmbedder:
    """Index a checkout until it is ready, close it, and return its embedder."""
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.close()
    return harness.embedder()


def test_a_worktree_borrows_its_vectors_from_the_running_owner_of_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    for number in range(300):  # enough to be worth borrowing
        (first / f"part_{number}.py").write_text(f"def part_{number}():\n    return {number}\n", "utf-8")
    commit(first)
    git(first, "worktree", "add", "-q", "--detach", str(second))
    (second / "more.py").write_text("def more():\n    return 'more'\n", encoding="utf-8")
    with EmbeddingServer() as server:
        options = IndexOptions(embedding=EmbeddingOptions("openai", base_url=server.url, model="scripted"))
        with Index.open(first, options) as index, Index.open(second, options) as other:
            index.update()
            assert index.wait_until_ready(120).embedded == 300
            server.requests.clear()
            other.update()
            status = other.wait_until_ready(120)
            assert (status.state, status.embedded) == (State.READY, 301)
            embedded = [text for request in server.requests for text in request["input"]]
            assert [text for text in embedded if text.startswith("part")] == []
            assert other.search("more")[0].path == "more.py"
            assert index.status().state is State.READY


def test_an_owner_is_started_to_lend_even_when_its_workspace_was_removed(
    checkout: Checkout,
) -> None:
    one, other = checkout("one"), checkout("other")
    other.write_functions("more")
    assert len(indexed(one).texts) == FILES
    shutil.rmtree(one.workspace)
    assert [text.split(".")[0] for text in indexed(other).texts] == ["more"]


def test_borrowed_vectors_are_those_that_were_made(checkout: Checkout) -> None:
    one, other = checkout("one"), checkout("other")
    indexed(one)
    indexed(other)
    assert other.embedder().texts == []
    made, lent = vectors_of(one), vectors_of(other)
    assert len(made) == FILES
    assert made.keys() == lent.keys()
    assert all(np.allclose(made[digest], lent[digest], atol=1e-6) for digest in made)


def vectors_of(harness: EngineHarness) -> dict[str, NDArray[np.float32]]:
    """Return every vector of a closed index by its hash."""
    generation = harness.home / current_name(harness.home)
    catalog, lender = Catalog(generation / "catalog.sqlite"), VectorLender(harness.home)
    hashes = [digest.hex() for digest in catalog.hashes_of(range(1, FILES + 1)).values()]
    recipe = read_recipe(generation)
    assert recipe is not None
    answer = lender.lend(recipe.vectors, hashes)
    catalog.close()
    lender.close()
    found = answer["hashes"]
    assert isinstance(found, list)
    packed = np.frombuffer(base64.b64decode(str(answer["vectors"])), "<f4").reshape(len(found), -1)
    return dict(zip(found, packed, strict=True))


def overwrite(harness: EngineHarness, name: str) -> None:
    for file in harness.home.rglob(name):
        file.write_bytes(b"\xff" * 9_999)


def forget_version(harness: EngineHarness) -> None:
    file = next(harness.home.rglob("recipe.json"))
    file.write_text(file.read_text("utf-8").replace('"schema"', '"another"'), encoding="utf-8")


DAMAGES: dict[str, Callable[[EngineHarness], None]] = {
    "vectors": lambda harness: overwrite(harness, "chroma.sqlite3"),
    "catalog": lambda harness: overwrite(harness, "catalog.sqlite"),
    "pointer": lambda harness: overwrite(harness, "current"),
    "origin": lambda harness: overwrite(harness, "origin.json"),
    "another version": forget_version,
    "ended its process": lambda harness: write_trials(harness, "2"),
}


def write_trials(harness: EngineHarness, number: str) -> None:
    (harness.home / current_name(harness.home) / "vectors.trials").write_text(number)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_lends_nothing_and_harms_no_other(
    checkout: Checkout, damage: Callable[[EngineHarness], None]
) -> None:
    one, other = checkout("one"), checkout("other")
    indexed(one)
    damage(one)
    assert len(indexed(other).texts) == FILES


def test_an_owner_that_accepts_a_connection_and_never_answers_costs_only_time(checkout: Checkout) -> None:
    one, other = checkout("one"), checkout("other")
    other.limits = EngineLimits(BorrowingLimits(min_vectors=10, answer_seconds=0.1))
    indexed(one)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # what is sent to it is never read
        write_endpoint(one.home, Endpoint(listener.getsockname()[1], "token", os.getpid(), version()))
        assert len(indexed(other).texts) == FILES
        listener.settimeout(PATIENCE)
        listener.accept()[0].close()  # it was connected to


def test_an_index_that_is_opened_to_lend_is_not_repaired(checkout: Checkout) -> None:
    one = checkout("one")
    indexed(one)
    overwrite(one, "chroma.sqlite3")
    lender = VectorLender(one.home)
    with pytest.raises(StorageError):
        lender.lend("fake\n1", ["00" * 16])
    lender.close()
    assert next(one.home.rglob("chroma.sqlite3")).read_bytes() == b"\xff" * 9_999


def test_only_indexes_of_the_same_repository_and_model_on_this_machine_are_asked(checkout: Checkout) -> None:
    one, other = checkout("one"), checkout("other")
    indexed(one)
    recipe = read_recipe(one.home / current_name(one.home))
    assert recipe is not None

    def found(harness: EngineHarness, **changes: str) -> list[Path]:
        borrower = VectorBorrower(harness.workspace, harness.home)
        return borrower.lenders(replace(recipe, **changes))  # type: ignore[arg-type]

    assert found(other) == [one.home]
    assert found(one) == [], "never itself"
    assert found(other, model="another") == []
    shutil.rmtree(other.workspace / ".git")
    (other.home / "origin.json").unlink()
    assert found(other) == [], "of another repository, or none"
    assert json.loads((other.home / "origin.json").read_text("utf-8"))["repository"].startswith("-")
