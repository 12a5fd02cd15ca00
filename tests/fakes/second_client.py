"""A second process on one index: ``python -m tests.fakes.second_client FOLDER URL NAME ROUNDS``.

Writes a file, updates the index, prints the name that the file defines; then reads a name from its input and prints
whether a search finds it. Two processes alternate this way, each searching for what the other has just stored.
"""

import sys
from pathlib import Path

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions


def options(url: str) -> IndexOptions:
    """Return options for words, and for vectors from a scripted endpoint."""
    return IndexOptions(embedding=EmbeddingOptions("openai", None, url, "scripted"))


def write_round(folder: Path, writer: str, number: int) -> tuple[str, str]:
    """Write a new function over the one of five rounds ago; return the file and the function's name."""
    path, name = f"{writer}{number % 5}.py", f"{writer}_in_round_{number}_x"
    (folder / path).write_text(f"def {name}():\n    return {number}\n", encoding="utf-8")
    return path, name


def is_found(index: Index, name: str) -> bool:
    """Return whether a search for a function's name finds its definition."""
    return any(hit.symbol == name for hit in index.search(name))


def main() -> int:
    folder, url, writer, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with Index.open(folder, options(url)) as index:
        for number in range(rounds):
            path, name = write_round(folder, writer, number)
            index.update([path])
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            name = sys.stdin.readline().strip()
            sys.stdout.write(f"{name} {is_found(index, name)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
