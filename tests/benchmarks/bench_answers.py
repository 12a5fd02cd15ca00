"""The cost that Fieldguide adds to a language model: work before the first byte, time per token, time to cancel.

By hand: ``python -m tests.benchmarks.bench_answers FOLDER [--home FOLDER] [--rounds N]``. The model is a script that
answers at once, in this process; the index of FOLDER is served by its owner process, as it is to users, and has vectors
of chance. With ``--home`` the index is kept for the next run. The goals on 50,000 chunks: 150 ms before the first byte
(p95), 1 ms a token beyond the bare client, 100 ms until the connection is closed, ten conversations at once.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import openai
import psutil

from fieldguide_indexer import Index, IndexOptions
from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.paths import index_folder, make_private
from fieldguide_server.assistant import AskContext, Assistant, Turn
from fieldguide_server.assistant.models import Models
from fieldguide_server.review import Problem
from fieldguide_server.settings import ModelSettings, Settings
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_search import ChanceEmbedder, questions
from tests.fakes.openai_chat import ChatServer, slow, text

TOKENS = 2_000
CONVERSATIONS = 10
HISTORY = (Turn("What is a session?", "It is `Session` [shop/sessions.py:1-9]. " * 20),)


def build(folder: Path, options: IndexOptions) -> list[str]:
    """Makes the index in this process, with vectors of chance under the real model's name; gives questions about it."""
    embedder = ChanceEmbedder()
    embedder.name = embedder.real_name
    home = index_folder(folder, options)
    make_private(home)
    engine = Engine(folder, home, options, lambda _: None, open_embedder=lambda _options, _threads: embedder)
    engine.update()
    status = engine.wait_until_ready()
    print(f"{status.files} files in {status.chunks} chunks: {status.state}")
    asked = list(islice(questions(engine.queries.ask(lambda generation: generation.catalog)), 200))
    engine.close()
    return asked


class Watch:
    """Notes when each piece of an answer came."""

    def __init__(self, processes: Sequence[psutil.Process] = ()) -> None:
        self.processes = processes
        self.begun = asyncio.Event()
        self.started = time.perf_counter()
        self.times: list[float] = []
        self.cpu = -self._spent()

    def add(self, _text: str) -> None:
        self.times.append(time.perf_counter())
        if not self.begun.is_set():
            self.cpu += self._spent()
            self.begun.set()

    def reset(self, problems: Sequence[Problem]) -> None:
        """Nothing: the code of these answers is not reviewed."""

    def _spent(self) -> float:
        """CPU time of this process and those that work for it, in milliseconds."""
        others = sum(sum(each.cpu_times()[:2]) for each in self.processes)
        return (time.process_time() + others) * 1000

    @property
    def until_first(self) -> float:
        """Milliseconds."""
        return (self.times[0] - self.started) * 1000

    @property
    def per_token(self) -> float:
        """Milliseconds, between the first and the last piece of ``TOKENS``."""
        return (self.times[-1] - self.times[0]) * 1000 / TOKENS


class Bench:
    """An assistant over an index and a scripted model."""

    def __init__(self, index: Index, server: ChatServer) -> None:
        self.index, self.server = index, server
        self.settings = replace(
            Settings(), model=ModelSettings(name="scripted", base_url=server.base_url, timeout_seconds=60)
        )
        self.models = Models()
        self.owners = [
            each
            for each in psutil.process_iter(["cmdline"])
            if "fieldguide_indexer.owner.server" in (each.info["cmdline"] or ())
            and str(index._home) in each.info["cmdline"]
        ]

    async def ask(self, question: str, watch: Watch) -> None:
        """Asks as the language server does, where each request has an assistant of its own."""
        assistant = await asyncio.to_thread(
            Assistant, self.index, self._read, self.settings, self.index.folder, self.models
        )
        await assistant.ask(question, AskContext(HISTORY), watch)

    def _read(self, path: str) -> str | None:
        file = self.index.folder / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


async def before_the_first_byte(bench: Bench, asked: Sequence[str]) -> None:
    requests, pieces, cpu = [], [], []
    for question in asked:
        bench.server.enqueue(text("It is ", "there."))
        watch = Watch(bench.owners)
        await bench.ask(question, watch)
        cpu.append(watch.cpu)
        requests.append((bench.server.history[-1].received_at - watch.started) * 1000)
        pieces.append(watch.until_first)
    for name, (first, *each) in (("request", requests), ("first piece", pieces)):
        print(
            f"{name:12} first {first:5.0f} ms, then p50 {statistics.median(each):4.0f},"
            f" p95 {percentile(each, 0.95):4.0f} ms ({len(each)} questions, one after the other)"
        )
    # What a busy machine does not change: the time that the work itself takes, in this process and the owner's.
    print(
        f"CPU for it   mean {statistics.mean(cpu[1:]):.0f}, p95 {percentile(cpu[1:], 0.95):.0f} ms"
        f" in {1 + len(bench.owners)} processes"
    )


async def forwarding(bench: Bench, question: str) -> None:
    """Both read the same stream; what is beyond the bare client's time is ours."""
    pieces = [f"word{number} " for number in range(TOKENS)]
    ours, bare = [], []
    for _ in range(3):
        bench.server.enqueue(text(*pieces), text(*pieces))
        watch = Watch()
        await bench.ask(question, watch)
        ours.append(watch.per_token)
        bare.append(await bare_client(bench.server))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"a token      {mine:.3f} ms, with the bare client {theirs:.3f}: {mine - theirs:+.3f} ms of ours")


async def bare_client(server: ChatServer) -> float:
    watch = Watch()
    async with openai.AsyncOpenAI(base_url=server.base_url, api_key="none") as client:
        stream = await client.chat.completions.create(
            model="scripted", messages=[{"role": "user", "content": "Hello?"}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and (content := chunk.choices[0].delta.content):
                watch.add(content)
    return watch.per_token


async def letting_go(bench: Bench, asked: Sequence[str]) -> None:
    times = []
    for question in asked:
        bench.server.enqueue(slow("It ", "never ends", release=threading.Event()))
        watch = Watch()
        task = asyncio.create_task(bench.ask(question, watch))
        await watch.begun.wait()
        started = time.perf_counter()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(bench.server.history[-1].client_closed.wait, 10)
        times.append((time.perf_counter() - started) * 1000)
    print(
        f"cancelled    upstream closed after p50 {statistics.median(times):.0f}, at most {max(times):.0f} ms"
    )


async def all_at_once(bench: Bench, asked: Sequence[str]) -> None:
    times: list[float] = []

    async def converse(mine: Sequence[str]) -> None:
        for question in mine:
            watch = Watch()
            await bench.ask(question, watch)
            times.append(watch.until_first)

    started = time.perf_counter()
    bench.server.enqueue(*["It is there."] * len(asked))
    await asyncio.gather(*(converse(asked[number::CONVERSATIONS]) for number in range(CONVERSATIONS)))
    rate = len(times) / (time.perf_counter() - started)
    print(
        f"{CONVERSATIONS} at once   first piece p50 {statistics.median(times):.0f},"
        f" p95 {percentile(times, 0.95):.0f} ms; {rate:.1f} answers a second"
    )


async def measure(bench: Bench, asked: Sequence[str], rounds: int) -> None:
    await before_the_first_byte(bench, asked[: rounds + 1])
    await forwarding(bench, asked[0])
    await letting_go(bench, asked[:10])
    await all_at_once(bench, asked[: max(rounds, CONVERSATIONS)])


@contextmanager
def home_of(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    with home_of(arguments.home) as home, ChatServer() as server:
        os.environ["FIELDGUIDE_HOME"] = str(home)
        folder, options = arguments.folder.resolve(), IndexOptions(home=home)
        asked = build(folder, options)
        with Index.open(folder, options) as index:
            print(f"served by its owner: {index.wait_until_ready().state}")
            asyncio.run(measure(Bench(index, server), asked, arguments.rounds))


if __name__ == "__main__":
    main()
