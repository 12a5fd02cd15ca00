"""The index of a folder: when it is updated, watched, and its progress shown."""

import asyncio
from pathlib import Path

import pytest

from fieldguide_indexer import Progress, StorageError
from tests.patience import PATIENCE
from tests.server.lsp_client import Client


async def test_many_changes_are_one_update_and_too_many_are_a_scan(client: Client, tmp_path: Path) -> None:
    updated = asyncio.Event()
    loop = asyncio.get_running_loop()
    client.index.on_update = lambda: loop.call_soon_threadsafe(updated.set)
    await client.initialize(tmp_path)
    for names, expected in (
        (["a.py", "b/c.py", "a.py", ".git/index"], ["a.py", "b/c.py"]),
        ([f"{number}.py" for number in range(1_001)], None),
        ([".git/HEAD"], None),
    ):
        await asyncio.wait_for(updated.wait(), PATIENCE)
        updated.clear()
        changes = [{"uri": (tmp_path / name).as_uri(), "type": 2} for name in names]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        await asyncio.wait_for(updated.wait(), PATIENCE)
        assert client.index.updates[-1] == expected
    assert client.index.watching


async def test_after_an_update_that_failed_the_next_one_scans_all_files(
    client: Client, tmp_path: Path
) -> None:
    updated, loop = asyncio.Event(), asyncio.get_running_loop()

    def fail_at_a_path() -> None:
        loop.call_soon_threadsafe(updated.set)
        if client.index.updates[-1] == ["lost.py"]:
            raise StorageError("The disk is full.")

    client.index.on_update = fail_at_a_path
    await client.initialize(tmp_path)
    for name in ("lost.py", "next.py"):
        await asyncio.wait_for(updated.wait(), PATIENCE)
        updated.clear()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [change(tmp_path / name)]})
        await asyncio.wait_for(updated.wait(), PATIENCE)
        if name == "lost.py":
            await client.message(lambda each: each.get("params", {}).get("reason") == "The disk is full.")
    assert client.index.updates[-2:] == [["lost.py"], None]


def change(file: Path) -> dict[str, object]:
    return {"uri": file.as_uri(), "type": 2}


@pytest.mark.parametrize("refuses", [True, False])
async def test_the_owner_watches_the_files_if_the_client_refuses(
    client: Client, tmp_path: Path, refuses: bool
) -> None:
    if refuses:
        client.answers["client/registerCapability"] = {"code": -32601, "message": "what?"}
    watches = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    updated, loop = asyncio.Event(), asyncio.get_running_loop()
    client.index.on_update = lambda: (
        len(client.index.updates) > refuses and loop.call_soon_threadsafe(updated.set)
    )
    await client.initialize(tmp_path, capabilities=watches)
    await asyncio.wait_for(updated.wait(), PATIENCE)
    assert client.index.watching == refuses
    assert client.index.updates == [None] * (1 + refuses), "what changed before the watch is looked for"


async def test_progress_begins_once_and_always_ends(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path, capabilities={"window": {"workDoneProgress": True}})
    last = await client.message(lambda each: each.get("params", {}).get("value", {}).get("kind") == "end")
    kinds = [
        each["params"]["value"]["kind"] for each in client.received if each.get("method") == "$/progress"
    ]
    assert kinds[0] == "begin"
    assert kinds.count("end") == 1
    assert last["params"]["token"]


async def test_the_number_of_vectors_is_sent_at_each_percent(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    await client.request("fieldguide/search", {"query": "x"})
    for done in range(1_001):
        client.index.publish(Progress("embedding", done, 1_000))
    last = await client.message(lambda each: each.get("params", {}).get("embedded", 0) > 985)
    assert last["params"] == {**last["params"], "chunks": 1_000, "state": "ready"}
    assert sum(each.get("method") == "fieldguide/indexStatus" for each in client.received) < 120


async def test_a_file_that_changes_during_the_first_scan_is_updated_after_it(
    client: Client, tmp_path: Path
) -> None:
    updated, loop = asyncio.Event(), asyncio.get_running_loop()
    client.index.may_update.clear()
    client.index.on_update = lambda: loop.call_soon_threadsafe(updated.set)
    await client.initialize(tmp_path)
    await asyncio.wait_for(updated.wait(), PATIENCE)
    updated.clear()
    client.saved(tmp_path / "a.py")
    await client.request("fieldguide/status")
    assert client.index.updates == [None]
    client.index.may_update.set()
    await asyncio.wait_for(updated.wait(), PATIENCE)
    assert client.index.updates == [None, ["a.py"]]


async def test_an_index_that_fails_unexpectedly_is_opened_again_at_the_next_request(
    client: Client, tmp_path: Path
) -> None:
    def fail() -> None:
        client.index.on_update = lambda: None
        raise ZeroDivisionError

    client.index.on_update = fail
    await client.initialize(tmp_path)
    await client.message(lambda each: each.get("params", {}).get("state") == "degraded")
    assert (await client.request("fieldguide/search", {"query": "x"}))["hits"] == []
    assert client.index.updates == [None, None]
