"""The protocol between a contestant and ``bench_peers``: a job on standard input, JSON lines as answers."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Hits = Iterable[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Job:
    """A folder with its text files, where to keep an index of it, and what to ask.

    ``model`` is the folder of a static model, made when there is none.
    """

    folder: Path
    files: list[str]
    home: Path
    model: Path
    questions: list[str]

    @classmethod
    def read(cls) -> "Job":
        given = json.load(sys.stdin)
        return cls(
            Path(given["folder"]),
            given["files"],
            Path(given["home"]),
            Path(given["model"]),
            given["questions"],
        )

    def answer(self, search: Callable[[str], Hits]) -> None:
        """Asks every question once; a hit is (path, first line, last line), from 1."""
        for question in self.questions:
            started = time.perf_counter()
            hits = list(search(question))
            tell("answer", ms=(time.perf_counter() - started) * 1000, hits=hits)


def tell(event: str, **facts: object) -> None:
    """Events are ``started`` (imports done), ``words``, ``all`` (everything can be searched) and ``answer``."""
    print(json.dumps({"event": event, **facts}), flush=True)
