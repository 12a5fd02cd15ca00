"""An owner that is stopped or hangs: no client waits for it for ever, and nothing is lost when it continues."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State, StorageError
from fieldguide_indexer.ipc.client import ClientLimits
from tests.conftest import owners

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="no process can be stopped there")]

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))


# An owner has half a second to give a sign of life, not many seconds.
IMPATIENT = ClientLimits(quiet=0.1, sign_of_life=0.5, quick_sign_of_life=0.5)


def no_answer() -> contextlib.AbstractContextManager[object]:
    return pytest.raises(StorageError, match=r"keeps the index \(\d+\) does not answer; if you end it")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "shop.py").write_text("def sell_tea():\n    return 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def index(workspace: Path) -> Iterator[Index]:
    with Index.open(workspace, WORDS_ONLY) as patient:
        patient.update()
        with Index.open(workspace, WORDS_ONLY, IMPATIENT) as index:
            yield index


@pytest.fixture
def owner(index: Index, home: Path) -> Iterator[psutil.Process]:
    (owner,) = owners(home)
    owner.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, owner.pid, os.WSTOPPED | os.WNOWAIT)
    yield owner
    with contextlib.suppress(psutil.NoSuchProcess):
        owner.send_signal(signal.SIGCONT)


QUESTIONS: list[Callable[[Index], object]] = [
    lambda index: index.status(),
    lambda index: index.file_status("shop.py"),
    lambda index: index.lookup("sell_tea"),
    lambda index: index.search("sell_tea"),
    lambda index: index.update(),
    lambda index: index.wait_until_ready(),
]


def test_a_client_does_not_wait_for_an_owner_that_gives_no_sign_of_life(
    index: Index, owner: psutil.Process, workspace: Path
) -> None:
    for ask in QUESTIONS:
        with no_answer():
            ask(index)
    with no_answer():
        Index.open(workspace, WORDS_ONLY, IMPATIENT)


def test_an_owner_that_continues_answers_as_before(index: Index, owner: psutil.Process) -> None:
    with no_answer():
        index.search("sell_tea")
    owner.send_signal(signal.SIGCONT)
    assert index.search("sell_tea")[0].path == "shop.py"
    assert index.status().state is State.READY


def test_a_stopped_owner_that_is_killed_is_replaced(index: Index, owner: psutil.Process) -> None:
    with no_answer():
        index.status()
    owner.kill()
    assert index.status().files == 1
