"""The debouncer: work that waits for a quiet moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fieldguide_server.lsp.executors import Executors
from fieldguide_server.workspace.debounce import Debouncer
from tests.patience import PATIENCE

NEVER = 1_000.0


class Work:
    """Counts its runs, each of which ends when the test lets it."""

    def __init__(self) -> None:
        self.runs = 0
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.errors: asyncio.Queue[BaseException] = asyncio.Queue()
        self.executors = Executors(self.errors.put_nowait)

    async def run(self) -> None:
        self.runs += 1
        self.started.set()
        await self.may_end.wait()

    async def next_run(self) -> None:
        await asyncio.wait_for(self.started.wait(), PATIENCE)
        self.started.clear()


@pytest.fixture
async def work() -> AsyncIterator[Work]:
    made = Work()
    yield made
    await made.executors.stop()


async def test_many_triggers_are_one_run(work: Work) -> None:
    debouncer = Debouncer(work.executors, work.run, quiet=0.0)
    for _ in range(5):
        debouncer.trigger()
    await work.next_run()
    assert work.runs == 1


async def test_a_trigger_during_a_run_causes_another_one_after_it(work: Work) -> None:
    debouncer = Debouncer(work.executors, work.run, quiet=0.0)
    debouncer.trigger()
    await work.next_run()
    debouncer.trigger()
    assert work.runs == 1
    work.may_end.set()
    await work.next_run()
    assert work.runs == 2


async def test_triggers_without_pause_delay_a_run_no_longer_than_the_limit(work: Work) -> None:
    debouncer = Debouncer(work.executors, work.run, quiet=NEVER, longest=0.0)
    debouncer.trigger()
    await work.next_run()


async def test_pending_work_can_be_cancelled(work: Work) -> None:
    cancelled = Debouncer(work.executors, work.run, quiet=0.0)
    cancelled.trigger()
    cancelled.cancel()
    other = Work()
    Debouncer(work.executors, other.run, quiet=0.0).trigger()
    await other.next_run()
    assert work.runs == 0


async def test_work_that_failed_is_reported_and_runs_again(work: Work) -> None:
    async def fail() -> None:
        await work.run()
        raise ZeroDivisionError

    debouncer = Debouncer(work.executors, fail, quiet=0.0)
    debouncer.trigger()
    await work.next_run()
    debouncer.trigger()
    work.may_end.set()
    await work.next_run()
    assert isinstance(await asyncio.wait_for(work.errors.get(), PATIENCE), ZeroDivisionError)
