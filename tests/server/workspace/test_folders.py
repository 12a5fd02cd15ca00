"""Workspace folders: which one a request is about, which files it has, and when its index is opened and closed."""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import IndexStatus, StorageError
from fieldguide_server.timings import Timings
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

FAILED = -32803
AT = {"line": 0, "character": 0}


async def test_the_innermost_folder_of_a_document_answers(client: Client, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    await client.initialize(tmp_path, inner)
    for name, folder in (("inner/a.py", inner), ("a.py", tmp_path), ("../elsewhere.py", tmp_path)):
        params = {"question": "why?", "textDocument": {"uri": (tmp_path / name).as_uri()}}
        assert (await client.request("fieldguide/ask", params))["folder"] == folder.as_uri()
    error = await client.error("fieldguide/search", {"query": "x", "folder": "file:///elsewhere"})
    assert "not an open workspace folder" in error["message"]


async def test_adding_and_removing_folders_opens_and_closes_their_indexes(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize()
    folder = {"uri": tmp_path.as_uri(), "name": "x"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert (await client.notification("fieldguide/indexStatus"))["state"] == "ready"
    for _ in range(2):
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert (await client.request("fieldguide/status"))["folder"] is None
    assert await asyncio.to_thread(client.index.closed.wait, PATIENCE)


@pytest.mark.parametrize(
    "params",
    [
        {"rootUri": "untitled:x", "workspaceFolders": []},
        {"rootUri": "vscode-remote://host/x", "workspaceFolders": [{"uri": "vscode-vfs://x/y", "name": "x"}]},
    ],
)
async def test_folders_that_are_not_local_are_ignored(client: Client, params: Any) -> None:
    await client.initialize(**params)
    assert (await client.request("fieldguide/status"))["folder"] is None


async def test_older_clients_send_the_root_as_uri_or_path(tmp_path: Path) -> None:
    for params in ({"rootUri": tmp_path.as_uri()}, {"rootPath": str(tmp_path)}):
        client = Client()
        await client.initialize(**params)
        assert (await client.request("fieldguide/status"))["folder"] == tmp_path.as_uri()
        await client.stop()


async def test_an_index_that_could_not_be_opened_is_opened_at_the_next_request(
    client: Client, tmp_path: Path
) -> None:
    client.open_error = StorageError("The cache cannot be written.")
    await client.initialize(tmp_path)
    assert (await client.error("fieldguide/search", {"query": "x"}))["code"] == FAILED
    client.open_error = None
    assert (await client.request("fieldguide/search", {"query": "x"}))["hits"] == []
    assert (await client.request("fieldguide/status"))["state"] == "ready"


async def test_an_index_that_could_not_be_opened_is_opened_when_a_file_changes(
    client: Client, tmp_path: Path
) -> None:
    client.open_error = StorageError("The cache cannot be written.")
    await client.initialize(tmp_path)
    await client.notification("fieldguide/indexStatus")
    client.open_error = None
    saved = {"textDocument": {"uri": (tmp_path / "a.py").as_uri()}}
    client.notify("textDocument/didSave", saved)
    await client.message(lambda each: each.get("params", {}).get("state") == "ready")


async def test_an_index_that_was_being_opened_when_its_folder_was_removed_is_closed(
    client: Client, tmp_path: Path
) -> None:
    client.may_open.clear()
    await client.initialize(tmp_path)
    assert await asyncio.to_thread(client.is_opening.wait, PATIENCE)
    folder = {"uri": tmp_path.as_uri(), "name": "x"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert (await client.request("fieldguide/status"))["folder"] is None
    client.may_open.set()
    assert await asyncio.to_thread(client.index.closed.wait, PATIENCE)


async def test_no_index_is_opened_for_a_folder_that_is_removed_while_settings_are_read(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize()
    folder = {"uri": tmp_path.as_uri(), "name": "x"}
    for added, removed in (([folder], []), ([], [folder])):
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": removed}})
    await client.request("fieldguide/status")
    await client.session.configuration.settled()
    assert client.opened_with == []


async def test_more_folders_than_are_scanned_at_once_do_not_wait_for_each_other(tmp_path: Path) -> None:
    client = Client()
    scanning = threading.Barrier(12)
    client.index.on_update = lambda: scanning.wait(PATIENCE)
    folders = [tmp_path / str(number) for number in range(12)]
    for folder in folders:
        folder.mkdir()
    await client.initialize(*folders)
    for folder in folders:
        await client.request("fieldguide/search", {"query": "x", "folder": folder.as_uri()})
    assert not scanning.broken
    await client.stop()


async def test_requests_for_a_deleted_folder_fail_with_a_sentence(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    await client.initialize(folder)
    await client.request("fieldguide/search", {"query": "x"})
    folder.rmdir()
    for method, params in (("search", {"query": "x"}), ("ask", {"question": "why?"})):
        error = await client.error(f"fieldguide/{method}", params)
        assert error == {"code": FAILED, "message": f"The folder {folder} does not exist any more."}


async def test_a_document_has_the_same_path_below_a_link_and_below_its_target(
    client: Client, tmp_path: Path
) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    try:
        link.symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    await client.initialize(link)
    (real / "a.py").write_text("on disk\n", encoding="utf-8")
    client.opened(real / "a.py", "in the editor\n")
    at = {"textDocument": {"uri": (real / "a.py").as_uri()}, "position": AT}
    await client.request("fieldguide/explain", at)
    await client.request("fieldguide/explain", {**at, "textDocument": {"uri": (link / "a.py").as_uri()}})
    assert client.assistant.questions == [("a.py", 1, 1), ("a.py", 1, 1)]
    assert client.read("a.py") == "in the editor\n"


async def test_only_regular_files_within_the_folder_are_read(client: Client, tmp_path: Path) -> None:
    folder, outside = tmp_path / "w", tmp_path / "secret.txt"
    folder.mkdir()
    outside.write_text("secret\n", encoding="utf-8")
    await client.initialize(folder)
    paths = ["../secret.txt", str(outside), "a\0b", "", "missing.py"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        (folder / "link").symlink_to(outside)
        (folder / "circle").symlink_to(folder / "circle")
        paths += ["pipe", "link", "circle", "circle/a.py"]
    assert {path: client.read(path) for path in paths} == dict.fromkeys(paths)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("Ein Gr\u00fcn\r\n".encode(), "Ein Gr\u00fcn\r\n"),
        ("Ein Gr\u00fcn\n".encode("cp1252"), "Ein Gr\u00fcn\n"),
        ("Ein Gr\u00fcn\n".encode("utf-16"), "Ein Gr\u00fcn\n"),
        (b"\x89PNG\r\n\0\0", None),
    ],
)
async def test_a_file_is_read_in_the_encoding_that_it_was_indexed_in(
    client: Client, tmp_path: Path, stored: bytes, text: str | None
) -> None:
    (tmp_path / "a.txt").write_bytes(stored)
    await client.initialize(tmp_path)
    assert client.read("a.txt") == text


async def test_an_owner_that_does_not_respond_is_reported_as_a_degraded_index(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.initialize(tmp_path)
    await client.request("fieldguide/search", {"query": "x"})

    def hang() -> IndexStatus:
        raise StorageError("The process that keeps the index does not answer.")

    monkeypatch.setattr(client.index, "status", hang)
    result = await client.request("fieldguide/status", {"path": "a.py"})
    assert (result["state"], result["reason"]) == (
        "degraded",
        "The process that keeps the index does not answer.",
    )
    assert "file" not in result


@pytest.mark.parametrize(
    ("method", "answer"), [("workspace/configuration", []), ("window/workDoneProgress/create", None)]
)
async def test_a_response_of_the_client_that_comes_too_late_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str, answer: object
) -> None:
    client = Client(timings=Timings(client_response=0.01))
    client.answers["workspace/configuration"] = []
    client.silent_to.add(method)
    updated = threading.Event()
    client.index.on_update = updated.set
    able = {"workspace": {"configuration": True}, "window": {"workDoneProgress": True}}
    await client.initialize(tmp_path, capabilities=able)
    question = await client.message(lambda each: each.get("method") == method)
    assert await asyncio.to_thread(updated.wait, PATIENCE)
    client.send({"jsonrpc": "2.0", "id": question["id"], "result": answer})
    assert await client.request("fieldguide/status")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    await client.stop()
