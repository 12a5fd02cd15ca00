"""Work-done progress of scans and of vectors, and its cancellation."""

import threading
from pathlib import Path
from typing import Any

from fieldguide_indexer import IndexStatus, Progress, State
from fieldguide_server.timings import Timings
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

CAN_SHOW = {"window": {"workDoneProgress": True}}


def values(client: Client, title: str) -> list[dict[str, Any]]:
    """Return the progress values under a title."""
    shown = [each["params"] for each in client.received if each.get("method") == "$/progress"]
    (token,) = [each["token"] for each in shown if each["value"].get("title") == title]
    return [each["value"] for each in shown if each["token"] == token]


async def begun(client: Client, title: str) -> str:
    message = await client.message(lambda each: each.get("params", {}).get("value", {}).get("title") == title)
    return str(message["params"]["token"])


async def ended(client: Client, token: str) -> None:
    await client.message(
        lambda each: (
            each.get("method") == "$/progress"
            and each["params"]["token"] == token
            and each["params"]["value"]["kind"] == "end"
        )
    )


async def test_cancelling_the_progress_of_an_update_ends_the_update(client: Client, tmp_path: Path) -> None:
    cancelled = threading.Event()
    client.index.on_cancel = cancelled.set
    client.index.on_update = lambda: cancelled.wait(PATIENCE)
    await client.initialize(tmp_path, capabilities=CAN_SHOW)
    token = await begun(client, "Fieldguide: indexing")
    client.notify("window/workDoneProgress/cancel", {"token": token})
    await ended(client, token)
    assert cancelled.is_set()
    begin, report, *_ = values(client, "Fieldguide: indexing")
    assert begin["cancellable"]
    assert (report["message"], report["percentage"]) == ("1 of 2 files", 50)


async def scanned(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=CAN_SHOW)
    await ended(client, await begun(client, "Fieldguide: indexing"))


async def test_progress_is_shown_while_many_vectors_are_made(client: Client, tmp_path: Path) -> None:
    await scanned(client, tmp_path)
    client.index.publish(Progress("embedding", 128, 20_000))
    client.index.publish(Progress("embedding", 10_000, 20_000, 80.0))
    token = await begun(client, "Fieldguide: computing vectors")
    client.index.publish(IndexStatus(State.UPDATING))
    client.index.publish(IndexStatus(State.READY))
    await ended(client, token)
    shown = values(client, "Fieldguide: computing vectors")
    assert shown[-2]["message"] == "10,000 of 20,000 vectors, about 80 s left"
    assert shown[-2]["percentage"] == 50


async def test_no_progress_is_shown_for_a_few_vectors(client: Client, tmp_path: Path) -> None:
    await scanned(client, tmp_path)
    client.index.publish(Progress("embedding", 20_000, 20_003))
    client.index.publish(IndexStatus(State.LEXICAL_READY, chunks=7))
    await client.message(lambda each: each.get("params", {}).get("chunks") == 7)
    assert sum(each.get("method") == "window/workDoneProgress/create" for each in client.received) == 1


async def test_cancelling_the_progress_of_vectors_pauses_indexing_with_a_message(
    client: Client, tmp_path: Path
) -> None:
    await scanned(client, tmp_path)
    client.index.publish(Progress("embedding", 128, 20_000))
    token = await begun(client, "Fieldguide: computing vectors")
    client.notify("window/workDoneProgress/cancel", {"token": token})
    result = await client.notification("window/showMessage")
    assert "fieldguide.resumeIndexing" in result["message"]
    assert client.index.paused
    client.index.publish(client.index.status())
    await ended(client, token)


async def test_a_search_during_the_first_scan_returns_what_is_indexed_with_a_notice(
    tmp_path: Path,
) -> None:
    client = Client(timings=Timings(first_search=0.05, first_scan=0.05))
    end = threading.Event()
    client.index.on_update = lambda: end.wait(PATIENCE)
    await client.initialize(tmp_path, capabilities=CAN_SHOW)
    await begun(client, "Fieldguide: indexing")
    while not (result := await client.request("fieldguide/search", {"query": "x"}))["notice"].count("1 of 2"):
        pass
    assert result["notice"] == (
        "The files of this folder are still being read: 1 of 2 files. Results from the others are missing."
    )
    assert "still being read" in (await client.request("fieldguide/ask", {"question": "why?"}))["notice"]
    end.set()
    await ended(client, await begun(client, "Fieldguide: indexing"))
    assert (await client.request("fieldguide/search", {"query": "x"}))["notice"] == ""
    await client.stop()
