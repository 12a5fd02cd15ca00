"""The time until a saved change is found, and the cost of a branch switch, on the index of a copied folder.

By hand: ``python -m tests.benchmarks.bench_freshness FOLDER [--saves N] [--switched N] [--provider local|none]``. With the
provider ``local`` the saves happen while vectors are being made, which is when they are slowest.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from tests.benchmarks.bench_index import measured
from tests.conftest import owners


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def save(index: Index, file: Path, number: int, folder: Path) -> float:
    """Appends a function to a file and gives the milliseconds until its name is found there."""
    name = f"fresh_function_{number}"
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\n\ndef {name}():\n    return {number}\n")
    path = file.relative_to(folder).as_posix()
    started = time.perf_counter()
    index.update([path])
    hits = index.search(name)
    passed = time.perf_counter() - started
    assert path in {hit.path for hit in hits}
    return passed * 1000


def saves(index: Index, folder: Path, count: int) -> None:
    files = sorted(folder.rglob("*.py"))
    some = files[:: max(1, len(files) // count)][:count]
    first = save(index, some[0], 0, folder)
    times = [save(index, file, number, folder) for number, file in enumerate(some, 1)]
    print(
        f"{len(times)} saves: first {first:.0f} ms, then p50 {statistics.median(times):.0f},"
        f" p95 {percentile(times, 0.95):.0f}, most {max(times):.0f} ms"
    )


def switch(index: Index, files: list[Path], contents: list[bytes], what: str, home: Path) -> None:
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    (owner,) = owners(home)
    with measured(owner) as usage:
        report = index.update()
    print(
        f"{what}: {report.changed} files, {report.chunks} chunks, {usage.rate(report.chunks, one_writer=True)}"
    )
    print(f"{'':9} {report.unchanged} unchanged")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saves", type=int, default=40)
    parser.add_argument("--switched", type=int, default=5_000)
    parser.add_argument("--provider", default="none")
    arguments = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "0"
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / "folder", Path(scratch) / "home"
        shutil.copytree(arguments.folder, folder, symlinks=True)
        options = IndexOptions(home=home, embedding=EmbeddingOptions(provider=arguments.provider))
        with Index.open(folder, options) as index:
            report = index.update()
            print(f"{report.added} files, {report.chunks} chunks")
            saves(index, folder, arguments.saves)
            files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
            some = [file for file in files if 100 < file.stat().st_size < 100_000][: arguments.switched]
            before = [file.read_bytes() for file in some]
            switch(index, some, [b"# another branch\n" + content for content in before], "switched", home)
            switch(index, some, before, "back", home)
            switch(index, some, before, "touched", home)
            index.stop_owner()


if __name__ == "__main__":
    main()
