"""Many changes at once in a watched folder: seconds until the index is right, texts embedded again, events lost.

By hand: ``python -m tests.benchmarks.bench_watching [--files N]``. A repository is made up; its owner watches it and nobody tells it
anything. *Right* is when the catalog holds the files of a scan, each with its size. *Again* counts texts sent to the (scripted) model
beyond those that are new. *Lost* is what a look at every file still finds to do afterwards.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_indexer.sources.workspace import scan
from tests.fakes.openai_embeddings import EmbeddingServer

PATIENCE = 120.0


@dataclass(frozen=True)
class Bench:
    folder: Path
    home: Path
    index: Index
    server: EmbeddingServer

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)

    def is_right(self) -> bool:
        (catalog,) = self.home.rglob("catalog.sqlite")
        connection = sqlite3.connect(f"{catalog.as_uri()}?mode=ro", uri=True)
        try:
            held = dict(connection.execute("SELECT path, size FROM files").fetchall())
        finally:
            connection.close()
        return held == {entry.path: entry.size for entry in scan(self.folder, IndexOptions()).entries}

    def measure(self, what: str, change: Callable[[], object], fresh: int = 0) -> None:
        self.server.requests.clear()
        started = time.perf_counter()
        change()
        changed = time.perf_counter()
        while not self.is_right():
            assert time.perf_counter() - changed < PATIENCE, what
            time.sleep(0.05)
        right = time.perf_counter()
        self.index.wait_until_ready(PATIENCE)
        embedded = sum(len(request["input"]) for request in self.server.requests)
        report = self.index.update()
        lost = report.added + report.changed + report.removed
        print(
            f"{what:34} took {changed - started:5.1f} s, right {right - changed:5.2f} s later,"
            f" {max(0, embedded - fresh):4} again, {lost} lost"
        )


def text(number: int, branch: str = "main") -> str:
    return f'def function_{number}():\n    """{branch} says {number}."""\n    return {number}\n'


def path(folder: Path, number: int) -> Path:
    return folder / f"area{number % 10}" / f"part{number % 100}" / f"file{number}.py"


def fill(folder: Path, count: int, branch: str = "main") -> None:
    for number in range(count):
        file = path(folder, number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(number, branch), encoding="utf-8")


def storm(folder: Path, count: int) -> None:
    fill(folder / "storm", count, "main")
    shutil.rmtree(folder / "storm")


def commits(bench: Bench, count: int) -> None:
    """A branch of commits to rebase, each of fifty files, and one commit on main to rebase it on."""
    bench.git("checkout", "-q", "-b", "topic")
    for number in range(count):
        for file in range(50):
            path(bench.folder, number * 50 + file).write_text(text(file, f"topic {number}"), encoding="utf-8")
        bench.git("commit", "-qam", f"topic {number}")
    bench.git("checkout", "-q", "main")
    (bench.folder / "on_main.py").write_text("def on_main():\n    pass\n", encoding="utf-8")
    bench.git("add", "-A")
    bench.git("commit", "-qm", "main goes on")
    bench.git("checkout", "-q", "topic")


def run(bench: Bench, count: int) -> None:
    bench.index.watch()
    bench.git("init", "-q", "-b", "main")
    bench.git("add", "-A")
    bench.git("commit", "-qm", "one")
    bench.index.update()
    bench.index.wait_until_ready(PATIENCE)
    bench.measure("nothing", lambda: None)
    bench.measure(
        "renamed folder of a tenth", lambda: shutil.move(bench.folder / "area1", bench.folder / "moved")
    )
    bench.measure("and back", lambda: shutil.move(bench.folder / "moved", bench.folder / "area1"))
    bench.measure(f"{count} files made and deleted", lambda: storm(bench.folder, count))
    bench.git("checkout", "-q", "-b", "other")
    bench.measure(f"{count} files rewritten", lambda: fill(bench.folder, count, "other"), fresh=count)
    bench.git("commit", "-qam", "other")
    bench.measure(f"branch switch, {count} files", lambda: bench.git("checkout", "-q", "main"))
    bench.measure("and back", lambda: bench.git("checkout", "-q", "other"))
    bench.measure("branch switch again", lambda: bench.git("checkout", "-q", "main"))
    bench.measure("ten commits of 50 files", lambda: commits(bench, 10), fresh=501)
    bench.measure("rebase of these", lambda: bench.git("rebase", "-q", "main"), fresh=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_000)
    arguments = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "0"
    with tempfile.TemporaryDirectory() as scratch, EmbeddingServer() as server:
        folder, home = Path(scratch) / "folder", Path(scratch) / "home"
        folder.mkdir()
        fill(folder, arguments.files)
        options = IndexOptions(
            home=home, embedding=EmbeddingOptions("openai", None, server.url, "scripted", batch_size=512)
        )
        with Index.open(folder, options) as index:
            run(Bench(folder, home, index, server), arguments.files)
            index.stop_owner()


if __name__ == "__main__":
    main()
