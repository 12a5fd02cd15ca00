"""A cold index end to end: words and symbols, then vectors, then a restart; seconds, CPU-seconds and memory.

By hand: ``python -m tests.benchmarks.bench_index FOLDER [--rounds N] [--vectors] [--memory MIB]``. On a machine that others use too the
wall clock says little: the rate "on free cores" is what the CPU-seconds spent would give on as many cores, all ours.
The vectors are compared with the bare embedder over the same texts, before and after, in chunks per CPU-second.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psutil

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, count_tokens
from fieldguide_indexer.embedding import condense, open_embedder
from fieldguide_indexer.paths import index_folder
from fieldguide_indexer.sources.workspace import scan
from fieldguide_indexer.updating.prepare import prepare
from tests.benchmarks.bench_disk import breakdown
from tests.conftest import owners

CORES = os.cpu_count() or 1
MIB = 2**20


@dataclass
class Usage:
    """What the owner and its workers used."""

    wall: float = 0.0
    owner_cpu: float = 0.0
    cpu: float = 0.0
    peak_mib: float = 0.0

    def rate(self, count: int, *, one_writer: bool = False) -> str:
        least = self.owner_cpu if one_writer else 0.0  # what one thread does, more cores do no sooner
        free = count / max(least, self.cpu / CORES, 1e-9)
        return (
            f"{self.wall:6.2f} s {count / self.wall:6.0f}/s wall, {self.cpu:6.2f} CPU-s (owner {self.owner_cpu:.2f})"
            f" = {free:6.0f}/s on {CORES} free cores, peak {self.peak_mib:4.0f} MiB"
        )


def family(owner: psutil.Process) -> list[psutil.Process]:
    return [owner, *owner.children(recursive=True)]


def memory(owner: psutil.Process) -> float:
    total = 0.0
    for process in family(owner):
        try:
            total += process.memory_info().rss / MIB
        except psutil.NoSuchProcess:
            continue
    return total


def cpu(owner: psutil.Process) -> tuple[float, float]:
    """CPU-seconds of the owner alone, and with its workers, the ended ones among them."""
    own = owner.cpu_times()
    alive = [process.cpu_times() for process in owner.children(recursive=True)]
    mine = own.user + own.system
    ended = getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0)
    return mine, mine + ended + sum(each.user + each.system for each in alive)


@contextmanager
def measured(owner: psutil.Process) -> Iterator[Usage]:
    usage, over = Usage(), threading.Event()

    def sample() -> None:
        while not over.wait(0.05):
            usage.peak_mib = max(usage.peak_mib, memory(owner))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    started, before = time.perf_counter(), cpu(owner)
    yield usage
    usage.wall = time.perf_counter() - started
    after = cpu(owner)
    usage.owner_cpu, usage.cpu = after[0] - before[0], after[1] - before[1]
    over.set()
    thread.join()


def cold(folder: Path, memory_mib: int, *, vectors: bool) -> float:
    """One cold index; prints each phase and gives the wall seconds from nothing to lexical search."""
    with tempfile.TemporaryDirectory() as home:
        options = IndexOptions(home=Path(home), memory_mib=memory_mib)
        started = time.perf_counter()
        with Index.open(folder, options) as index:
            (owner,) = owners(Path(home))
            with measured(owner) as usage:
                report = index.update()
            seconds = time.perf_counter() - started
            print(
                f"{'words':9} {report.chunks:7} chunks {usage.rate(report.chunks, one_writer=True)}; {seconds:.2f} s from nothing"
            )
            if vectors:
                with measured(owner) as usage:
                    status = index.wait_until_ready()
                print(f"{'vectors':9} {status.embedded:7} chunks {usage.rate(status.embedded)}")
                print(
                    f"{'':9} {status.embedded / usage.cpu:.0f} chunks per CPU-second, {status.state} {status.reason}"
                )
                print(f"idle {memory(owner):.0f} MiB with a worker kept, disk {disk(Path(home)):.1f} MiB")
                with measured(owner) as usage:
                    time.sleep(5)
                print(f"idle {usage.cpu / usage.wall:.1%} of a core")
            index.stop_owner()
        psutil.wait_procs([owner], timeout=30)
        if vectors:
            print(breakdown(index_folder(folder.resolve(), options)))
        restart(folder, options)
        return seconds


def restart(folder: Path, options: IndexOptions) -> None:
    started = time.perf_counter()
    with Index.open(folder, options) as index:
        opened = time.perf_counter() - started
        index.update()
        updated = time.perf_counter() - started
        owner = owners(options.home or Path())[0]
        status = index.status() if options.embedding.provider == "none" else index.wait_until_ready(120)
        ready = time.perf_counter() - started
        print(
            f"restart: open {opened:.2f} s, scanned {updated:.2f} s, {status.state} {ready:.2f} s, {memory(owner):.0f} MiB"
        )
        index.stop_owner()
    psutil.wait_procs([owner], timeout=30)


def disk(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / MIB


def embedder_alone(folder: Path, count: int = 600) -> float:
    """Chunks per CPU-second of the bare embedder on chunks of this folder, spread evenly."""
    count_tokens("warm")
    entries = scan(folder, IndexOptions()).entries
    some = entries[:: max(1, len(entries) // 150)]
    chunks = (chunk for entry in some for chunk in prepare(folder, entry, IndexOptions()).chunks)
    texts = [condense(chunk) for chunk in islice(chunks, count)]
    embedder = open_embedder(EmbeddingOptions())
    assert embedder is not None
    embedder.embed_documents(texts[:10])
    spent, wall = time.process_time(), time.perf_counter()
    embedder.embed_documents(texts)
    spent, wall = time.process_time() - spent, time.perf_counter() - wall
    embedder.close()
    print(f"embedder alone: {len(texts) / spent:.0f} chunks per CPU-second, {len(texts) / wall:.0f}/s wall")
    return len(texts) / spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vectors", action="store_true")
    parser.add_argument("--memory", type=int, default=IndexOptions().memory_mib, help="the ceiling, in MiB")
    arguments = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "0"
    if arguments.vectors:
        embedder_alone(arguments.folder)
    seconds = [
        cold(arguments.folder, arguments.memory, vectors=arguments.vectors) for _ in range(arguments.rounds)
    ]
    print(f"median {statistics.median(seconds):.2f} s from nothing to lexical search")
    if arguments.vectors:
        embedder_alone(arguments.folder)


if __name__ == "__main__":
    main()
