"""Vectors on a Chroma server that a team shares: a real server, several checkouts, and all kinds of errors."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from fieldguide_indexer import EmbeddingOptions, State, StoreOptions
from fieldguide_indexer.engine.engine import Engine, EngineLimits
from fieldguide_indexer.engine.vectorizer import RetryDelays
from fieldguide_indexer.store.vectors import VectorServerError
from fieldguide_indexer.store.vectors.server import ServerVectors
from tests.fakes.chroma_server import ChromaServer, Gate
from tests.fakes.engine import DIMENSION, EngineHarness, ready
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

Hire = Callable[[str], EngineHarness]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def gate(server: ChromaServer) -> Iterator[Gate]:
    with Gate(server) as gate:
        yield gate


@pytest.fixture
def team(gate: Gate, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hire]:
    """Makes members of a team: each has a machine with a workspace, an index and an embedder."""
    members: dict[str, EngineHarness] = {}

    def hire(name: str) -> EngineHarness:
        (tmp_path / name).mkdir()
        harness = members[name] = EngineHarness(tmp_path / name)
        shared = "".join(c for c in request.node.name if c.isalnum())[:40]
        harness.limits = EngineLimits(retries=RetryDelays(first=0.02))
        harness.options = replace(
            harness.options,
            embedding=EmbeddingOptions("fake", model="shared"),
            store=StoreOptions(gate.address, collection=shared),
        )
        return harness

    yield hire
    gate.shut = False
    gate.opened.set()
    for harness in members.values():
        if harness.engine is not None:
            harness.engine.close()


def indexed(harness: EngineHarness, *names: str) -> Engine:
    harness.write_functions(*names)
    engine = harness.open()
    engine.update()
    ready(engine)
    return engine


def test_what_a_colleague_has_embedded_is_not_embedded_again(team: Hire) -> None:
    one, other = team("one"), team("other")
    indexed(one, *(f"common{number}" for number in range(300)), "mine")
    engine = indexed(other, *(f"common{number}" for number in range(300)), "yours")
    assert len(one.embedder("shared").texts) == 301
    assert [text.split(".")[0] for text in other.embedder("shared").texts] == ["yours"]
    assert engine.queries.search("common7")[0].path == "common7.py"
    assert "mine.py" not in {hit.path for hit in engine.queries.search("mine", limit=400)}


def test_a_file_that_one_deletes_stays_for_the_others(team: Hire) -> None:
    one, other = team("one"), team("other")
    mine, yours = indexed(one, "kept", "gone"), indexed(other, "kept", "gone")
    (one.workspace / "gone.py").unlink()
    mine.update()
    ready(mine)
    yours.update()
    assert ready(yours).embedded == 2
    assert len(other.embedder("shared").texts) == 0


def test_no_text_no_path_and_no_symbol_leaves_the_machine(team: Hire, gate: Gate) -> None:
    harness = team("one")
    harness.write("secretive/whereabouts.py", "def clandestine():\n    return 'undercover'\n")
    engine = indexed(harness)
    engine.queries.search("clandestine undercover")
    assert len(gate.sent) > 3
    for _, body in gate.sent:
        for word in (
            b"secretive",
            b"whereabouts",
            b"clandestine",
            b"undercover",
            str(harness.workspace).encode(),
        ):
            assert word not in body


def test_clones_of_a_repository_find_their_collection_by_themselves(team: Hire, server: ChromaServer) -> None:
    one, other, stranger = team("one"), team("other"), team("stranger")
    for harness in (one, other, stranger):
        harness.options = replace(harness.options, store=replace(harness.options.store, collection=""))
    one.write_functions("part")
    git(one.workspace, "init", "-q")
    git(one.workspace, "add", ".")
    git(one.workspace, "commit", "-q", "-m", "first")
    git(other.workspace.parent, "clone", "-q", str(one.workspace), "clone")
    other.workspace = other.workspace.parent / "clone"
    before = len(server.collections())
    indexed(one)
    indexed(other)
    assert other.embedder("shared").texts == []
    assert len(server.collections()) == before + 1
    indexed(stranger, "part")
    assert len(server.collections()) == before + 2, "outside of a repository nothing is shared"


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def test_a_server_that_is_away_is_told_and_words_answer_until_it_is_back(team: Hire, gate: Gate) -> None:
    harness = team("one")
    engine = indexed(harness, "early")
    gate.shut = True
    harness.write_functions("late")
    engine.update()
    status = engine.wait_until_ready(PATIENCE)
    assert status.state is State.DEGRADED
    assert status.reason == f"The vector server {gate.address[7:]} cannot be reached."
    assert engine.queries.search("late")[0].path == "late.py"
    gate.shut = False
    harness.wait_for(lambda: harness.states()[-1] is State.READY)
    assert engine.status().embedded == 2
    assert len(harness.embedder("shared").texts) == 2


def test_a_server_that_is_away_from_the_start_is_found_later(team: Hire, gate: Gate) -> None:
    harness = team("one")
    harness.write_functions("one")
    gate.shut = True
    engine = harness.open()
    engine.update()
    assert engine.wait_until_ready(PATIENCE).state is State.DEGRADED
    gate.shut = False
    harness.wait_for(lambda: harness.states()[-1] is State.READY)


def test_a_search_finds_out_that_the_server_is_away_and_tells(team: Hire, gate: Gate) -> None:
    harness = team("one")
    engine = indexed(harness, "one")
    gate.shut = True
    assert engine.queries.search("one")[0].path == "one.py"
    harness.wait_for(lambda: harness.states()[-1] is State.DEGRADED)
    gate.shut = False
    harness.wait_for(lambda: harness.states()[-1] is State.READY)


def test_a_server_that_hangs_holds_nothing_up(
    team: Hire, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldguide_indexer.store.vectors.server._TIMEOUT", httpx.Timeout(3))
    harness = team("one")
    engine = indexed(harness, "one")
    gate.opened.clear()
    assert engine.queries.search("one")[0].path == "one.py"
    harness.wait_for(lambda: harness.states()[-1] is State.DEGRADED)
    assert engine.status().reason == f"The vector server {gate.address[7:]} does not respond."
    asked = len([path for path, _ in gate.sent if path.endswith("/query")])
    assert engine.queries.search("one")[0].path == "one.py"
    assert len([path for path, _ in gate.sent if path.endswith("/query")]) == asked, "not asked in vain again"


def test_a_key_that_is_refused_is_told_without_the_key(team: Hire, gate: Gate) -> None:
    gate.key = "the right one"
    harness = team("one")
    harness.options = replace(harness.options, store=replace(harness.options.store, api_key="a wrong one"))
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    status = engine.wait_until_ready(PATIENCE)
    assert status.state is State.DEGRADED
    assert status.reason == f"{gate.address[7:]} refused the key for vectors (store.api_key_env)."
    engine.reconfigure(
        replace(harness.options, store=replace(harness.options.store, api_key="the right one"))
    )
    assert ready(engine).embedded == 1


def test_a_collection_that_is_deleted_under_us_is_made_again(team: Hire, server: ChromaServer) -> None:
    harness = team("one")
    before = set(server.collections())
    engine = indexed(harness, "one", "two")
    (made,) = set(server.collections()) - before
    server.delete(made)
    harness.events.clear()
    assert engine.queries.search("one")[0].path == "one.py"
    harness.wait_for(lambda: harness.states()[-1:] == [State.READY])
    assert len(harness.embedder("shared").texts) == 4


def test_a_collection_that_was_deleted_while_nobody_looked_is_made_again(
    team: Hire, server: ChromaServer
) -> None:
    one, other = team("one"), team("other")
    before = set(server.collections())
    engine = indexed(one, "one", "two")
    engine.close()
    (made,) = set(server.collections()) - before
    server.delete(made)
    indexed(other, "three", "four", "five")
    assert ready(one.reopen()).embedded == 2
    assert len(one.embedder("shared").texts) == 4


def test_a_collection_of_other_vectors_is_refused_and_left_as_it_is(server: ChromaServer) -> None:
    options = StoreOptions(f"http://127.0.0.1:{server.port}")
    one = ServerVectors(options, "lengths", DIMENSION, Known(3))
    one.open(0)
    one.upsert(Known(3).places, unit_vectors(3))
    other = ServerVectors(options, "lengths", DIMENSION * 2, Known(3))
    with pytest.raises(VectorServerError, match=r"^The collection lengths on .* of another length\.$"):
        other.open(0)
    assert one.finds([0, 1, 2]) == 1.0
    one.close()
    other.close()


def test_a_search_is_widened_until_it_finds_what_is_ours(server: ChromaServer) -> None:
    store = ServerVectors(StoreOptions(f"http://127.0.0.1:{server.port}"), "wide", DIMENSION, Known(5))
    store.open(0)
    vectors = unit_vectors(1_000)
    vectors = vectors[np.argsort(-(vectors @ vectors[0]))]  # the nearest first
    store.upsert(Known(1_000).places, vectors[::-1].copy())
    found = store.query(vectors[0], 5)
    assert [slot for slot, _ in found] == [4, 3, 2, 1, 0], "ours are the farthest of all"
    assert [near for _, near in found] == sorted((near for _, near in found), reverse=True)
    store.close()


class Known:
    """A catalog whose slots are the numbers below ``count``."""

    def __init__(self, count: int) -> None:
        self.places = [(slot, slot.to_bytes(16, "big")) for slot in range(count)]
        self._facts: dict[str, int] = {}

    def slots_of(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        return {digest: slot for slot, digest in self.places if digest in set(digests)}

    def hashes_of(self, slots: Sequence[int]) -> dict[int, bytes]:
        return {slot: digest for slot, digest in self.places if slot in set(slots)}

    def facts(self) -> dict[str, int]:
        return self._facts

    def note(self, facts: Mapping[str, int]) -> None:
        self._facts.update(facts)


def unit_vectors(count: int) -> NDArray[np.float32]:
    made = np.random.default_rng(1).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return vectors
