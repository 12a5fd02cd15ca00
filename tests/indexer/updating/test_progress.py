"""The progress of an update, the time it still takes, and cancelling it without losing anything."""

import threading
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, Progress, State
from fieldguide_indexer.updating.progress import ProgressTracker
from tests.fakes.engine import EngineHarness, ready
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_known_once_the_rate_is() -> None:
    clock = Clock()
    tracker = ProgressTracker("reading", 1_000, clock)
    clock.now += 1
    assert tracker.progress(1, 10, 100).seconds_left is None
    clock.now += 3
    assert tracker.progress(2, 10, 200).seconds_left == pytest.approx(16)
    clock.now += 4
    assert tracker.progress(10, 10, 1_000).seconds_left == 0


def test_a_pause_is_forgotten_by_the_time_left() -> None:
    clock = Clock()
    tracker = ProgressTracker("reading", 1_000, clock)
    for weight in range(0, 500, 10):
        clock.now += 1 if weight != 100 else 3_600
        progress = tracker.progress(weight, 1_000, weight)
    assert progress.seconds_left == pytest.approx(51)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("reading", 1_200, 7_618, 21.4), "1,200 of 7,618 files, about 20 s left"),
        (Progress("embedding", 12, 20_000, 170), "12 of 20,000 vectors, about 3 min left"),
        (Progress("reading", 5, 10, 2), "5 of 10 files, a few seconds left"),
        (Progress("reading", 5, 10), "5 of 10 files"),
        (Progress("reading", 10, 10, 0.0), "10 of 10 files"),
    ],
)
def test_progress_has_a_text_for_people(progress: Progress, text: str) -> None:
    assert progress.text == text


def test_a_cancelled_update_keeps_what_it_did_and_the_next_one_continues(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(400)))
    engine, cancelled = harness.open(), threading.Event()
    report = engine.update(None, lambda _: cancelled.set(), cancelled)
    assert report.interrupted
    assert 0 < report.added < 400
    status = engine.wait_until_ready(PATIENCE)
    assert status.embedded == 0, "whoever cancels needs the machine for something else"
    assert (status.state, status.files) == (State.DEGRADED, report.added)
    assert "interrupted; the next update continues it" in status.reason
    rest = engine.update(["function0.py"])
    assert rest.added == 400 - report.added, "whatever paths it gets, it does the rest"
    assert not rest.interrupted
    assert ready(engine).files == 400


def test_a_paused_update_can_be_cancelled(harness: EngineHarness) -> None:
    harness.write_functions(*(f"function{number}" for number in range(400)))
    engine, cancelled = harness.open(), threading.Event()

    def pause(_: Progress) -> None:
        engine.pause()
        cancelled.set()

    assert engine.update(None, pause, cancelled).interrupted
    engine.resume()


def test_a_client_cancels_its_own_update_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.py").write_text(f"def function{number}():\n    pass\n", encoding="utf-8")
    options = IndexOptions(embedding=EmbeddingOptions(provider="none"))
    with Index.open(folder, options) as one, Index.open(folder, options) as other:
        other.cancel_update()
        report = one.update(on_progress=lambda _: one.cancel_update())
        assert report.interrupted
        rest = one.update(on_progress=lambda _: other.cancel_update())
        assert report.added + rest.added == 400
