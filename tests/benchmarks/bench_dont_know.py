"""How often an offline answer is rightly "I don't know", on real indexes of labelled repositories.

By hand: ``python -m tests.benchmarks.bench_dont_know FOLDER … [--questions FILE] [--show]``. Each FOLDER is a repository
that ``dont_know.jsonl`` has questions for, told by its name; it is indexed where the shell tool would (``FIELDGUIDE_HOME``
moves that). A question with a path can be answered there; one without cannot be answered anywhere in that repository.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer import Index
from fieldguide_server.assistant import Answer, Assistant
from fieldguide_server.settings import Settings

QUESTIONS = Path(__file__).with_name("dont_know.jsonl")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question; ``rank`` is the place of its file among those cited, from 1, 0 when it is none."""

    question: str
    path: str | None
    answered: bool
    rank: int
    seconds: float


def ask_all(folder: Path, questions: list[tuple[str, str | None]]) -> list[Outcome]:
    settings = Settings()
    with Index.open(folder, settings.index_options()) as index:
        index.update()
        index.wait_until_ready(300)
        assistant = Assistant(index, _reader(folder), settings, folder)
        return [_ask(assistant, question, path) for question, path in questions]


def _reader(folder: Path) -> Callable[[str], str | None]:
    def read(path: str) -> str | None:
        file = folder / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None

    return read


def _ask(assistant: Assistant, question: str, path: str | None) -> Outcome:
    begun = time.perf_counter()
    answer = asyncio.run(assistant.ask(question))
    return Outcome(question, path, bool(answer.citations), _rank(answer, path), time.perf_counter() - begun)


def _rank(answer: Answer, path: str | None) -> int:
    cited = list(dict.fromkeys(citation.path for citation in answer.citations))
    return cited.index(path) + 1 if path in cited else 0


def report(name: str, outcomes: list[Outcome], *, show: bool) -> None:
    yes = [one for one in outcomes if one.path]
    no = [one for one in outcomes if not one.path]
    answered = sum(one.answered for one in yes) / max(1, len(yes))
    first = sum(one.rank == 1 for one in yes) / max(1, len(yes))
    some = sum(one.rank > 0 for one in yes) / max(1, len(yes))
    declined = sum(not one.answered for one in no) / max(1, len(no))
    slowest = max(one.seconds for one in outcomes) * 1000
    print(
        f"{name:12} answerable {len(yes):3}: answered {answered:.2f}, right file cited {some:.2f}, first {first:.2f}"
        f"   unanswerable {len(no):3}: I don't know {declined:.2f}   slowest {slowest:.0f} ms"
    )
    for one in outcomes if show else ():
        if one.answered != bool(one.path) or (one.path and one.rank == 0):
            print(f"    {'answered' if one.answered else 'declined'}: {one.question}  [{one.path}]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--show", action="store_true", help="list the questions that went wrong")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines()]
    everything = []
    for folder in arguments.folders:
        own = [(row["question"], row["path"]) for row in rows if row["repository"] == folder.name]
        outcomes = ask_all(folder.resolve(), own)
        report(folder.name, outcomes, show=arguments.show)
        everything += outcomes
    report("all", everything, show=False)


if __name__ == "__main__":
    main()
