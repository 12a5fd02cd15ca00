"""An owner that is stopped, or hangs: nobody waits for it for ever, and nothing is lost when it goes on."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State, StorageError
from tests.conftest import owners

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="no process can be stopped there")]

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))


@contextlib.contextmanager
def no_answer_soon() -> Iterator[None]:
    """Within, an owner has a moment to answer, not seconds; and it is to give no answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldguide_indexer.ipc.client._QUIET_SECONDS", 0.1)
        patch.setattr("fieldguide_indexer.ipc.client._PATIENCE_SECONDS", 0.2)
        patch.setattr("fieldguide_indexer.ipc.client._READING_PATIENCE_SECONDS", 0.2)
        with pytest.raises(StorageError, match=r"keeps the index \(\d+\) does not answer; if you end it"):
            yield


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "shop.py").write_text("def sell_tea():\n    return 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def index(workspace: Path) -> Iterator[Index]:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
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


def test_a_stopped_owner_is_waited_for_no_longer_than_it_gives_signs_of_life(
    index: Index, owner: psutil.Process, workspace: Path
) -> None:
    for ask in QUESTIONS:
        with no_answer_soon():
            ask(index)
    with no_answer_soon():
        Index.open(workspace, WORDS_ONLY)


def test_an_owner_that_goes_on_answers_as_before(index: Index, owner: psutil.Process) -> None:
    with no_answer_soon():
        index.search("sell_tea")
    owner.send_signal(signal.SIGCONT)
    assert index.search("sell_tea")[0].path == "shop.py"
    assert index.status().state is State.READY


def test_a_stopped_owner_that_is_ended_is_followed_by_another(index: Index, owner: psutil.Process) -> None:
    with no_answer_soon():
        index.status()
    owner.kill()
    assert index.status().files == 1
