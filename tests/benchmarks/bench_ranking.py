"""How well a search ranks: labelled questions over folders of text, compared with plain BM25 over the same chunks.

By hand: ``python -m tests.benchmarks.bench_ranking SET … [--tree QUESTIONS TREE] … [--words]``. A SET is a folder with
``corpus/``, ``queries.jsonl`` and perhaps ``eligible.txt``, the only files that count; ``--tree`` names questions and
the tree apart. A question is ``{"id", "query", "gold": […], "category"?}``, gold being paths or ``{"path",
"start_line"?, "end_line"?}``. Everything runs in this process; ``--words`` leaves the vectors out.
"""

import argparse
import json
import math
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldguide_indexer import EmbeddingOptions, Hit, IndexOptions
from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.lexical import query_words

HITS, TOP, TOKENS, CHARACTERS_PER_TOKEN = 50, 10, 2_000, 4
METRICS = ("NDCG@10", "recall@2k", "recall@10", "MRR")
Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Gold:
    """A location that answers; an entire file if it has no lines."""

    path: str
    start_line: int = 0
    end_line: int = 0

    def is_covered_by(self, hit: Hit) -> bool:
        """Whether a hit shows a line of it. Either path may be relative to a folder inside the other's."""
        same = f"/{hit.path}".endswith(f"/{self.path}") or f"/{self.path}".endswith(f"/{hit.path}")
        return same and (
            not self.start_line or (hit.start_line <= self.end_line and self.start_line <= hit.end_line)
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question."""

    text: str
    gold: tuple[Gold, ...]
    category: str


def read_questions(file: Path) -> Iterator[Question]:
    """The questions of a file, one JSON object a line."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            yield Question(row["query"], tuple(map(_gold, row["gold"])), row.get("category") or "")


def _gold(row: Any) -> Gold:
    if isinstance(row, str):
        return Gold(row)
    return Gold(row["path"], row.get("start_line") or 0, row.get("end_line") or 0)


def score(question: Question, hits: Sequence[Hit], eligible: frozenset[str]) -> Scores:
    """NDCG@10 and recall within 2,000 tokens of the hits; recall@10 and MRR of their files."""
    gold = question.gold
    counting = [hit for hit in hits if not eligible or hit.path in eligible]
    first_of_file = {hit.path: hit for hit in reversed(counting)}
    files = [hit for hit in counting if first_of_file[hit.path] is hit]
    ranks = list(_ranks([Gold(each.path) for each in gold], files))
    return {
        "NDCG@10": _gain(_ranks(gold, hits[:TOP])) / _gain(range(1, min(TOP, len(gold)) + 1)),
        "recall@2k": len(list(_ranks(gold, list(_within_budget(hits))))) / len(gold),
        "recall@10": sum(rank <= TOP for rank in ranks) / len(gold),
        "MRR": 1 / min(ranks) if ranks else 0.0,
    }


def _ranks(gold: Iterable[Gold], hits: Sequence[Hit]) -> Iterator[int]:
    """For each place that is found, the rank of the first hit that covers it."""
    for each in gold:
        rank = next((rank for rank, hit in enumerate(hits, 1) if each.is_covered_by(hit)), 0)
        if rank:
            yield rank


def _gain(ranks: Iterable[int]) -> float:
    return sum(1 / math.log2(rank + 1) for rank in set(ranks))


def _within_budget(hits: Iterable[Hit]) -> Iterator[Hit]:
    used = 0.0
    for hit in hits:
        used += len(hit.text) / CHARACTERS_PER_TOKEN
        if used > TOKENS:
            return
        yield hit


def plain_bm25(catalog: Catalog, text: str) -> list[Hit]:
    """What BM25 alone answers: any of the words, anywhere in a chunk."""
    expression = " OR ".join(f'"{word}"' for word in query_words(text))
    if not expression:
        return []
    found = catalog._read(
        "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words) LIMIT ?", (expression, HITS)
    )
    ids = [chunk_id for (chunk_id,) in found]
    rows, texts = catalog.chunk_rows(ids), catalog.texts(ids)
    return [
        Hit(rows[i].path, rows[i].start_line, rows[i].end_line, 0.0, rows[i].symbol, rows[i].kind, texts[i])
        for i in ids
    ]


def run(questions: Path, tree: Path, *, words_only: bool) -> Iterator[tuple[str, Scores, Scores]]:
    """For each question its category, our scores and those of plain BM25."""
    listed = questions.parent / "eligible.txt"
    eligible = frozenset(listed.read_text(encoding="utf-8").splitlines() if listed.exists() else ())
    options = IndexOptions(embedding=EmbeddingOptions(provider="none" if words_only else "local"))
    with tempfile.TemporaryDirectory() as home:
        engine = Engine(tree.resolve(), Path(home), options, lambda _: None)
        engine.update()
        engine.wait_until_ready()
        for question in read_questions(questions):
            ours = engine.queries.search(question.text, HITS)
            plain = plain_bm25(engine.queries.ask(lambda generation: generation.catalog), question.text)
            yield question.category, score(question, ours, eligible), score(question, plain, eligible)
        engine.close()


def show(name: str, rows: Sequence[tuple[Scores, Scores]]) -> None:
    """One line: each metric as ours / plain BM25."""
    means = ([statistics.fmean(row[side][metric] for row in rows) for side in (0, 1)] for metric in METRICS)
    cells = "  ".join(
        f"{metric} {ours:.3f} / {plain:.3f}" for metric, (ours, plain) in zip(METRICS, means, strict=True)
    )
    print(f"{name:24} {len(rows):4} questions  {cells}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET")
    parser.add_argument(
        "--tree", nargs=2, type=Path, action="append", default=[], metavar=("QUESTIONS", "TREE")
    )
    parser.add_argument("--words", action="store_true", help="search by words alone")
    arguments = parser.parse_args()
    pairs = [(each / "queries.jsonl", each / "corpus") for each in arguments.sets] + arguments.tree
    by_category: dict[str, list[tuple[Scores, Scores]]] = defaultdict(list)
    print("ours / plain BM25 over the same chunks")
    for questions, tree in pairs:
        rows = list(run(questions, tree, words_only=arguments.words))
        show(questions.parent.name, [(ours, plain) for _, ours, plain in rows])
        for category, ours, plain in rows:
            by_category[category or "all"].append((ours, plain))
    for category, scores in sorted(by_category.items()):
        show(category, scores)


if __name__ == "__main__":
    main()
