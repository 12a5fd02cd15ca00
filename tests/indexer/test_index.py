"""The public interface of an index: a real owner process, real stores on disk, real files."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import (
    EmbeddingOptions,
    FieldguideError,
    Index,
    IndexOptions,
    IndexStatus,
    Progress,
    State,
    StorageError,
    WorkspaceError,
)
from tests.conftest import owners
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
Open = Callable[..., Index]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "basket.py").write_text(
        '"""Baskets."""\n\n\nclass Basket:\n    """What a customer wants to buy."""\n\n'
        "    def add_item(self, item):\n        self.items.append(item)\n",
        encoding="utf-8",
    )
    (folder / "shop" / "billing.py").write_text(
        "from shop.basket import Basket\n\n\ndef send_invoice(basket: Basket) -> None:\n"
        '    """Mails the invoice to the customer."""\n    print(basket)\n',
        encoding="utf-8",
    )
    (folder / "README.md").write_text("# Shop\n\nHow to install the shop.\n", encoding="utf-8")
    return folder


@pytest.fixture
def open_index(workspace: Path) -> Iterator[Open]:
    opened: list[Index] = []

    def open_one(options: IndexOptions = WORDS_ONLY, folder: Path = workspace) -> Index:
        opened.append(Index.open(folder, options))
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture
def owner_pids(home: Path) -> Callable[[], set[int]]:
    return lambda: {owner.pid for owner in owners(home)}


def test_a_skipped_file_is_not_counted_as_added(open_index: Open, workspace: Path) -> None:
    (workspace / "logo.png").write_bytes(b"\x89PNG\0")
    index = open_index()
    report = index.update()
    assert (report.added, len(report.skipped)) == (index.status().files, 1)


def test_a_chunk_is_found_with_its_lines(open_index: Open) -> None:
    index = open_index()
    report = index.update()
    assert (report.added, report.changed, report.removed) == (3, 0, 0)
    hit = index.search("who mails the invoice?")[0]
    assert (hit.path, hit.symbol) == ("shop/billing.py", "send_invoice")
    assert hit.start_line <= 4 <= hit.end_line
    assert "def send_invoice" in hit.text


def test_a_saved_file_is_searchable_at_once_and_its_old_text_is_gone(
    open_index: Open, workspace: Path
) -> None:
    index = open_index()
    index.update()
    (workspace / "shop" / "billing.py").write_text("def refund_customer():\n    pass\n", encoding="utf-8")
    report = index.update(["shop/billing.py"])
    assert report.changed == 1
    assert index.search("refund_customer")[0].path == "shop/billing.py"
    assert not [hit for hit in index.search("send_invoice") if "def send_invoice" in hit.text]


def test_deleted_new_and_renamed_files_are_updated(open_index: Open, workspace: Path) -> None:
    index = open_index()
    index.update()
    (workspace / "shop" / "basket.py").rename(workspace / "shop" / "cart.py")
    (workspace / "shop" / "billing.py").unlink()
    report = index.update(["shop/basket.py", "shop/cart.py", "shop/billing.py"])
    assert (report.added, report.removed) == (1, 2)
    assert index.search("add_item")[0].path == "shop/cart.py"
    assert index.file_status("shop/billing.py").state == "unknown"


def test_an_update_with_nothing_changed_reads_nothing(open_index: Open) -> None:
    index = open_index()
    index.update()
    report = index.update()
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 0, 0, 3)


def test_a_name_is_looked_up_with_its_definition_and_references(open_index: Open) -> None:
    index = open_index()
    index.update()
    found = index.lookup("Basket")
    assert [(d.path, d.start_line, d.kind) for d in found.definitions] == [("shop/basket.py", 4, "class")]
    assert found.definitions[0].doc == "What a customer wants to buy."
    assert {(r.path, r.line) for r in found.references} == {("shop/billing.py", 1), ("shop/billing.py", 4)}
    assert [d.symbol for d in index.definitions_in("shop/basket.py")] == ["Basket", "Basket.add_item"]
    assert index.lookup("no such thing").definitions == ()


def test_the_search_can_be_limited_to_code_or_docs(open_index: Open) -> None:
    index = open_index()
    index.update()
    assert {hit.path for hit in index.search("shop", within="docs")} == {"README.md"}
    assert "README.md" not in {hit.path for hit in index.search("shop", within="code")}


@pytest.mark.parametrize(
    "query", ["", "   ", '"', "AND OR NOT", "a*b (c) ^d {e}", "\0", "the of and", "🦆" * 50, "x" * 100_000]
)
def test_any_text_can_be_searched_for(open_index: Open, query: str) -> None:
    index = open_index()
    index.update()
    assert isinstance(index.search(query), list)


def test_an_index_is_ready_only_when_its_vectors_are_made(open_index: Open) -> None:
    index = open_index(IndexOptions())
    states: list[State] = []
    ready = threading.Event()

    def listen(event: IndexStatus | Progress) -> None:
        if isinstance(event, IndexStatus):
            states.append(event.state)
            if event.state is State.READY:
                ready.set()

    index.subscribe(listen)
    index.update()
    status = index.wait_until_ready(timeout=PATIENCE)
    assert ready.wait(PATIENCE)
    assert (status.state, status.embedded) == (State.READY, status.chunks)
    order = [State.EMPTY, State.SCANNING, State.LEXICAL_READY, State.READY]
    assert states == sorted(states, key=order.index), "the states come in their order"
    assert State.SCANNING in states


def test_vectors_find_what_words_do_not(open_index: Open) -> None:
    index = open_index(IndexOptions())
    index.update()
    index.wait_until_ready(timeout=PATIENCE)
    assert index.search("email a bill")[0].path == "shop/billing.py"


def test_a_moved_file_keeps_its_vectors(open_index: Open, workspace: Path) -> None:
    index = open_index(IndexOptions())
    index.update()
    before = index.wait_until_ready(timeout=PATIENCE)
    (workspace / "shop" / "basket.py").rename(workspace / "basket.py")
    index.update()
    assert index.status().embedded == before.embedded


def test_clients_of_one_index_share_its_owner_and_see_each_others_updates(
    open_index: Open, workspace: Path, owner_pids: Callable[[], set[int]]
) -> None:
    one, other = open_index(), open_index()
    one.update()
    assert len(owner_pids()) == 1
    (workspace / "late.py").write_text("def arrived_late():\n    pass\n", encoding="utf-8")
    one.update()
    assert other.search("arrived_late")[0].path == "late.py"


def test_clients_that_start_at_the_same_time_share_one_owner(
    workspace: Path, owner_pids: Callable[[], set[int]]
) -> None:
    found: list[Index] = []
    threads = [
        threading.Thread(target=lambda: found.append(Index.open(workspace, WORDS_ONLY))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len(found) == 4
        for index in found:
            index.update()
        # An owner that started beside another one ends by itself, a moment later.
        deadline = time.monotonic() + PATIENCE
        while len([pid for pid in owner_pids() if psutil.pid_exists(pid)]) > 1:
            assert time.monotonic() < deadline
        assert len([pid for pid in owner_pids() if psutil.pid_exists(pid)]) == 1
    finally:
        for index in found:
            index.close()


def test_a_killed_owner_is_started_again_and_nothing_is_lost(
    open_index: Open, owner_pids: Callable[[], set[int]]
) -> None:
    index = open_index()
    index.update()
    for pid in owner_pids():
        psutil.Process(pid).kill()
    assert index.search("send_invoice")[0].path == "shop/billing.py"


def test_an_owner_ends_when_no_client_is_connected(
    workspace: Path, owner_pids: Callable[[], set[int]]
) -> None:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        running = [psutil.Process(pid) for pid in owner_pids()]
    _, alive = psutil.wait_procs(running, timeout=PATIENCE)
    assert running
    assert not alive


@pytest.mark.parametrize("damaged", ["catalog.sqlite", "vectors/chroma.sqlite3"])
def test_a_damaged_store_is_built_again(workspace: Path, home: Path, damaged: str) -> None:
    with Index.open(workspace) as index:
        index.update()
        index.wait_until_ready(timeout=PATIENCE)
        index.stop_owner()
    (file,) = home.glob(f"indexes/*/*/{damaged}")
    file.write_bytes(b"this is no database" * 100)
    with Index.open(workspace) as index:
        index.update()
        assert index.wait_until_ready(timeout=PATIENCE).state is State.READY
        assert index.search("email a bill")[0].path == "shop/billing.py"


def test_an_index_of_another_model_is_built_next_to_the_old_one_and_replaces_it(
    workspace: Path, home: Path
) -> None:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
    with Index.open(workspace) as index:
        assert index.search("send_invoice"), "the old generation serves meanwhile"
        index.update()
        assert index.wait_until_ready(timeout=PATIENCE).state is State.READY
        assert index.search("email a bill")[0].path == "shop/billing.py"
        assert len(list(home.glob("indexes/*/*/recipe.json"))) == 2
        index.stop_owner()
        assert index.search("email a bill")[0].path == "shop/billing.py", "it is stored"
        assert len(list(home.glob("indexes/*/*/recipe.json"))) == 1, "the old one was removed"


def test_without_an_embedder_words_and_symbols_are_searched(open_index: Open, tmp_path: Path) -> None:
    index = open_index(IndexOptions(embedding=EmbeddingOptions(folder=tmp_path / "no model")))
    index.update()
    status = index.wait_until_ready(timeout=PATIENCE)
    assert status.state is State.DEGRADED
    assert "no model" in status.reason
    assert index.search("send_invoice")[0].path == "shop/billing.py"


def test_a_cache_that_cannot_be_written_is_an_error_of_one_sentence(workspace: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    with pytest.raises(StorageError, match=r"^The index cannot be written to .*; set FIELDGUIDE_HOME .*\.$"):
        Index.open(workspace, IndexOptions(home=blocker / "cache"))


@pytest.mark.parametrize("name", ["missing", "README.md"])
def test_a_folder_that_does_not_exist_is_an_error(workspace: Path, name: str) -> None:
    with pytest.raises(WorkspaceError):
        Index.open(workspace / name, WORDS_ONLY)


def test_a_client_without_the_token_is_disconnected(open_index: Open, home: Path) -> None:
    index = open_index()
    (endpoint,) = home.glob("indexes/*/owner.json")
    assert endpoint.stat().st_mode & 0o077 == 0
    with socket.create_connection(
        ("127.0.0.1", json.loads(endpoint.read_text())["port"]), timeout=PATIENCE
    ) as stranger:
        body = b'{"token": "guess"}'
        stranger.sendall(len(body).to_bytes(4, "big") + body)
        stranger.sendall(len(body).to_bytes(4, "big") + body)
        assert stranger.recv(1) == b""
    assert index.status().state is State.EMPTY


def test_a_git_repository_is_indexed_without_its_ignored_files(open_index: Open, workspace: Path) -> None:
    subprocess.run(["git", "init", "-q", workspace], check=True)
    (workspace / ".gitignore").write_text("build/\n", encoding="utf-8")
    (workspace / "build").mkdir()
    (workspace / "build" / "made.py").write_text("def generated_here():\n    pass\n", encoding="utf-8")
    index = open_index()
    index.update()
    assert index.file_status("build/made.py").reason == "ignored by .gitignore, line 1 (build/)"
    assert index.search("send_invoice")[0].path == "shop/billing.py"


def test_a_removed_workspace_is_an_error_of_one_sentence_and_the_owner_keeps_running(
    open_index: Open, workspace: Path
) -> None:
    index = open_index()
    index.update()
    shutil.rmtree(workspace)
    with pytest.raises(FieldguideError):
        index.update()
    assert index.status().files == 3


def test_a_folder_of_prose_alone_can_be_opened_again(workspace: Path) -> None:
    shutil.rmtree(workspace / "shop")
    for number in range(300):
        (workspace / f"page_{number}.md").write_text(f"# Page {number}\n\nText.\n", encoding="utf-8")
    with Index.open(workspace, WORDS_ONLY) as index:
        assert index.update().added == 301
        index.stop_owner()
        assert index.search("page 7")[0].path == "page_7.md"
