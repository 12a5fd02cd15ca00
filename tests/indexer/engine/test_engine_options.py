"""Changes of options: what is rebuilt, and what is kept."""

from dataclasses import replace

import pytest

from fieldguide_indexer import State
from tests.fakes.engine import EngineHarness, ready
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


def test_a_larger_size_limit_adds_files_and_a_smaller_one_removes_them(
    harness: EngineHarness,
) -> None:
    harness.write("large.py", "def large():\n    pass\n" * 100)
    harness.options = replace(harness.options, max_file_bytes=1_000)
    engine = harness.open()
    engine.update()
    assert engine.file_status("large.py").reason == "too large"
    engine.reconfigure(replace(harness.options, max_file_bytes=10_000))
    engine.update()
    assert engine.file_status("large.py").state == "indexed"
    engine.reconfigure(harness.options)
    engine.update()
    assert engine.file_status("large.py").reason == "too large"


@pytest.mark.parametrize(
    "changes", [{"api_key": "another"}, {"batch_size": 3}, {"timeout_seconds": 1.0}], ids=str
)
def test_options_that_do_not_change_vectors_keep_them(
    harness: EngineHarness, changes: dict[str, object]
) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    harness.embedder().texts.clear()
    engine.reconfigure(harness.with_model(**changes))
    assert ready(engine).embedded == 2
    assert harness.embedder().texts == []
    assert len(list(harness.home.rglob("recipe.json"))) == 1


def test_a_client_without_a_model_does_not_remove_vectors(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.reconfigure(harness.with_model(provider="none"))
    assert ready(engine).embedded == 2
    engine.reconfigure(harness.options)
    harness.embedder().texts.clear()
    assert ready(engine).embedded == 2
    assert harness.embedder().texts == []


def test_a_model_that_is_missing_for_a_while_loses_no_vectors(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    engine.reconfigure(harness.with_model(model="missing"))
    status = engine.wait_until_ready(PATIENCE)
    assert (status.state, status.reason) == (State.DEGRADED, "There is no such model.")
    harness.embedder().texts.clear()
    engine.reconfigure(harness.options)
    assert ready(engine).reason == ""
    assert harness.embedder().texts == []


def test_another_model_serves_only_when_all_its_vectors_are_made(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    harness.embedder("other").gate.clear()
    engine.reconfigure(harness.with_model(model="other"))
    engine.update()
    assert harness.embedder("other").reached.wait(PATIENCE)
    assert engine.status().embedded == 2, "the old one still serves"
    assert engine.queries.search("one")[0].path == "one.py"
    harness.embedder("other").gate.set()
    ready(engine)
    assert engine.queries.search("one")[0].path == "one.py"
    harness.options = harness.with_model(model="other")
    harness.embedder("other").texts.clear()
    assert ready(harness.reopen()).embedded == 2
    assert harness.embedder("other").texts == []


def test_other_options_do_not_wait_for_an_update_and_apply_after_it(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(300)))
    harness.write("large.txt", "plenty of text\n" * 1_000)
    engine = harness.open()
    smaller = replace(harness.options, max_file_bytes=1_000)
    engine.update(None, lambda _: engine.reconfigure(smaller))
    assert engine.file_status("large.txt").state == "indexed"
    engine.update()
    assert engine.file_status("large.txt").reason == "too large"


def test_options_that_come_during_an_update_apply_to_the_next_one(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    with engine._updating:
        engine.reconfigure(harness.with_model(model="other"))
    engine.update()
    ready(engine)
    assert len(harness.embedder("other").texts) == 2
