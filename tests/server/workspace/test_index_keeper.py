"""Settings, buffers and changes of files: what reaches the index, and when."""

import asyncio
from pathlib import Path

import pytest

from fieldguide_indexer import Definition, Progress, StorageError
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

FAILED = -32803
AT = {"line": 0, "character": 0}


async def test_hover_tells_what_is_defined_and_counts_uses_beside_wide_characters(
    client: Client, tmp_path: Path
) -> None:
    client.index.definitions["main"] = (
        Definition("lib.py", 9, 9, "main", "main", "function", "def main(x)", ""),
        Definition("app.py", 1, 4, "main", "main", "function", "def main()", "Starts it."),
    )
    await client.initialize(tmp_path)
    uri = client.opened(tmp_path / "app.py", 'x = "😀"; main()\n')
    await client.request("fieldguide/search", {"query": "x"})
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 10}}
    shown = (await client.request("textDocument/hover", place))["contents"]["value"]
    assert shown.splitlines() == ["def main()", "Starts it.", "", "app.py:1 · 1 reference", "Also lib.py:9"]
    place["position"] = {"line": 0, "character": 5}
    assert await client.request("textDocument/hover", place) is None


async def test_hover_can_be_switched_off_by_initialization_options(client: Client, tmp_path: Path) -> None:
    client.index.definitions["main"] = (Definition("app.py", 1, 4, "main", "main", "function"),)
    await client.initialize(tmp_path, initializationOptions={"hover": {"enabled": False}})
    uri = client.opened(tmp_path / "app.py", "main()\n")
    await client.request("fieldguide/search", {"query": "x"})
    place = {"textDocument": {"uri": uri}, "position": AT}
    assert await client.request("textDocument/hover", place) is None


async def test_a_bad_setting_is_told_once(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path, initializationOptions={"answer": {"maxPassages": "many"}})
    shown = await client.notification("window/showMessage")
    assert "answer.max_passages" in shown["message"]
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    await client.request("fieldguide/search", {"query": "x"})
    assert sum(each.get("method") == "window/showMessage" for each in client.received) == 1


async def test_settings_are_asked_for_by_folder_and_an_index_they_concern_is_opened_anew(
    client: Client, tmp_path: Path
) -> None:
    hidden = [{"**/*.map": True, "notes": False}, {"out": True}]
    ours = {"index": {"exclude": ["dist"]}, "hover": {"enabled": None}}
    client.answers["workspace/configuration"] = [ours, *hidden]
    await client.initialize(tmp_path, capabilities={"workspace": {"configuration": True}})
    await client.request("fieldguide/search", {"query": "x"})
    asked = await client.notification("workspace/configuration")
    sections = ("fieldguide", "files.exclude", "search.exclude")
    assert asked["items"] == [{"scopeUri": tmp_path.as_uri(), "section": section} for section in sections]
    assert [options.editor_exclude for options in client.opened_with] == [("**/*.map", "/out", "dist")]
    for exclude in (["dist"], ["build"]):
        client.answers["workspace/configuration"] = [{"index": {"exclude": exclude}}, *hidden]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.request("fieldguide/status")
        await client.session.configuration.settled()
    await client.request("fieldguide/search", {"query": "x"})
    assert [options.editor_exclude for options in client.opened_with] == [
        ("**/*.map", "/out", "dist"),
        ("**/*.map", "/out", "build"),
    ]
    assert {options.exclude for options in client.opened_with} == {()}


async def test_settings_sent_before_a_question_hold_for_it(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    for name in ("one", "two"):
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"fieldguide": {"model": {"name": name}}}}
        )
        await client.request("fieldguide/ask", {"question": "why?"})
        assert client.helper.settings.model.name == name


async def test_answers_of_a_client_that_make_no_sense_are_taken_as_none(
    client: Client, tmp_path: Path
) -> None:
    client.answers["workspace/configuration"] = 5
    client.answers["workspace/applyEdit"] = "yes"
    can = {"workspace": {"configuration": True, "applyEdit": True}}
    await client.initialize(tmp_path, capabilities=can)
    assert (await client.request("fieldguide/search", {"query": "x"}))["hits"] == []
    error = await client.error("fieldguide/generateConfig", {"apply": True})
    assert error["code"] == FAILED
    client.send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "what?"}})
    await client.request("fieldguide/status")
    assert not any(each.get("id", 0) is None for each in client.received)


async def test_many_edits_are_one_update_and_too_many_are_a_scan(client: Client, tmp_path: Path) -> None:
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


async def test_after_an_update_that_failed_the_next_looks_at_everything(
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
async def test_the_owner_watches_where_the_client_refuses_to(
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


async def test_a_thousand_changes_leave_the_buffer_right_and_form_feeds_end_no_line(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    uri = client.opened(tmp_path / "a.py", "one\x0c\ntwo\n")
    start = {"line": 1, "character": 0}
    for version in range(1_000):
        change = {"range": {"start": start, "end": start}, "text": "x"}
        params = {"textDocument": {"uri": uri, "version": version + 2}, "contentChanges": [change]}
        client.notify("textDocument/didChange", params)
    await client.request("fieldguide/status")
    assert client.read("a.py") == "one\x0c\n" + "x" * 1_000 + "two\n"


async def test_progress_is_created_only_where_it_can_be_shown_and_always_ends(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path, capabilities={"window": {"workDoneProgress": True}})
    last = await client.message(lambda each: each.get("params", {}).get("value", {}).get("kind") == "end")
    kinds = [
        each["params"]["value"]["kind"] for each in client.received if each.get("method") == "$/progress"
    ]
    assert kinds[0] == "begin"
    assert kinds.count("end") == 1
    assert last["params"]["token"]


async def test_how_many_vectors_there_are_is_told_at_each_percent(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    await client.request("fieldguide/search", {"query": "x"})
    for done in range(1_001):
        client.index.tell(Progress("embedding", done, 1_000))
    last = await client.message(lambda each: each.get("params", {}).get("embedded", 0) > 985)
    assert last["params"] == {**last["params"], "chunks": 1_000, "state": "ready"}
    assert sum(each.get("method") == "fieldguide/indexStatus" for each in client.received) < 120
