"""Time, memory and disk by the number of chunks: one index for each size, each in its own process.

By hand: ``python -m tests.benchmarks.bench_growth FOLDER [--chunks 1000,10000,100000]``. FOLDER holds source code, of any
kind and the more the better: a size takes as many of its files as it needs, spread evenly. Where it needs more than there
are, copies are made in which every long word is another one, so that texts, words, definitions and vectors are new.
Documents get vectors of chance; see ``bench_search``.
"""

import argparse
import re
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources.workspace import FileEntry, scan
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_search import Figures, measure

_BYTES_A_CHUNK = 870
_KINDS = re.compile(r".+\.(?:c|cpp|cs|go|h|java|js|kt|md|php|py|rb|rs|rst|scala|swift|tsx?)")
_LONG_WORD = re.compile(r"\b[A-Za-z]\w{6,}\b")


def take(entries: Sequence[FileEntry], size: int) -> Iterator[tuple[int, FileEntry]]:
    """Entries of ``size`` bytes together, spread evenly, with the number of the copy."""
    total = sum(entry.size for entry in entries)
    whole, rest = divmod(size, total)
    for copy in range(whole + 1):
        share = 1.0 if copy < whole else rest / total
        for number, entry in enumerate(entries):
            if int((number + 1) * share) > int(number * share):
                yield copy, entry


def lay_out(folder: Path, entries: Sequence[FileEntry], size: int, target: Path) -> None:
    for copy, entry in take(entries, size):
        file = target / str(copy) / entry.path
        file.parent.mkdir(parents=True, exist_ok=True)
        content = (folder / entry.path).read_bytes()
        if copy:
            text = content.decode("utf-8", "replace")
            content = _LONG_WORD.sub(rf"\g<0>{'qxzjvkw'[copy % 7] * 2}", text).encode()
        file.write_bytes(content)


def row(figures: Figures) -> str:
    return (
        f"| {figures.chunks:,} | {figures.text:,.0f} MiB | {figures.words:.1f} s ({figures.words_cpu:.1f}) |"
        f" {figures.vectors:.1f} s | {figures.peak:.0f} MiB | {figures.idle:.0f} MiB |"
        f" {figures.disk:,.0f} MiB, {figures.disk / figures.text:.1f} × | {figures.restart:.2f} s |"
        f" {statistics.median(figures.searches):.1f} / {percentile(figures.searches, 0.99):.0f} ms |"
        f" {statistics.median(figures.searches_cpu):.1f} / {percentile(figures.searches_cpu, 0.99):.0f} ms |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", default="1000,10000,100000")
    parser.add_argument("--queries", type=int, default=400)
    arguments = parser.parse_args()
    entries = [e for e in scan(arguments.folder, IndexOptions()).entries if _KINDS.fullmatch(e.path)]
    print(
        "| chunks | text | words (CPU) | vectors stored | peak | open again | disk | restart | search p50 / p99 | of CPU |"
    )
    print("| ---: " * 10 + "|")
    for count in map(int, arguments.chunks.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            lay_out(arguments.folder, entries, count * _BYTES_A_CHUNK, Path(scratch))
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                print(
                    row(process.submit(measure, Path(scratch).resolve(), arguments.queries).result()),
                    flush=True,
                )


if __name__ == "__main__":
    main()
