"""An engine in this process, with fake embedders that can be made to wait or fail."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fieldguide_indexer import EmbeddingError, EmbeddingOptions, IndexOptions, IndexStatus, Progress, State
from fieldguide_indexer.engine.engine import Engine, EngineLimits
from tests.patience import PATIENCE

DIMENSION = 32
ROOMY_MIB = 100_000


class FakeEmbedder:
    """Computes vectors from hashes. Waits at its gate before each batch, and fails while ``problem`` is set."""

    dimension = DIMENSION

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.texts: list[str] = []
        self.problem = ""
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.loaded = threading.Event()

    def warm(self) -> None:
        self.loaded.set()

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.reached.set()
        assert self.gate.wait(PATIENCE)
        if self.problem:
            raise EmbeddingError(self.problem)
        self.texts.extend(texts)
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
        made = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
        vector: NDArray[np.float32] = made / np.linalg.norm(made)
        return vector

    def close(self) -> None:
        self.gate.set()


class EngineHarness:
    """An engine with its workspace, its fake embedders by model name, and the events that it has sent."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.home = folder / "index"
        self.workspace.mkdir()
        self.home.mkdir()
        self.events: list[IndexStatus | Progress] = []
        self.news = threading.Condition()
        self.embedders: dict[str, FakeEmbedder] = {}
        # The engine shares its process with all the other tests, which count as its memory.
        self.options = IndexOptions(
            embedding=EmbeddingOptions(provider="fake", model="fake"), memory_mib=ROOMY_MIB
        )
        self.limits = EngineLimits()
        self.engine: Engine | None = None
        self.listener: Callable[[IndexStatus | Progress], None] = self._listen

    def embedder(self, name: str = "fake") -> FakeEmbedder:
        return self.embedders.setdefault(name, FakeEmbedder(name))

    def open_embedder(self, options: EmbeddingOptions, threads: int) -> FakeEmbedder | None:
        if options.model == "missing":
            raise EmbeddingError("There is no such model.")
        return self.embedder(options.model) if options.provider == "fake" else None

    def open(self) -> Engine:
        self.engine = Engine(
            self.workspace,
            self.home,
            self.options,
            self.listener,
            open_embedder=self.open_embedder,
            limits=self.limits,
        )
        return self.engine

    def reopen(self) -> Engine:
        assert self.engine is not None
        self.engine.close()
        return self.open()

    def with_model(self, **changes: object) -> IndexOptions:
        return replace(self.options, embedding=replace(self.options.embedding, **changes))  # type: ignore[arg-type]

    def write(self, path: str, text: str) -> None:
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def write_functions(self, *names: str) -> None:
        for name in names:
            self.write(f"{name}.py", f"def {name}():\n    return '{name}'\n")

    def _listen(self, event: IndexStatus | Progress) -> None:
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(condition, PATIENCE)

    def states(self) -> list[State]:
        return [event.state for event in self.events if isinstance(event, IndexStatus)]

    def file(self, name: str) -> Path:
        (found,) = self.home.rglob(name)
        return found


def ready(engine: Engine) -> IndexStatus:
    status = engine.wait_until_ready(PATIENCE)
    assert status.state is State.READY, status
    return status
