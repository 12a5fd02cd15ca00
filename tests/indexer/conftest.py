"""Shared fixtures of the indexer tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import EngineHarness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[EngineHarness]:
    harness = EngineHarness(tmp_path)
    yield harness
    for embedder in harness.embedders.values():
        embedder.gate.set()
    if harness.engine is not None:
        harness.engine.close()
