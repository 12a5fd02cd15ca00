"""Chunks per CPU-second of the shipped embedder, compared with its bare ONNX session in the same run.

By hand: ``python -m tests.benchmarks.bench_embedding [FOLDER] [CHUNKS]``. The chunks are runs of 40 lines of the Python
files in FOLDER (default: the standard library).
"""

import argparse
import sysconfig
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
from tokenizers import Tokenizer

from fieldguide_indexer.embedding import condense, open_embedder
from fieldguide_indexer.embedding.folder import SHIPPED
from fieldguide_indexer.embedding.runtime import onnxruntime
from fieldguide_indexer.options import EmbeddingOptions
from fieldguide_indexer.types import Chunk

QUESTION = "where is the session cookie signed?"


def chunks_of(folder: Path, lines: int = 40) -> Iterator[Chunk]:
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for start in range(0, len(source), lines):
            text = "\n".join(source[start : start + lines])
            yield Chunk(
                path.relative_to(folder).as_posix(), start + 1, start + lines, text, language="python"
            )


def bare_session(texts: list[str]) -> Callable[[], object]:
    """Embeds texts that are tokenised already, one a run, by nothing but ONNX: the ceiling."""
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        SHIPPED / "model.onnx", options, providers=["CPUExecutionProvider"]
    )
    ids = [np.array([encoding.ids], np.int64) for encoding in tokenizer.encode_batch(texts)]
    feeds = [{"input_ids": row, "attention_mask": np.ones_like(row)} for row in ids]
    print(f"{np.mean([row.size for row in ids]):.0f} word pieces a text")
    return lambda: [session.run(None, feed) for feed in feeds]


def report(name: str, count: int, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = psutil.Process().memory_info().rss / 2**20
    print(
        f"{name:24} {count / cpu:6.0f} chunks per CPU-second {count / wall:6.0f} per second {memory:5.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("chunks", nargs="?", type=int, default=1_000)
    arguments = parser.parse_args()
    chunks = list(islice(chunks_of(arguments.folder), arguments.chunks))
    begun = time.perf_counter()
    embedder = open_embedder(EmbeddingOptions())
    assert embedder is not None
    print(f"opened in {time.perf_counter() - begun:.3f} s")
    condensed = [condense(chunk) for chunk in chunks]
    report("condense", len(chunks), lambda: [condense(chunk) for chunk in chunks])
    report("embedder, condensed", len(chunks), lambda: embedder.embed_documents(condensed))
    report("bare session, condensed", len(chunks), bare_session(condensed))
    raw = [chunk.text for chunk in chunks]
    report("embedder, raw", len(chunks), lambda: embedder.embed_documents(raw))
    report("bare session, raw", len(chunks), bare_session(raw))
    report("questions", 100, lambda: [embedder.embed_query(QUESTION) for _ in range(100)])
    embedder.close()


if __name__ == "__main__":
    main()
