"""A second process on one index: ``python -m tests.fakes.second_client FOLDER URL NAME ROUNDS``.

Writes a file, updates the index, prints the name it defined; then reads a name from its input and prints whether a
search finds it. So two of them go hand in hand, each asking for what the other has just been told is stored.
"""

import sys
from pathlib import Path

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions


def options(url: str) -> IndexOptions:
    """Words, and vectors of a scripted endpoint."""
    return IndexOptions(embedding=EmbeddingOptions("openai", None, url, "scripted"))


def write_round(folder: Path, who: str, number: int) -> tuple[str, str]:
    """Puts a new function in the place of the last round's; gives the file and the function's name."""
    path, name = f"{who}{number % 5}.py", f"{who}_in_round_{number}_x"
    (folder / path).write_text(f"def {name}():\n    return {number}\n", encoding="utf-8")
    return path, name


def is_found(index: Index, name: str) -> bool:
    """Whether a search for a function's name gives the file that defines it."""
    return any(hit.symbol == name for hit in index.search(name))


def main() -> int:
    folder, url, who, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with Index.open(folder, options(url)) as index:
        for number in range(rounds):
            path, name = write_round(folder, who, number)
            index.update([path])
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            asked = sys.stdin.readline().strip()
            sys.stdout.write(f"{asked} {is_found(index, asked)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
