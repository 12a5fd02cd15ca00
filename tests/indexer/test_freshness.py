"""How fresh an answer is: acknowledged changes are found by all clients, and unnoticed ones are looked for.

ARCHITECTURE.md ("How fresh an answer is") says what is promised.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, IndexStatus, Progress, State
from fieldguide_indexer.ipc.client import ClientLimits
from tests.conftest import owners
from tests.fakes.openai_embeddings import EmbeddingServer
from tests.fakes.second_client import is_found, options, write_round
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
# However slow the machine is, the first answer waits for the look at every file.
PATIENT = ClientLimits(catch_up=PATIENCE)
ROUNDS = 40


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    write_round(folder, "first", 0)
    return folder


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


def kill_owner(home: Path) -> None:
    for owner in owners(home):
        owner.kill()
        owner.wait(PATIENCE)


def test_two_processes_that_write_and_search_at_once_see_all_that_was_acknowledged(
    workspace: Path, server: EmbeddingServer
) -> None:
    command = [sys.executable, "-m", "tests.fakes.second_client", workspace, server.url, "second", ROUNDS]
    pipe = subprocess.PIPE
    with (
        Index.open(workspace, options(server.url)) as index,
        subprocess.Popen([str(part) for part in command], stdin=pipe, stdout=pipe, encoding="utf-8") as other,
    ):
        index.update()
        assert other.stdin is not None
        assert other.stdout is not None
        for number in range(ROUNDS):
            path, name = write_round(workspace, "first", number)
            index.update([path])
            written = other.stdout.readline().strip()
            other.stdin.write(f"{name}\n")
            other.stdin.flush()
            assert is_found(index, written), "what another process has acknowledged"
            assert other.stdout.readline().strip() == f"{name} True"
            assert not is_found(index, f"first_in_round_{number - 5}_x"), "it was overwritten"
        assert other.wait(PATIENCE) == 0
        status = index.wait_until_ready(PATIENCE)
        assert (status.state, status.chunks, status.embedded) == (State.READY, 10, 10)
        again = len(server.requests)
        index.update()
        index.wait_until_ready(PATIENCE)
        assert len(server.requests) == again, "no vector was lost"


def test_changes_while_the_owner_was_dead_are_found_by_a_client_that_updates_single_paths(
    workspace: Path, home: Path
) -> None:
    with Index.open(workspace, WORDS_ONLY, PATIENT) as index:
        index.update()
        _, old = write_round(workspace, "first", 1)
        index.update(["first1.py"])
        kill_owner(home)
        _, new = write_round(workspace, "first", 6)
        assert is_found(index, new)
        assert not is_found(index, old)


def test_changes_while_the_owner_was_dead_are_found_though_another_client_started_it_again(
    workspace: Path, home: Path
) -> None:
    with Index.open(workspace, WORDS_ONLY, PATIENT) as index:
        index.update()
        kill_owner(home)
        _, new = write_round(workspace, "first", 1)
        with Index.open(workspace, WORDS_ONLY) as other:
            assert not is_found(other, new), "a client that only searches starts no scan"
            assert is_found(index, new)
            assert is_found(other, new)


def test_a_folder_that_was_watched_is_watched_again_after_the_owner_died(workspace: Path, home: Path) -> None:
    with Index.open(workspace, WORDS_ONLY, PATIENT) as index:
        index.watch()
        index.update()
        kill_owner(home)
        assert index.status().chunks == 1
        news = threading.Condition()
        events: list[IndexStatus | Progress] = []

        def listen(event: IndexStatus | Progress) -> None:
            with news:
                events.append(event)
                news.notify_all()

        index.subscribe(listen)
        write_round(workspace, "second", 1)
        with news:
            assert news.wait_for(
                lambda: any(isinstance(e, IndexStatus) and e.chunks == 2 for e in events), PATIENCE
            )


def test_problems_with_watching_are_part_of_the_status(workspace: Path, tmp_path: Path) -> None:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        index.watch()
        assert index.status().reason == ""
        news = threading.Event()

        def listen(event: IndexStatus | Progress) -> None:
            if isinstance(event, IndexStatus) and event.reason:
                news.set()

        index.subscribe(listen)
        workspace.rename(tmp_path / "elsewhere")
        assert news.wait(PATIENCE)
        status = index.status()
        assert status.reason.startswith("The workspace folder is gone; ")
        assert (status.state, status.chunks) == (State.DEGRADED, 1)
        (tmp_path / "elsewhere").rename(workspace)


def test_a_search_in_a_shell_updates_the_index_that_an_editor_uses(workspace: Path) -> None:
    with Index.open(workspace, WORDS_ONLY) as editor:
        editor.update()
        _, name = write_round(workspace, "second", 3)
        shell = [
            sys.executable,
            "-m",
            "fieldguide_server",
            "search",
            name,
            "--path",
            str(workspace),
            "--json",
        ]
        done = subprocess.run(
            [*shell, "--set", "embedding.provider=none"],
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=True,
        )
        assert json.loads(done.stdout)["hits"][0]["path"] == "second3.py"
        assert is_found(editor, name)
