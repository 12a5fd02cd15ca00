"""Unsaved documents: which texts are sent to the index, and when."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fieldguide_indexer import StorageError
from fieldguide_server.timings import Timings
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

ON_DISK = "def main():\n    pass\n"
TYPED = "# typed\n" + ON_DISK


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(ON_DISK, encoding="utf-8", newline="\n")
    return file


@pytest.fixture
async def client(file: Path) -> AsyncIterator[Client]:
    made = Client()
    await made.initialize(file.parent)
    await made.request("fieldguide/search", {"query": "x"})
    yield made
    await made.stop()


def save(client: Client, file: Path) -> None:
    file.write_text(TYPED, encoding="utf-8", newline="\n")
    client.saved(file)


async def search(client: Client) -> None:
    await client.request("fieldguide/search", {"query": "x"})


async def eventually(client: Client, reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.to_thread(client.index.laid.wait)
            client.index.laid.clear()


async def test_a_search_sees_the_text_that_was_typed_just_before(client: Client, file: Path) -> None:
    client.opened(file, ON_DISK)
    client.typed(file, "# t\n" + ON_DISK)
    client.typed(file, TYPED)
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}]
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}]


@pytest.mark.parametrize("way", ["ask", "explain", "hover"])
async def test_every_request_that_reads_the_index_sees_unsaved_text(
    client: Client, file: Path, way: str
) -> None:
    place = {"textDocument": {"uri": file.as_uri()}, "position": {"line": 1, "character": 5}}
    client.opened(file, TYPED)
    if way == "hover":
        await client.request("textDocument/hover", place)
    else:
        await client.request(f"fieldguide/{way}", {**place, "question": "why?"})
    assert client.index.overlays == [{"app.py": TYPED}]


async def test_unsaved_text_is_sent_in_a_quiet_moment_without_a_request(client: Client, file: Path) -> None:
    client.opened(file, TYPED)
    assert await asyncio.to_thread(client.index.laid.wait, PATIENCE)
    assert client.index.overlays == [{"app.py": TYPED}]


async def test_documents_as_they_are_on_disk_are_not_sent(client: Client, file: Path) -> None:
    client.opened(file, ON_DISK)
    client.opened(file.parent / "../elsewhere.py", TYPED)
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": "untitled:a", "languageId": "x", "version": 1, "text": TYPED}},
    )
    await search(client)
    assert client.index.overlays == []


@pytest.mark.parametrize("end", ["closed", "undone"])
async def test_an_unsaved_text_that_equals_the_file_again_is_removed(
    client: Client, file: Path, end: str
) -> None:
    client.opened(file, TYPED)
    await search(client)
    if end == "closed":
        client.closed(file)
    else:
        client.typed(file, ON_DISK)
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}, {"app.py": None}]


@pytest.mark.parametrize("is_closed", [False, True])
async def test_a_saved_text_stays_until_the_index_has_read_the_file(
    client: Client, file: Path, is_closed: bool
) -> None:
    client.opened(file, ON_DISK)
    client.typed(file, TYPED)
    await search(client)
    may_end = threading.Event()
    client.index.on_update = lambda: may_end.wait(PATIENCE)
    save(client, file)
    if is_closed:
        client.closed(file)
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}]
    client.index.laid.clear()
    may_end.set()
    await eventually(client, lambda: len(client.index.overlays) == 2)
    assert client.index.overlays[1:] == [{"app.py": None}]
    assert client.index.updates[-1] == ["app.py"]


async def test_a_text_that_was_saved_and_closed_at_once_is_sent_before_the_update_ends(
    client: Client, file: Path
) -> None:
    client.opened(file, ON_DISK)
    client.typed(file, TYPED)
    save(client, file)
    client.closed(file)
    await search(client)
    assert client.index.overlays[0] == {"app.py": TYPED}


async def test_unsaved_text_is_sent_to_every_folder_that_holds_the_file(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    client = Client()
    await client.initialize(tmp_path, inner)
    client.opened(inner / "new.py", TYPED)
    for folder in (tmp_path, inner):
        await client.request("fieldguide/search", {"query": "x", "folder": str(folder)})
    assert sorted(client.index.overlays, key=str) == [{"inner/new.py": TYPED}, {"new.py": TYPED}]
    await client.stop()


@pytest.mark.parametrize("name", ["app.py", "a%41.py"])
async def test_documents_opened_before_the_index_are_sent_to_it_and_to_the_next_one(
    tmp_path: Path, name: str
) -> None:
    client = Client()
    client.may_open.clear()
    await client.initialize(tmp_path)
    client.opened(tmp_path / name, TYPED)
    client.may_open.set()
    await search(client)
    assert client.index.overlays == [{name: TYPED}]
    settings = {"settings": {"index": {"exclude": ["dist"]}}}
    client.notify("workspace/didChangeConfiguration", settings)
    await client.request("fieldguide/status")
    await client.session.configuration.settled()
    await search(client)
    assert client.index.overlays == [{name: TYPED}, {name: TYPED}]
    await client.stop()


async def test_an_index_that_refuses_unsaved_text_is_searched_without_it(client: Client, file: Path) -> None:
    def refuse() -> None:
        raise StorageError("The disk is full.")

    client.index.on_overlay = refuse
    client.opened(file, TYPED)
    await search(client)
    client.index.on_overlay = lambda: None
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}]


async def test_a_request_does_not_wait_long_for_unsaved_text(
    file: Path,
) -> None:
    client = Client(timings=Timings(unsaved_request=0.01))
    await client.initialize(file.parent)
    await search(client)
    may_end = threading.Event()
    client.index.on_overlay = lambda: may_end.wait(PATIENCE)
    client.opened(file, TYPED)
    await search(client)
    assert client.index.overlays == []
    may_end.set()
    await search(client)
    assert client.index.overlays == [{"app.py": TYPED}]
    await client.stop()
