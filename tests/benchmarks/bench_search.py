"""The time of a search in the index of a folder, and the memory and disk space of that index.

By hand: ``python -m tests.benchmarks.bench_search FOLDER [--queries N]``. Documents get vectors of chance, which takes no
time and changes none; questions are embedded by the shipped model. Everything runs in this process.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from fieldguide_indexer import EmbeddingOptions, IndexOptions
from fieldguide_indexer.embedding import open_embedder
from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.memory import freeze_garbage_collector
from fieldguide_indexer.store.catalog import Catalog
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_index import MIB, disk, measured

_TEXT = "SELECT sum(length(part(p.parts, c.text))) FROM chunks c JOIN pages p ON p.id = c.page"

QUESTIONS = (
    "where is the session cookie signed",
    "how are errors of the database turned into messages for the user",
    "parse a configuration file and merge it with the defaults",
    "what happens when the connection is closed while a request runs",
    "convert a date to the time zone of the user",
)


class ChanceEmbedder:
    """Documents get vectors of chance, questions real ones."""

    def __init__(self) -> None:
        real = open_embedder(EmbeddingOptions())
        assert real is not None
        self.name = "chance"
        self._real = real
        self.real_name = real.name
        self.dimension = real.dimension

    def warm(self) -> None:
        pass

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.blake2b(texts[0].encode(), digest_size=4).digest(), "big")
        made = np.random.default_rng(seed).normal(size=(len(texts), self.dimension)).astype(np.float32)
        vectors: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._real.embed_query(text)

    def close(self) -> None:
        self._real.close()


def questions(catalog: Catalog) -> Iterator[str]:
    """Names that are defined here and questions in plain words, in turns."""
    probes = catalog.probes(200)
    names = [chunk.symbol.rpartition(".")[2] or chunk.path for _, _, chunk in probes]
    for name, question in zip(cycle(names), cycle(QUESTIONS), strict=False):
        yield name
        yield f"{question} {name}"


@dataclass
class Figures:
    """What an index of one folder took: seconds, MiB, milliseconds. ``peak`` has the worker processes in it."""

    chunks: int = 0
    files: int = 0
    state: str = ""
    words: float = 0.0
    words_cpu: float = 0.0
    vectors: float = 0.0
    peak: float = 0.0
    idle: float = 0.0
    text: float = 0.0
    catalog: float = 0.0
    disk: float = 0.0
    restart: float = 0.0
    searches: list[float] = field(default_factory=list)
    searches_cpu: list[float] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield (
            f"{self.files} files, {self.chunks} chunks: words in {self.words:.1f} s ({self.words_cpu:.1f} CPU-s),"
            f" vectors of chance stored in {self.vectors:.1f} s, peak {self.peak:.0f} MiB; {self.state}"
        )
        yield (
            f"disk {self.disk:.0f} MiB ({self.catalog:.0f} of it the catalog) for {self.text:.0f} MiB of text:"
            f" {self.disk / self.text:.1f} times"
        )
        yield f"opened again in {self.restart:.2f} s, {self.idle:.0f} MiB"
        yield (
            f"{len(self.searches)} searches: first {self.searches[0]:.0f} ms, p50 {statistics.median(self.searches):.1f},"
            f" p95 {percentile(self.searches, 0.95):.0f}, p99 {percentile(self.searches, 0.99):.0f} ms;"
            f" CPU p50 {statistics.median(self.searches_cpu):.1f}, p99 {percentile(self.searches_cpu, 0.99):.0f} ms"
        )


def measure(folder: Path, queries: int) -> Figures:
    """Indexes a folder, opens its index again and asks it, all in this process; vectors are of chance."""
    figures = Figures()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        _build(folder, Path(scratch), figures)
        _ask(folder, Path(scratch), figures, queries)
    return figures


def _build(folder: Path, home: Path, figures: Figures) -> None:
    this = psutil.Process()
    engine = Engine(folder, home, IndexOptions(), lambda _: None, open_embedder=lambda *_: ChanceEmbedder())
    with measured(this) as words:
        report = engine.update()
    with measured(this) as vectors:
        status = engine.wait_until_ready()
    figures.chunks, figures.files, figures.state = report.chunks, report.added, status.state
    figures.words, figures.words_cpu, figures.vectors = words.wall, words.cpu, vectors.wall
    figures.peak = max(words.peak_mib, vectors.peak_mib)
    catalog = engine.queries.ask(lambda generation: generation.catalog)
    figures.text = catalog._read(_TEXT)[0][0] / MIB
    engine.close()
    figures.disk = disk(home)
    figures.catalog = sum(file.stat().st_size for file in home.rglob("catalog*")) / MIB


def _ask(folder: Path, home: Path, figures: Figures, queries: int) -> None:
    started = time.perf_counter()
    engine = Engine(folder, home, IndexOptions(), lambda _: None, open_embedder=lambda *_: ChanceEmbedder())
    engine.update()
    engine.wait_until_ready()
    figures.restart = time.perf_counter() - started
    freeze_garbage_collector()  # as an owner does when it is ready
    for question in islice(questions(engine.queries.ask(lambda generation: generation.catalog)), queries):
        started, spent = time.perf_counter(), time.process_time()
        engine.queries.search(question)
        figures.searches.append((time.perf_counter() - started) * 1000)
        figures.searches_cpu.append((time.process_time() - spent) * 1000)
    figures.idle = psutil.Process().memory_info().rss / MIB
    engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    arguments = parser.parse_args()
    for line in measure(arguments.folder.resolve(), arguments.queries).lines():
        print(line)


if __name__ == "__main__":
    main()
