"""What the tests of the indexer share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House(tmp_path)
    monkeypatch.setattr("fieldguide_indexer.engine.engine.open_on_demand", house.open_embedder)
    yield house
    for embedder in house.embedders.values():
        embedder.gate.set()
    if house.engine is not None:
        house.engine.close()
