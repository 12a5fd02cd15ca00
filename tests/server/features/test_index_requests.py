"""``fieldguide/files`` and ``fieldguide/reindex``."""

import asyncio
import threading
from pathlib import Path

from tests.patience import PATIENCE
from tests.server.lsp_client import Client


async def test_skipped_files_are_counted_and_then_listed_page_by_page(client: Client, tmp_path: Path) -> None:
    client.index.skipped = ["a.png", "b.png", "c.png"]
    await client.initialize(tmp_path)
    result = await client.request("fieldguide/files")
    assert result == {
        "folder": tmp_path.as_uri(),
        "groups": [{"state": "skipped", "reason": "binary", "count": 3}],
    }
    params = {"state": "skipped", "reason": "binary", "limit": 2}
    page = await client.request("fieldguide/files", params)
    assert [each["path"] for each in page["files"]] == ["a.png", "b.png"]
    assert page["files"][0] == {"path": "a.png", "state": "skipped", "reason": "binary", "chunks": 0}
    assert page["next"] == "b.png"
    last = await client.request("fieldguide/files", {**params, "after": page["next"]})
    assert [each["path"] for each in last["files"]] == ["c.png"]
    assert last["next"] is None


async def test_reindexing_reads_every_file_of_the_folder_again(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    result = await client.request("workspace/executeCommand", {"command": "fieldguide.reindex"})
    (folder,) = result["folders"]
    assert folder["folder"] == tmp_path.as_uri()
    assert folder["interrupted"] is False
    assert client.index.updates[-1] == ["force"]


async def test_cancelling_the_request_ends_the_reindexing(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    await client.notification("fieldguide/indexStatus")
    begun, cancelled = threading.Event(), threading.Event()
    client.index.on_cancel = cancelled.set

    def update() -> None:
        begun.set()
        assert cancelled.wait(PATIENCE)

    client.index.on_update = update
    request = client.start_request("fieldguide/reindex")
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    client.notify("$/cancelRequest", {"id": request})
    assert (await client.answer_to(request))["error"]["code"] == -32800
    assert cancelled.is_set()


async def test_reindexing_fails_while_indexing_is_paused(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    await client.request("fieldguide/pauseIndexing")
    assert "paused" in (await client.error("fieldguide/reindex"))["message"]
    assert ["force"] not in client.index.updates
    await client.request("fieldguide/resumeIndexing")
    await client.request("fieldguide/reindex")
    assert client.index.updates[-1] == ["force"]
