"""The use of disk space by an index, as a multiple of its text.

By hand: ``python -m tests.benchmarks.bench_disk HOME``, with the folder of an index (``…/indexes/NAME-HASH``), best after its
owner has left; ``bench_index --vectors`` prints the same of the index it makes.
"""

import argparse
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fieldguide_indexer.generations.recipe import current_name
from fieldguide_indexer.store.pages import part

_LEAST_SHARE = 0.002
_TEXT = "SELECT count(*), sum(length(CAST(part(p.parts, c.text) AS BLOB))) FROM chunks c JOIN pages p ON p.id = c.page"


def tables(file: Path) -> Iterator[tuple[str, int]]:
    """Bytes of each table and index of a SQLite file, its free pages last."""
    with closing(sqlite3.connect(file)) as connection:
        yield from connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
        (size,), (free,) = (
            connection.execute(f"PRAGMA {each}").fetchone() for each in ("page_size", "freelist_count")
        )
        yield "free pages", size * free


def breakdown(home: Path) -> str:
    """A line for each part that counts, the largest first."""
    folder = home / current_name(home)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        connection.create_function("part", 2, part)
        chunks, text = connection.execute(_TEXT).fetchone()
    sizes: dict[str, int] = defaultdict(int)
    for file in (each for each in home.rglob("*") if each.is_file()):
        if file.suffix in (".sqlite", ".sqlite3"):
            for name, size in tables(file):
                sizes[f"{file.name} {name}"] += size
        else:
            sizes[file.name] += file.stat().st_size
    total = sum(sizes.values())
    lines = [f"{chunks} chunks, {text / chunks:.0f} bytes of text each; {total / text:.2f} times the text"]
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if size / text > _LEAST_SHARE:
            lines.append(f"  {name:50} {size / 1e6:8.2f} MB {size / text:6.3f} x")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    print(breakdown(parser.parse_args().home))


if __name__ == "__main__":
    main()
