"""Fieldguide compared with ``semble`` and a LangChain-style pipeline: one folder, one run, the same questions.

By hand: ``python -m tests.benchmarks.bench_peers [FOLDER] [--peers PYTHON] [--questions FILE.jsonl]``. FOLDER is this
repository when none is given. PYTHON is that of an environment with the peers, which are none of our dependencies:

    python -m venv /tmp/peers
    /tmp/peers/bin/pip install semble langchain-text-splitters chromadb onnxruntime tokenizers numpy

A peer that is not there is named as not run. Questions are lines of {"query", "gold": [{"path", "start_line"?,
"end_line"?}]}; with them NDCG@10 is told (binary gains; a hit covers what it shares a line with). Without them names out
of the folder and questions in plain words are asked. Everybody runs alone, starts from nothing and keeps its index on
disk; the clock starts when its imports are done.
"""

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psutil

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources.workspace import read_document, scan
from fieldguide_indexer.types import Document
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_index import MIB, Usage, disk, measured
from tests.benchmarks.bench_search import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
# Their modules, and what must be installed for them.
CONTESTANTS = {
    "fieldguide": "fieldguide_indexer",
    "semble": "semble",
    "langchain": "langchain_text_splitters",
}
_DEFINITION = re.compile(r"\b(?:def|class|func|fn|function|interface|struct)\s+(\w{4,})")


@dataclass
class Run:
    """What one contestant did. ``at`` has the seconds from its start to each event."""

    at: dict[str, float] = field(default_factory=dict)
    chunks: int = 0
    state: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)


def corpus(folder: Path) -> dict[str, str]:
    """Every text that Fieldguide would index, by path."""
    options = IndexOptions()
    documents = (read_document(folder, entry, options) for entry in scan(folder, options).entries)
    return {document.path: document.text for document in documents if isinstance(document, Document)}


def questions(texts: dict[str, str], count: int) -> list[dict[str, Any]]:
    names = sorted({name for text in texts.values() for name in _DEFINITION.findall(text)})
    some = names[:: max(1, 2 * len(names) // count)]
    both = (query for name, plain in zip(some, cycle(QUESTIONS), strict=False) for query in (name, plain))
    return [{"query": query} for query in islice(both, count)]


def ndcg(hits: Sequence[tuple[str, int, int]], gold: Sequence[dict[str, Any]]) -> float:
    """NDCG@10 with gains of one: each target counts where it is covered first."""
    ranks = {next((rank for rank, hit in enumerate(hits[:10]) if covers(hit, target)), 10) for target in gold}
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(gold))))
    return sum(1 / math.log2(rank + 2) for rank in ranks if rank < 10) / ideal


def covers(hit: tuple[str, int, int], target: dict[str, Any]) -> bool:
    path, first, last = hit
    wanted = str(target["path"])
    same = path == wanted or path.endswith(f"/{wanted}") or wanted.endswith(f"/{path}")
    return (
        same and first <= int(target.get("end_line", last)) and last >= int(target.get("start_line", first))
    )


def compete(name: str, python: str, job: dict[str, Any]) -> tuple[Run, Usage]:
    """Runs one contestant in its own process; what it and its children used, until everything can be searched."""
    command = [python, "-P", "-m", f"tests.benchmarks.contestants.{name}"]
    # Some keep caches and statistics in the user's home.
    scratch = {"HOME": job["home"], "XDG_CACHE_HOME": job["home"], "HF_HUB_OFFLINE": "1"}
    environment = {**os.environ, **scratch, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "indexer")))}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        json.dump(job, process.stdin)
        process.stdin.close()
        run = Run()
        hear(process, run, "started")
        with measured(psutil.Process(process.pid)) as usage:
            hear(process, run, "all")
        hear(process, run, "")
    if process.returncode or "all" not in run.at:
        raise RuntimeError(f"{name} ended with status {process.returncode}")
    return run, usage


def hear(process: "subprocess.Popen[str]", run: Run, until: str) -> None:
    """Takes in what a contestant tells, up to an event or to its end."""
    assert process.stdout is not None
    for line in process.stdout:
        told = json.loads(line)
        event = told.pop("event")
        if event == "answer":
            run.answers.append(told)
            continue
        run.at[event] = time.perf_counter()
        run.chunks, run.state = told.get("chunks", 0), told.get("state", "")
        if event == until:
            return


def report(
    name: str, run: Run, usage: Usage, on_disk: float, text: float, asked: list[dict[str, Any]]
) -> None:
    start = run.at["started"]
    everything = run.at["all"] - start
    words = run.at.get("words", run.at["all"]) - start
    times = [answer["ms"] for answer in run.answers]
    line = (
        f"{name:10} {run.chunks:7} chunks  words {words:7.2f} s  all {everything:7.2f} s  {run.chunks / everything:6.0f}/s"
        f"  {usage.cpu:7.2f} CPU-s  peak {usage.peak_mib:5.0f} MiB  disk {on_disk / text:4.1f} × text"
        f"  query p50 {statistics.median(times):6.1f} p99 {percentile(times, 0.99):6.1f} ms"
    )
    scores = [
        ndcg(answer["hits"], question["gold"])
        for answer, question in zip(run.answers, asked, strict=True)
        if question.get("gold")
    ]
    print(line + (f"  NDCG@10 {statistics.mean(scores):.3f}" if scores else ""), run.state, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--questions", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--count", type=int, default=200, help="questions asked when none are given")
    parser.add_argument("--model", type=Path, default=Path(tempfile.gettempdir()) / "fieldguide-static-model")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    texts = corpus(folder)
    size = sum(len(text.encode()) for text in texts.values()) / MIB
    asked = questions(texts, arguments.count)
    if arguments.questions:
        lines = arguments.questions.read_text(encoding="utf-8").splitlines()
        asked = [json.loads(line) for line in lines if line.strip()]
    print(
        f"{folder.name}: {len(texts)} files, {size:.1f} MiB of text, {len(asked)} questions, {os.cpu_count()} cores"
    )
    job = {"folder": str(folder), "files": list(texts), "model": str(arguments.model)}
    job["questions"] = [each["query"] for each in asked]
    for name, package in CONTESTANTS.items():
        python = sys.executable if name == "fieldguide" else arguments.peers
        if subprocess.run(
            [python, "-c", f"import {package}"], stderr=subprocess.DEVNULL, check=False
        ).returncode:
            print(f"{name:10} not run: {package} is not installed for {python}; --help says how")
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            run, usage = compete(name, python, {**job, "home": home})
            report(name, run, usage, disk(Path(home)), size, asked)


if __name__ == "__main__":
    main()
