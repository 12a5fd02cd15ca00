"""How many generated secrets of each kind stay readable, how often a repository is redacted, and how long it takes.

By hand: ``python -m tests.benchmarks.bench_redaction [--values 50] [FOLDER …]``; a FOLDER holds the files of a repository.
Each redacted line of a FOLDER is printed, so that one can judge which are false.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer import reason_to_skip, redact
from tests.benchmarks.secret_kinds import KINDS, generate, leaks

_MAX_BYTES = 1_000_000


def report_leaks(values: int) -> None:
    leaked = Counter(name for name, text, secret in generate(values) if leaks(secret, redact(text)[0]))
    print(f"{len(KINDS)} kinds x {values} values: {leaked.total()} leaks {dict(leaked)}")


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            not path.is_file()
            or path.is_symlink()
            or reason_to_skip(name)
            or path.stat().st_size > _MAX_BYTES
        ):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def report_folder(folder: Path) -> None:
    files = list(texts(folder))
    started = time.process_time()
    redacted = [redact(text)[0] for _, text in files]
    seconds = time.process_time() - started
    lines = changed = 0
    for (name, text), result in zip(files, redacted, strict=True):
        lines += text.count("\n")
        for number, (before, after) in enumerate(zip(text.split("\n"), result.split("\n"), strict=True), 1):
            if before != after:
                changed += 1
                print(f"  {name}:{number}: {before.strip()[:160]}")
    megabytes = sum(len(text) for _, text in files) / 1e6
    print(f"{folder.name}: {lines} lines, {changed} redacted, {seconds / megabytes * 1000:.1f} ms/MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=50)
    parser.add_argument("folders", type=Path, nargs="*")
    arguments = parser.parse_args()
    report_leaks(arguments.values)
    for folder in arguments.folders:
        report_folder(folder)


if __name__ == "__main__":
    main()
