"""An index whose vectors come from an OpenAI-compatible endpoint: a real server, correct and faulty."""

from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State
from tests.fakes.openai_embeddings import AT_ONCE, EmbeddingServer, Reply
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

FILES = 130  # more than one batch of vectors
REFUSED = Reply(401, {"error": {"message": "wrong key"}}, AT_ONCE)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"part_{number}.py").write_text(
            f"def part_{number}():\n    return {number}\n", encoding="utf-8"
        )
    return folder


def options(server: EmbeddingServer) -> IndexOptions:
    endpoint = EmbeddingOptions(
        provider="openai", base_url=server.url, model="scripted", api_key="sk-secret", batch_size=16
    )
    return IndexOptions(embedding=endpoint)


def texts(server: EmbeddingServer) -> list[str]:
    return [text for request in server.requests for text in request["input"]]


def test_vectors_are_asked_for_in_batches_and_the_index_becomes_ready(workspace: Path) -> None:
    with EmbeddingServer() as server, Index.open(workspace, options(server)) as index:
        index.update()
        status = index.wait_until_ready(timeout=PATIENCE)
        assert (status.state, status.embedded) == (State.READY, FILES)
        assert max(len(request["input"]) for request in server.requests) == 16
        assert index.search("part_7")[0].path == "part_7.py"


def test_an_endpoint_that_refuses_leaves_words_and_the_reason_without_the_key(workspace: Path) -> None:
    with EmbeddingServer() as server, Index.open(workspace, options(server)) as index:
        server.enqueue(*[REFUSED] * 50)
        index.update()
        status = index.wait_until_ready(timeout=PATIENCE)
        assert status.state is State.DEGRADED
        assert status.reason
        assert "sk-secret" not in status.reason
        assert index.search("part_7")[0].path == "part_7.py"


def test_what_was_embedded_before_a_failure_is_not_asked_for_again(workspace: Path) -> None:
    with EmbeddingServer() as server, Index.open(workspace, options(server)) as index:
        index.update()
        index.wait_until_ready(timeout=PATIENCE)
        (workspace / "late_one.py").write_text("def late_one():\n    return 1\n", encoding="utf-8")
        server.enqueue(*[REFUSED] * 50)
        index.update()
        assert index.wait_until_ready(timeout=PATIENCE).embedded == FILES
    with EmbeddingServer() as server, Index.open(workspace, options(server)) as index:
        index.update()
        status = index.wait_until_ready(timeout=PATIENCE)
        assert (status.state, status.embedded) == (State.READY, FILES + 1)


def test_an_endpoint_that_is_down_does_not_keep_the_index_from_opening(workspace: Path) -> None:
    with EmbeddingServer() as server:
        gone = options(server)
    with Index.open(workspace, gone) as index:
        index.update()
        assert index.search("part_7")[0].path == "part_7.py"
