"""The vectors of unsaved buffers: stored ones are reused, and new ones are computed in the background."""

import pytest

from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from tests.fakes.engine import EngineHarness, ready
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

PLUM = "def plum():\n    return 'plum'\n"


def orchard(*names: str) -> str:
    """Return a file of functions that are long enough to be separate chunks."""
    return "\n\n".join(
        f"def {name}():\n"
        + "".join(f"    {name}_{n} = grow_{name}({n} * {n}, '{name}')\n" for n in range(20))
        for name in names
    )


def test_only_chunks_that_changed_are_embedded_and_found_by_meaning_from_then_on(
    harness: EngineHarness,
) -> None:
    harness.write("orchard.py", orchard("apple", "pear"))
    engine, unsaved, embedder = harness.open(), UnsavedBuffers(), harness.embedder()
    engine.update()
    ready(engine)
    embedder.texts.clear()
    embedder.reached.clear()
    embedder.gate.clear()
    engine.overlay({"orchard.py": orchard("plum", "apple", "pear")}, unsaved)
    assert embedder.reached.wait(PATIENCE)
    assert engine.queries.search("plum", 1, unsaved=unsaved)[0].symbol == "plum"
    embedder.gate.set()
    ready(engine)
    (plum,) = embedder.texts
    assert plum.startswith("plum")
    # The fake embedder hashes complete texts: this one is nearest to its own chunk.
    assert engine.queries.search(plum, 1, unsaved=unsaved)[0].symbol == "plum"
    assert engine.queries.search(plum, 1)[0].symbol != "plum"
    engine.overlay({"orchard.py": orchard("apple", "plum", "pear")}, unsaved)
    ready(engine)
    assert embedder.texts == [plum]


def test_buffers_are_not_embedded_in_a_pause(harness: EngineHarness) -> None:
    harness.write_functions("apple")
    engine, unsaved = harness.open(), UnsavedBuffers()
    engine.update()
    ready(engine)
    harness.embedder().texts.clear()
    engine.pause()
    engine.overlay({"plum.py": PLUM}, unsaved)
    engine.wait_until_ready(PATIENCE)
    assert not harness.embedder().texts
    assert engine.queries.search("plum", unsaved=unsaved)[0].path == "plum.py"


def test_vectors_of_another_model_are_not_compared(harness: EngineHarness) -> None:
    harness.write_functions("apple")
    engine, unsaved = harness.open(), UnsavedBuffers()
    engine.update()
    ready(engine)
    engine.overlay({"plum.py": PLUM}, unsaved)
    ready(engine)
    engine.reconfigure(harness.with_model(model="other"))
    engine.update()
    ready(engine)
    assert engine.queries.search("plum", unsaved=unsaved)[0].path == "plum.py"
    engine.overlay({"plum.py": f"{PLUM}\n"}, unsaved)
    ready(engine)
    assert [each for each in harness.embedder("other").texts if each.startswith("plum")]
