"""Limits of resources: memory (fewer workers, replaced sooner, a sentence in the status) and priority."""

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldguide_indexer import IndexOptions, State
from fieldguide_indexer.memory import Memory
from fieldguide_indexer.sources.workspace import scan
from fieldguide_indexer.updating.worker import Task
from fieldguide_indexer.updating.worker_pool import WorkerPool
from tests.fakes.engine import ROOMY_MIB, EngineHarness, FakeEmbedder, ready

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("ceiling", "workers"), [(200, 1), (300, 1), (450, 2), (1_000, 6), (10_000, 8)])
def test_there_are_as_many_workers_as_there_is_room_for(ceiling: int, workers: int) -> None:
    assert Memory(ceiling).workers(8) == workers


def write_much(folder: Path) -> None:
    for number in range(40):
        lines = (f"def function{number}_{line}():\n    return {line}\n" for line in range(1_000))
        (folder / f"{number}.py").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(("ceiling", "kept"), [(1, 0), (ROOMY_MIB, 1)])
def test_a_worker_that_exceeds_the_memory_limit_ends(tmp_path: Path, ceiling: int, kept: int) -> None:
    write_much(tmp_path)
    options = IndexOptions()
    pool = WorkerPool(tmp_path, options, Memory(ceiling))
    try:
        tasks = [Task(entry) for entry in scan(tmp_path, options).entries]
        states = [file.state for batch in pool.prepare(tasks) for file in batch]
        assert states == ["indexed"] * 40
        assert len(pool.pids) >= kept
        pool.free_memory_if_short()
        assert len(pool.pids) == kept
    finally:
        pool.close()


def test_a_memory_limit_that_cannot_be_kept_is_in_the_status(harness: EngineHarness) -> None:
    harness.options = replace(harness.options, memory_mib=1)
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    status = ready(engine)
    assert status.memory_mib > 1
    assert status.reason.startswith("This index took up to ")
    assert "more than the 1 MiB of index.memory_mib" in status.reason
    engine.reconfigure(replace(harness.options, memory_mib=100_000))
    assert engine.status().reason == ""
    assert engine.status().state is State.READY


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux")
def test_another_priority_applies_from_then_on_whether_it_is_higher_or_lower(harness: EngineHarness) -> None:
    found: list[int] = []

    class PriorityEmbedder(FakeEmbedder):
        def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
            found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return super().embed_documents(texts)

    harness.embedders["fake"] = PriorityEmbedder()
    before = os.getpriority(os.PRIO_PROCESS, 0)
    harness.options = replace(harness.options, nice=5)
    engine = harness.open()
    for nice in (5, 7, 0):
        engine.reconfigure(replace(harness.options, nice=nice))
        harness.write_functions(f"function{nice}")
        engine.update()
        ready(engine)
    assert found == [before + 5, before + 7, before]
