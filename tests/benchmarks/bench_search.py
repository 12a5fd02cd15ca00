"""How long a search takes in an index of a folder, how much memory and disk that index needs.

By hand: ``python -m tests.benchmarks.bench_search FOLDER [--queries N]``. Documents get vectors of chance, which takes no
time and changes none; questions are embedded by the shipped model. Everything runs in this process.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

import numpy as np
import psutil
from numpy.typing import NDArray

from fieldguide_indexer import EmbeddingOptions, IndexOptions
from fieldguide_indexer.embedding import open_embedder
from fieldguide_indexer.engine import Engine
from fieldguide_indexer.store.catalog import Catalog
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_index import MIB, disk

QUESTIONS = (
    "where is the session cookie signed",
    "how are errors of the database turned into messages for the user",
    "parse a configuration file and merge it with the defaults",
    "what happens when the connection is closed while a request runs",
    "convert a date to the time zone of the user",
)


class ChanceEmbedder:
    """Documents get vectors of chance, questions real ones."""

    name = "chance"

    def __init__(self) -> None:
        real = open_embedder(EmbeddingOptions())
        assert real is not None
        self._real = real
        self.dimension = real.dimension

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


def memory() -> float:
    return psutil.Process().memory_info().rss / MIB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        mock.patch("fieldguide_indexer.engine.open_on_demand") as door,
    ):
        door.side_effect = lambda _options, _threads: ChanceEmbedder()
        home = Path(scratch)
        engine = Engine(arguments.folder.resolve(), home, IndexOptions(), lambda _: None)
        started = time.perf_counter()
        report = engine.update()
        words = time.perf_counter() - started
        status = engine.wait_until_ready()
        vectors = time.perf_counter() - started - words
        print(f"{report.chunks} chunks: words in {words:.0f} s, vectors of chance stored in {vectors:.0f} s")
        catalog = engine._serving.catalog
        text = catalog._read("SELECT sum(length(unpack(text))) FROM chunks")[0][0] / MIB
        print(
            f"{status.state}; disk {disk(home):.0f} MiB for {text:.0f} MiB of text: {disk(home) / text:.1f} times"
        )
        engine.close()
        print(f"memory after indexing {memory():.0f} MiB")
        started = time.perf_counter()
        engine = Engine(arguments.folder.resolve(), home, IndexOptions(), lambda _: None)
        state = engine.wait_until_ready().state
        print(f"opened again, {state} in {time.perf_counter() - started:.2f} s")
        times = []
        for question in islice(questions(engine._serving.catalog), arguments.queries):
            started = time.perf_counter()
            engine.search(question)
            times.append((time.perf_counter() - started) * 1000)
        print(
            f"{len(times)} searches: first {times[0]:.0f} ms, p50 {statistics.median(times):.1f},"
            f" p95 {percentile(times, 0.95):.0f}, p99 {percentile(times, 0.99):.0f} ms; {memory():.0f} MiB"
        )
        engine.close()


if __name__ == "__main__":
    main()
