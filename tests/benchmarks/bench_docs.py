"""The cost of documentation folders: processes, resident memory, and the seconds until they can be searched by meaning.

By hand: ``python -m tests.benchmarks.bench_docs [--folders 10] [--pages 1]``. Measured are one folder as a source of the docs
index, so many of them, and, as it was before there were sources, so many with an index each. The last column compares
with the first line.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from fieldguide_indexer import Index, IndexOptions, SourceList

_MIB = 1024 * 1024
_PAGE = "# Page {page} of the handbook {folder}\n\n{text}\n"
_TEXT = (
    "Turn the crank of the engine number {} until the lamp is green, then leave it to rest for a while. " * 8
)


def write_folders(place: Path, folders: int, pages: int) -> list[Path]:
    """Folders of made-up pages."""
    made = [place / f"handbook-{number}" for number in range(folders)]
    for folder in made:
        folder.mkdir(parents=True)
        for page in range(pages):
            text = _TEXT.replace("{}", str(page))
            file = folder / f"page-{page}.md"
            file.write_text(_PAGE.format(page=page, folder=folder.name, text=text), encoding="utf-8")
    return made


def owners(home: Path) -> list[psutil.Process]:
    """The owner processes of the indexes that are kept in a home."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "fieldguide_indexer.owner.server" in (command := process.info["cmdline"] or [])
        and command[-1].startswith(str(home))
    ]


def as_sources(folders: Sequence[Path], options: IndexOptions) -> list[Index]:
    """One index of all folders."""
    assert options.home is not None
    sources = SourceList(options.home / "sources.json")
    sources.write({folder.name: folder for folder in folders})
    return [Index.open_sources(sources.file, options)]


def as_indexes(folders: Sequence[Path], options: IndexOptions) -> list[Index]:
    """An index of each folder."""
    return [Index.open(folder, options) for folder in folders]


def measure(
    open_all: Callable[[Sequence[Path], IndexOptions], list[Index]], folders: Sequence[Path]
) -> tuple[int, float, float]:
    """Owner processes, MiB of them and their workers at rest, seconds."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as opened:
        started = time.perf_counter()
        indexes = [opened.enter_context(index) for index in open_all(folders, IndexOptions(home=Path(home)))]
        for index in indexes:
            index.watch()
            index.update()
        for index in indexes:
            index.wait_until_ready()
        seconds = time.perf_counter() - started
        found = owners(Path(home))
        everybody = [one for owner in found for one in (owner, *owner.children(recursive=True))]
        memory = sum(process.memory_info().rss for process in everybody) / _MIB
        for index in indexes:
            index.stop_owner()
        psutil.wait_procs(found)
    return len(found), memory, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=10)
    parser.add_argument("--pages", type=int, default=1, help="pages a folder")
    args = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "60"
    with tempfile.TemporaryDirectory() as place:
        folders = write_folders(Path(place), args.folders, args.pages)
        first = 0.0
        for name, open_all, some in (
            ("1 source", as_sources, folders[:1]),
            (f"{args.folders} sources", as_sources, folders),
            (f"{args.folders} indexes", as_indexes, folders),
        ):
            processes, memory, seconds = measure(open_all, some)
            first = first or memory
            print(
                f"{name:12} {processes:3} owners {memory:7.0f} MiB {seconds:6.1f} s {memory / first:6.2f} x"
            )


if __name__ == "__main__":
    main()
