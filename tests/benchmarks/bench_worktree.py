"""A second worktree of a repository: seconds until it is ready and vectors computed for it, compared with those of the first.

By hand: ``python -m tests.benchmarks.bench_worktree FOLDER``, with some thousand chunks in the folder. It is copied and
made a repository; the second worktree is opened while the first one's owner runs, the third when nobody's does.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from fieldguide_indexer import Index, IndexOptions
from fieldguide_indexer.paths import index_folder
from tests.benchmarks.bench_index import cpu
from tests.conftest import owners


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def index(name: str, folder: Path, options: IndexOptions) -> None:
    started = time.perf_counter()
    with Index.open(folder, options) as opened:
        opened.update()
        words = time.perf_counter() - started
        status = opened.wait_until_ready()
        ready = time.perf_counter() - started
        home = index_folder(folder.resolve(), options)
        (owner,) = owners(home)
        made = sum(map(int, re.findall(r"(\d+) vectors were made", (home / "owner.log").read_text("utf-8"))))
        print(
            f"{name:7} {status.state}, {status.chunks} chunks, words after {words:.1f} s, ready after {ready:.1f} s,"
            f" {made} vectors computed, {cpu(owner)[1]:.1f} CPU-s of its owner"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "5"
    with tempfile.TemporaryDirectory() as place:
        first, options = Path(place, "first"), IndexOptions(home=Path(place, "home"))
        shutil.copytree(arguments.folder, first, ignore=shutil.ignore_patterns(".git"), symlinks=True)
        git(first, "init", "-q")
        git(first, "add", ".")
        git(first, "commit", "-q", "-m", "first")
        for name in ("second", "third"):
            git(first, "worktree", "add", "-q", "--detach", str(first.with_name(name)))
        for name in ("first", "second", "third"):
            if name == "third":
                psutil.wait_procs(owners(Path(place)), timeout=60)
            index(name, first.with_name(name), options)
        psutil.wait_procs(owners(Path(place)), timeout=60)


if __name__ == "__main__":
    main()
