"""What unsaved buffers cost: a search over five of them compared with one over none, and a key press compared with pygls' own work for it.

By hand: ``python -m tests.benchmarks.bench_overlay FOLDER [--queries N]``. Documents get vectors of chance, as in
``bench_search``. Everything but the workers runs in this process.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from unittest import mock

from lsprotocol import types

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.engine.engine import Engine
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_server.app import create_app
from fieldguide_server.features import sync
from fieldguide_server.lsp.documents import LspWorkspace
from tests.benchmarks.bench_freshness import percentile
from tests.benchmarks.bench_search import ChanceEmbedder, questions

BUFFERS, LINES, KEYS = 5, 1_000, 500


def milliseconds(call: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    call(*arguments)
    return (time.perf_counter() - started) * 1000


def told(name: str, times: list[float]) -> str:
    return f"{name}: p50 {statistics.median(times):.1f}, p95 {percentile(times, 0.95):.1f} ms"


def buffers(folder: Path) -> dict[str, str]:
    """Some files of the folder, cut to the same length, a line typed in the middle of each."""
    texts: dict[str, str] = {}
    for file in sorted(folder.rglob("*.py")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) >= LINES and len(texts) < BUFFERS:
            middle = ["", "def typed_just_now(): ...", ""]
            texts[file.relative_to(folder).as_posix()] = "\n".join([*lines[:500], *middle, *lines[500:LINES]])
    return texts


def measure_searches(engine: Engine, folder: Path, count: int) -> None:
    unsaved, texts = UnsavedBuffers(), buffers(folder)
    first = milliseconds(engine.overlay, texts, unsaved)
    engine.wait_until_ready()
    one = [
        milliseconds(engine.overlay, {path: f"{text}\n# {n}"}, unsaved)
        for n in range(4)
        for path, text in texts.items()
    ]
    engine.wait_until_ready()
    print(f"{len(texts)} buffers of {LINES} lines laid in {first:.0f} ms; {told('one of them again', one)}")
    without, over = [], []
    for question in islice(questions(engine.queries.ask(lambda generation: generation.catalog)), count):
        without.append(milliseconds(engine.queries.search, question))
        over.append(milliseconds(partial(engine.queries.search, unsaved=unsaved), question))
    print(told("searches without buffers", without), "·", told("over buffers", over))
    print(f"ratio of medians {statistics.median(over) / statistics.median(without):.2f}")


def measure_keys(folder: Path) -> None:
    """One character more at a time; pygls' own work for it, then ours."""
    app = create_app()
    server, folders = app.server, app.context.session.folders
    workspace = mock.Mock(root_uri=None, position_encoding="utf-16")
    server.protocol.use_workspace(LspWorkspace.like(workspace, None))
    folders.add(folder.as_uri())
    path, text = next(iter(buffers(folder).items()))
    uri = (folder / path).as_uri()
    server.workspace.put_text_document(types.TextDocumentItem(uri, "python", 1, text))
    theirs, ours = [], []
    with mock.patch("asyncio.get_running_loop"):
        for version in range(KEYS):
            at = types.Position(500, version)
            change = types.TextDocumentContentChangePartial(types.Range(at, at), "x")
            document = types.VersionedTextDocumentIdentifier(version, uri)
            params = types.DidChangeTextDocumentParams(document, [change])
            theirs.append(milliseconds(server.workspace.update_text_document, document, change))
            ours.append(milliseconds(sync.document_changed, folders, params))
    print(
        f"a key in {LINES} lines: pygls' buffer {statistics.median(theirs):.3f} ms,"
        f" what we note of it {statistics.median(ours):.3f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    measure_keys(folder)
    with tempfile.TemporaryDirectory() as scratch:
        engine = Engine(
            folder, Path(scratch), IndexOptions(), lambda _: None, open_embedder=lambda *_: ChanceEmbedder()
        )
        print(f"{engine.update().chunks} chunks")
        engine.wait_until_ready()
        measure_searches(engine, folder, arguments.queries)
        engine.close()


if __name__ == "__main__":
    main()
