"""How long a hover and another request wait while the folder is being indexed, compared with an index at rest, in one run.

By hand: ``python -m tests.benchmarks.bench_hover FOLDER [--vectors SECONDS]``; FOLDER has some 5,000 files. A real server
process is asked over stdio, twenty times a second, as an editor does; hovers over names that are defined in FOLDER.
"Another request" is a code action: it is answered by the server alone. The index is at rest when it has no vectors to
make; with ``--vectors`` a second server is asked while they are made.
"""

import argparse
import asyncio
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources.workspace import scan
from tests.benchmarks.bench_freshness import percentile
from tests.e2e.conftest import SERVE, Editor, capabilities, environment

_NAME = re.compile(
    r"^[ \t]*(?:export |public |static |async )*(?:def|class|function|func|interface) +(\w+)", re.M
)
_PAUSE = 0.05
_DOCUMENTS = 40
_AT_REST = 20.0


@dataclass
class Times:
    """Milliseconds of each request, and how many hovers had something to tell."""

    hovers: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    told: int = 0

    def show(self, phase: str) -> None:
        for name, times in (("hover", self.hovers), ("code action", self.others)):
            print(
                f"{phase:22} {name:12} {len(times):5} times, p50 {statistics.median(times):6.1f},"
                f" p99 {percentile(times, 0.99):6.1f}, most {max(times):6.1f} ms"
                + (f"; {self.told} told something" if name == "hover" else "")
            )


@dataclass(frozen=True)
class Spot:
    """A name in an open document."""

    document: types.TextDocumentIdentifier
    position: types.Position


def documents(folder: Path) -> dict[str, str]:
    """Some documents that define names, spread evenly: the texts by their URI."""
    entries = [entry for entry in scan(folder, IndexOptions()).entries if entry.size < 100_000]
    texts: dict[str, str] = {}
    for entry in random.Random(1).sample(entries, len(entries)):
        text = (folder / entry.path).read_text(encoding="utf-8", errors="replace")
        if _NAME.search(text):
            texts[(folder / entry.path).as_uri()] = text
        if len(texts) == _DOCUMENTS:
            break
    return texts


def spots_in(uri: str, text: str) -> Iterator[Spot]:
    for match in _NAME.finditer(text):
        line = text.count("\n", 0, match.start(1))
        column = match.start(1) - text.rfind("\n", 0, match.start(1)) - 1
        yield Spot(types.TextDocumentIdentifier(uri), types.Position(line, column))


async def ask(editor: Editor, spots: Sequence[Spot], go_on: Callable[[], bool]) -> Times:
    times, chance = Times(), random.Random(2)
    while go_on():
        spot = chance.choice(spots)
        hover = editor.text_document_hover_async(types.HoverParams(spot.document, spot.position))
        times.told += await timed(hover, times.hovers) is not None
        await asyncio.sleep(_PAUSE / 2)
        there = types.Range(spot.position, spot.position)
        context = types.CodeActionContext([], only=[types.CodeActionKind.Source])
        action = types.CodeActionParams(spot.document, there, context)
        await timed(editor.text_document_code_action_async(action), times.others)
        await asyncio.sleep(_PAUSE / 2)
    return times


async def timed(request: Awaitable[object], times: list[float]) -> object:
    started = time.perf_counter()
    answer = await request
    times.append((time.perf_counter() - started) * 1000)
    return answer


async def watch(folder: Path, texts: dict[str, str], provider: str, seconds: float) -> None:
    """Asks while words are indexed, then for some seconds of what comes after: rest, or computing vectors."""
    spots = [spot for uri, text in texts.items() for spot in spots_in(uri, text)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        editor = Editor()
        await editor.start_io(
            *SERVE, env=environment(FIELDGUIDE_HOME=home, FIELDGUIDE_EMBEDDING_PROVIDER=provider)
        )
        folders = [types.WorkspaceFolder(folder.as_uri(), folder.name)]
        params = types.InitializeParams(capabilities=capabilities(), workspace_folders=folders)
        await editor.initialize_session(params)
        for uri, text in texts.items():
            document = types.TextDocumentItem(uri, "plaintext", 1, text)
            editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
        busy = await ask(
            editor,
            spots,
            lambda: not editor.statuses or editor.statuses[-1]["state"] in ("empty", "scanning"),
        )
        busy.show("words are indexed")
        until = time.monotonic() + seconds
        after = await ask(editor, spots, lambda: time.monotonic() < until)
        after.show("index at rest" if provider == "none" else "vectors are computed")
        print(f"{'':22} {editor.statuses[-1]['state']}, {editor.statuses[-1]['files']} files")
        await editor.shutdown_session()
        await editor.stop()  # type: ignore[no-untyped-call]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=float, default=0.0, metavar="SECONDS")
    arguments = parser.parse_args()
    os.environ["FIELDGUIDE_LINGER_SECONDS"] = "1"
    folder = arguments.folder.resolve()
    texts = documents(folder)
    asyncio.run(watch(folder, texts, "none", _AT_REST))
    if arguments.vectors:
        asyncio.run(watch(folder, texts, "local", arguments.vectors))


if __name__ == "__main__":
    main()
