"""Several workspace folders: searches over all of them, and which one a question is about."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import Hit, StorageError
from fieldguide_server.timings import Timings
from tests.server.lsp_client import Client, FakeIndex


def index_with(path: str, words: float) -> FakeIndex:
    return FakeIndex(hits=[Hit(path, 1, 2, 1.0, "", "text", path, words=words)])


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "docs", tmp_path / "shop"
    for folder in made:
        folder.mkdir()
    return made


@pytest.fixture
async def client(folders: tuple[Path, Path]) -> AsyncIterator[Client]:
    made = Client()
    made.indexes = {"docs": index_with("page.md", 0.4), "shop": index_with("app.py", 0.8)}
    yield made
    for index in made.indexes.values():
        index.may_update.set()
    await made.stop()


async def search(client: Client, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await client.request("fieldguide/search", {"query": "main", **more})
    return answer


def places(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(hit["folder"], hit["path"]) for hit in answer["hits"]]


async def test_a_search_without_a_folder_covers_all_folders(
    client: Client, folders: tuple[Path, Path]
) -> None:
    docs, shop = folders
    await client.initialize(docs, shop)
    answer = await search(client)
    assert places(answer) == [(shop.as_uri(), "app.py"), (docs.as_uri(), "page.md")]
    assert (answer["folder"], answer["notice"]) == (None, "")
    assert places(await search(client, limit=1)) == [(shop.as_uri(), "app.py")]
    answer = await search(client, folder=docs.as_uri())
    assert (answer["folder"], places(answer)) == (docs.as_uri(), [(docs.as_uri(), "page.md")])


async def test_a_file_in_two_nested_folders_is_found_once(
    client: Client, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    client.indexes[tmp_path.name] = index_with("shop/app.py", 0.9)
    await client.initialize(tmp_path, folders[1])
    assert places(await search(client)) == [(folders[1].as_uri(), "app.py")]
    assert places(await search(client, folder=str(tmp_path))) == [(tmp_path.as_uri(), "shop/app.py")]


async def test_a_folder_that_cannot_be_searched_is_named_and_the_others_answer(
    client: Client, folders: tuple[Path, Path]
) -> None:
    client.indexes["docs"].error = StorageError("The cache cannot be written.")
    await client.initialize(*folders)
    answer = await search(client)
    assert places(answer) == [(folders[1].as_uri(), "app.py")]
    assert answer["notice"] == "Not searched: docs (The cache cannot be written)."
    client.indexes["shop"].error = StorageError("The disk is full.")
    assert (await client.error("fieldguide/search", {"query": "x"}))[
        "message"
    ] == "The cache cannot be written."


async def test_a_search_does_not_wait_for_a_folder_that_is_still_being_scanned(
    folders: tuple[Path, Path],
) -> None:
    client = Client(timings=Timings(slow_folder=0.05))
    client.indexes = {"docs": index_with("page.md", 0.4), "shop": index_with("app.py", 0.8)}
    client.indexes["docs"].may_update.clear()
    await client.initialize(*folders)
    await search(client, folder=str(folders[1]))
    answer = await search(client)
    assert places(answer) == [(folders[1].as_uri(), "app.py")]
    assert answer["notice"] == "Not searched: docs (it is still being indexed)."
    client.indexes["docs"].may_update.set()
    await search(client, folder=str(folders[0]))
    assert len((await search(client))["hits"]) == 2
    await client.stop()


async def test_a_question_without_a_folder_is_answered_from_all_folders(
    client: Client, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    docs, shop = folders
    inner = docs / "inner"
    inner.mkdir()
    client.indexes["inner"] = index_with("page.md", 0.1)
    await client.initialize(docs, shop, inner)
    answer = await client.request("fieldguide/ask", {"question": "why?"})
    assert (answer["folder"], answer["docs"]) == (shop.as_uri(), {"@docs/": docs.as_uri()})
    hits = client.assistant.index.search("why?")
    assert [hit.path for hit in hits] == ["app.py", "@docs/page.md"]
    answer = await client.request("fieldguide/ask", {"question": "why?", "folder": shop.as_uri()})
    assert answer["docs"] == {}


async def test_a_question_without_a_folder_is_about_the_one_with_the_best_hits(
    client: Client, folders: tuple[Path, Path]
) -> None:
    docs, shop = folders
    await client.initialize(docs, shop)
    params = {"question": "why?"}
    assert (await client.request("fieldguide/ask", params))["folder"] == shop.as_uri()
    params["textDocument"] = {"uri": (docs / "page.md").as_uri()}  # type: ignore[assignment]
    assert (await client.request("fieldguide/ask", params))["folder"] == docs.as_uri()
    for index in client.indexes.values():
        index.hits = []
    assert (await client.request("fieldguide/ask", {"question": "why?"}))["folder"] == docs.as_uri()
