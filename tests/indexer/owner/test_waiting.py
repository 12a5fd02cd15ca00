"""Whoever waits for vectors waits until they are made, whatever other clients with other settings do meanwhile."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, IndexStatus
from tests.fakes.openai_embeddings import EmbeddingServer, Reply
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


class GatedServer(EmbeddingServer):
    """Answers the first request, and the others once ``gate`` is set."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.gate = threading.Event()
        super().__init__()

    def reply_to(self, request: dict[str, Any], key: str) -> Reply:
        reply = super().reply_to(request, key)
        if len(self.requests) > 1:
            self.reached.set()
            assert self.gate.wait(PATIENCE)
        return reply


@pytest.fixture
def server() -> Iterator[GatedServer]:
    with GatedServer() as server:
        yield server
        server.gate.set()


@pytest.fixture
def options(server: GatedServer) -> IndexOptions:
    return IndexOptions(embedding=EmbeddingOptions("openai", None, server.url, "model", "key"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for number in range(600):
        (folder / f"part{number}.py").write_text(f"def part{number}():\n    pass\n", encoding="utf-8")
    return folder


OTHERS = ["nice", "no model", "threads", "another model", "another key", "memory", "size limit", "excluded"]


def other_options(options: IndexOptions, kind: str) -> IndexOptions:
    embedding = options.embedding
    return {
        "nice": replace(options, nice=options.nice + 3),
        "no model": replace(options, embedding=EmbeddingOptions(provider="none")),
        "threads": replace(options, threads=1),
        "another model": replace(options, embedding=replace(embedding, model="other")),
        "another key": replace(options, embedding=replace(embedding, api_key="other")),
        "memory": replace(options, memory_mib=options.memory_mib + 1),
        "size limit": replace(options, max_file_bytes=options.max_file_bytes + 1),
        "excluded": replace(options, exclude=("*.none",)),
    }[kind]


@pytest.mark.parametrize("kind", OTHERS)
def test_a_client_with_other_settings_ends_nobodys_wait_for_vectors(
    workspace: Path, server: GatedServer, options: IndexOptions, kind: str
) -> None:
    results: list[IndexStatus] = []
    with Index.open(workspace, options) as index:
        index.update()
        waiter = threading.Thread(target=lambda: results.append(index.wait_until_ready()))
        waiter.start()
        assert server.reached.wait(PATIENCE)

        def come_and_go() -> None:
            with Index.open(workspace, other_options(options, kind)) as other:
                other.status()

        others = [threading.Thread(target=come_and_go) for _ in range(2)]
        for thread in others:
            thread.start()
        server.gate.set()
        for thread in (*others, waiter):
            thread.join(PATIENCE)
    (status,) = results
    assert (status.embedded, status.reason) == (status.chunks, "")
