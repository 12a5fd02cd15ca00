"""The engine of an index: its states, and what is computed again after a change."""

import os
import shutil
import threading

import pytest

from fieldguide_indexer import IndexStatus, Progress, State, StorageError
from fieldguide_indexer.engine.engine import EngineLimits
from fieldguide_indexer.engine.vectorizer import RetryDelays
from tests.fakes.engine import EngineHarness, ready
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


def test_the_state_is_never_ready_while_vectors_are_pending(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine, embedder = harness.open(), harness.embedder()
    engine.update()
    ready(engine)
    embedder.gate.clear()
    embedder.reached.clear()
    harness.write_functions("three")
    engine.update(["three.py"])
    assert embedder.reached.wait(PATIENCE)
    harness.write_functions("four")
    engine.update(["four.py"])
    assert engine.status().state is State.LEXICAL_READY
    embedder.gate.set()
    assert ready(engine).embedded == 4


def test_the_state_is_ready_if_and_only_if_all_vectors_are_made(harness: EngineHarness) -> None:
    engine = harness.open()
    for number in range(15):
        harness.write_functions(f"function{number}")
        engine.update([f"function{number}.py"])
    ready(engine)
    for event in harness.events:
        if isinstance(event, IndexStatus) and event.state is State.READY:
            assert event.embedded == event.chunks


def test_an_update_that_finds_nothing_new_leaves_the_index_ready(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    ready(engine)
    harness.events.clear()
    engine.update()
    assert harness.states()[:2] == [State.UPDATING, State.READY]


def test_states_are_published_in_their_order(harness: EngineHarness) -> None:
    harness.write_functions("one")
    published: list[State] = []
    first, next_one = threading.Event(), threading.Event()

    def listen(event: IndexStatus | Progress) -> None:
        if isinstance(event, IndexStatus):
            if not first.is_set():
                first.set()
                next_one.wait(0.2)  # no other thread may publish meanwhile
            published.append(event.state)
            next_one.set()

    harness.listener = listen
    engine = harness.open()
    assert first.wait(PATIENCE), "opening an index publishes a status"
    engine.update()
    ready(engine)
    assert published[:2] == [State.EMPTY, State.SCANNING]


def test_waiting_for_ready_includes_the_current_update(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(300)))
    engine = harness.open()
    statuses: list[IndexStatus] = []
    waiting = threading.Thread(target=lambda: statuses.append(engine.wait_until_ready(PATIENCE)))

    def begin_to_wait(_: Progress) -> None:
        if not waiting.ident:
            waiting.start()

    engine.update(None, begin_to_wait)
    waiting.join(PATIENCE)
    assert (statuses[0].state, statuses[0].embedded) == (State.READY, 300)


def test_words_come_before_vectors(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    ready(engine)
    harness.write_functions(*(f"function{number}" for number in range(300)))
    harness.events.clear()
    engine.update()
    ready(engine)
    phases = [event.phase for event in harness.events if isinstance(event, Progress)]
    assert phases == sorted(phases, reverse=True), "reading, then embedding"


def test_content_that_was_indexed_before_is_never_embedded_again(harness: EngineHarness) -> None:
    names = [f"function{number}" for number in range(200)]
    harness.write_functions(*names)
    engine, embedder = harness.open(), harness.embedder()
    engine.update()
    ready(engine)
    (harness.workspace / "function0.py").rename(harness.workspace / "renamed.py")
    for name in names[1:100]:  # as if a branch without half of them were checked out, and then this one
        (harness.workspace / f"{name}.py").unlink()
    harness.write_functions("new")
    engine.update()
    ready(engine)
    harness.write_functions(*names)
    embedder.texts.clear()
    engine.update()
    ready(engine)
    assert embedder.texts == []


def test_a_file_that_was_only_touched_is_not_stored_again(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    os.utime(harness.workspace / "one.py", ns=(1, 1))
    report = engine.update()
    assert (report.changed, report.unchanged) == (0, 2)


def test_a_requested_file_is_read_even_when_its_size_and_time_are_the_same(
    harness: EngineHarness,
) -> None:
    harness.write("one.py", "def before():\n    pass\n")
    engine = harness.open()
    engine.update()
    stat = (harness.workspace / "one.py").stat()
    harness.write("one.py", "def after_():\n    pass\n")
    os.utime(harness.workspace / "one.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert engine.update(["one.py"]).changed == 1
    assert [d.name for d in engine.queries.definitions_in("one.py")] == ["after_"]


def test_a_path_with_a_lone_surrogate_is_unknown(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    assert engine.update(["\ud800.py", "one.py"]).unchanged == 1
    assert engine.queries.definitions_in("\ud800.py") == []
    assert engine.file_status("\ud800.py").state == "unknown"


def test_an_update_of_some_paths_changes_no_others(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    harness.write("folder/three.py", "def three():\n    pass\n")
    engine = harness.open()
    engine.update()
    shutil.rmtree(harness.workspace / "folder")
    (harness.workspace / "one.py").unlink()
    assert engine.update(["folder"]).removed == 1
    assert engine.file_status("one.py").state == "stale", "it is still stored"
    assert engine.file_status("folder/three.py").state == "unknown"


def test_a_problem_with_vectors_is_in_the_status_until_the_next_update_makes_them(
    harness: EngineHarness,
) -> None:
    harness.write_functions("one")
    engine, embedder = harness.open(), harness.embedder()
    embedder.problem = "The endpoint sleeps."
    engine.update()
    status = engine.wait_until_ready(PATIENCE)
    assert (status.state, status.reason) == (State.DEGRADED, "The endpoint sleeps.")
    assert engine.queries.search("one")[0].path == "one.py"
    embedder.problem = ""
    engine.update()
    assert ready(engine).reason == ""


def test_vectors_that_could_not_be_made_are_tried_again_after_a_while(harness: EngineHarness) -> None:
    harness.limits = EngineLimits(retries=RetryDelays(first=0.02))
    harness.write_functions("one")
    engine, embedder = harness.open(), harness.embedder()
    embedder.problem = "The endpoint sleeps."
    engine.update()
    harness.wait_for(lambda: State.DEGRADED in harness.states())
    embedder.problem = ""
    harness.wait_for(lambda: harness.states()[-1] is State.READY)


def test_no_vectors_are_made_in_a_pause_and_they_are_after_it(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    assert engine.pause().reason == "Indexing is paused."
    engine.update()
    status = engine.wait_until_ready(PATIENCE)
    assert (status.state, status.embedded) == (State.LEXICAL_READY, 0)
    assert engine.queries.search("one")[0].path == "one.py"
    assert harness.embedder().texts == []
    engine.resume()
    assert ready(engine).embedded == 1


def test_stored_vectors_are_opened_and_tested_in_a_pause_too(harness: EngineHarness) -> None:
    harness.write_functions("one", "two")
    engine = harness.open()
    engine.update()
    ready(engine)
    engine = harness.reopen()
    engine.pause()
    harness.wait_for(lambda: harness.states()[-1] is State.READY)
    assert engine.status().paused
    engine.resume()
    assert ready(engine).reason == ""


def test_stored_vectors_are_opened_while_an_update_looks_at_the_files(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    ready(engine)
    loaded = harness.embedder().loaded

    def wait_for_model(event: IndexStatus | Progress) -> None:
        if isinstance(event, IndexStatus) and event.state is State.UPDATING:
            assert loaded.wait(PATIENCE), "it is loaded together with the vectors"

    harness.listener = wait_for_model
    loaded.clear()
    assert harness.reopen().update().unchanged == 1


def test_the_current_update_waits_in_a_pause(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(500)))
    engine = harness.open()
    at_work = threading.Event()

    def pause(progress: Progress) -> None:
        engine.pause()
        at_work.set()

    update = threading.Thread(target=engine.update, args=(None, pause))
    update.start()
    assert at_work.wait(PATIENCE)
    assert engine.status().state is State.SCANNING
    assert engine.status().chunks < 500
    while update.is_alive():
        engine.resume()
        update.join(0.05)
    assert engine.status().chunks == 500


def test_an_interrupted_index_says_so_until_it_is_complete(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(300)))
    engine = harness.open()
    at_work = threading.Event()

    def pause(_: Progress) -> None:
        engine.pause()
        at_work.set()

    update = threading.Thread(target=engine.update, args=(None, pause))
    update.start()
    assert at_work.wait(PATIENCE)
    engine.close()
    update.join(PATIENCE)
    engine = harness.open()
    status = engine.wait_until_ready(PATIENCE)
    assert status.state is State.DEGRADED
    assert "interrupted" in status.reason
    engine.update()
    assert ready(engine).chunks == 300


def test_a_closed_engine_answers_nothing_and_keeps_what_is_stored(harness: EngineHarness) -> None:
    harness.write_functions("one")
    engine = harness.open()
    engine.update()
    engine.close()
    with pytest.raises(StorageError):
        engine.queries.search("one")
    with pytest.raises(StorageError):
        engine.update()
    assert harness.open().queries.search("one")[0].path == "one.py"


def test_an_update_that_is_cancelled_ends_nobodys_wait_for_vectors(harness: EngineHarness) -> None:
    harness.write_functions(*(f"early{number}" for number in range(300)))
    harness.embedder().gate.clear()
    engine = harness.open()
    engine.update()
    assert harness.embedder().reached.wait(PATIENCE)
    statuses: list[IndexStatus] = []
    waiter = threading.Thread(target=lambda: statuses.append(engine.wait_until_ready(PATIENCE)))
    waiter.start()
    harness.write_functions(*(f"late{number}" for number in range(300)))
    cancelled = threading.Event()
    assert engine.update(None, lambda _: cancelled.set(), cancelled).interrupted
    harness.embedder().gate.set()
    waiter.join(PATIENCE)
    assert [status.embedded - status.chunks for status in statuses] == [0]
