"""A config file with a model's help, over LSP: request, command, code action, progress, cancelling, the edit's preview."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.openai_chat import ChatServer, slow
from tests.fakes.proposals import answer, proposal, shop
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

CANCELLED = -32800
SEED = proposal("setup", "npm run seed")
EDITS = {
    "applyEdit": True,
    "workspaceEdit": {
        "documentChanges": True,
        "resourceOperations": ["create"],
        "changeAnnotationSupport": {},
    },
}


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path / "home"))
    (tmp_path / "shop").mkdir()
    return shop(tmp_path / "shop")


async def start(client: Client, folder: Path, server: ChatServer, **capabilities: Any) -> None:
    options = {"model": {"name": "scripted", "baseUrl": server.base_url}}
    await client.initialize(folder, capabilities=capabilities, initializationOptions=options)


async def test_the_result_has_the_files_the_additions_and_the_refusals(
    client: Client, folder: Path, server: ChatServer
) -> None:
    server.enqueue(answer(SEED, proposal("start", "npm run worker")))
    await start(client, folder, server)
    made = await client.request("fieldguide/generateConfig", {"target": "gitpod", "model": True})
    details = made["with_model"]
    assert "npm run seed" in made["files"][0]["content"]
    assert "npm run seed" not in details["rules"][0]["content"]
    assert (details["model"], details["refused"][0]["why"]) == ("scripted", "conflict")
    assert "+      npm run seed" in details["diff"]
    assert "applied" not in made


async def test_an_edit_with_additions_of_a_model_needs_confirmation(
    client: Client, folder: Path, server: ChatServer
) -> None:
    server.enqueue(answer(SEED))
    client.answers["workspace/applyEdit"] = {"applied": True}
    await start(client, folder, server, workspace=EDITS)
    arguments = [{"target": "gitpod", "model": True, "apply": True}]
    made = await client.request(
        "workspace/executeCommand", {"command": "fieldguide.generateConfig", "arguments": arguments}
    )
    assert made["applied"] is True
    edit = (await client.notification("workspace/applyEdit"))["edit"]
    assert edit["changeAnnotations"]["fieldguide.generated"]["needsConfirmation"] is True
    shown = await client.notification("window/showMessage")
    assert shown["message"] == "1 addition was accepted from the model."
    assert not (folder / ".gitpod.yml").exists()


async def test_the_code_action_is_offered_only_if_a_model_is_configured(
    client: Client, folder: Path, server: ChatServer
) -> None:
    await start(client, folder, server)
    zero = {"line": 0, "character": 0}
    params = {
        "textDocument": {"uri": (folder / "package.json").as_uri()},
        "range": {"start": zero, "end": zero},
        "context": {"diagnostics": [], "only": ["source"]},
    }
    actions = await client.request("textDocument/codeAction", params)
    titles = [action["title"] for action in actions]
    assert titles[0] == "Generate .gitpod.yml"
    command = actions[titles.index("Ask scripted for .gitpod.yml")]["command"]
    assert command["arguments"] == [
        {"folder": folder.as_uri(), "target": "gitpod", "apply": True, "model": True}
    ]
    menu = await client.request("textDocument/codeAction", {**params, "context": {"diagnostics": []}})
    assert not any("Ask" in action["title"] for action in menu), "a light bulb's menu stays short"
    await client.request("fieldguide/models", {"use": "offline"})
    actions = await client.request("textDocument/codeAction", params)
    assert not any("Ask" in action["title"] for action in actions)


async def test_progress_of_the_model_is_shown_and_can_be_cancelled(
    client: Client, folder: Path, server: ChatServer
) -> None:
    server.enqueue(slow('{"addit', "ions", release=threading.Event()))
    await start(client, folder, server, window={"workDoneProgress": True})
    identity = client.start_request("fieldguide/generateConfig", {"model": True})
    begun = await client.message(
        lambda each: (
            each.get("method") == "$/progress"
            and each["params"]["value"].get("title") == "Asking scripted about gitpod"
        )
    )
    assert begun["params"]["value"]["cancellable"] is True
    await asyncio.to_thread(server.wait_for_request)
    client.notify("window/workDoneProgress/cancel", {"token": begun["params"]["token"]})
    assert (await client.answer_to(identity))["error"]["code"] == CANCELLED
    assert server.history[0].client_closed.wait(PATIENCE)


async def test_cancelling_the_request_closes_the_models_stream(
    client: Client, folder: Path, server: ChatServer
) -> None:
    server.enqueue(slow('{"addit', "ions", release=threading.Event()))
    await start(client, folder, server)
    identity = client.start_request("fieldguide/generateConfig", {"model": True})
    await asyncio.to_thread(server.wait_for_request)
    client.notify("$/cancelRequest", {"id": identity})
    assert (await client.answer_to(identity))["error"]["code"] == CANCELLED
    assert server.history[0].client_closed.wait(PATIENCE)


async def test_an_unknown_target_fails_and_a_folder_without_an_index_works(
    client: Client, folder: Path, server: ChatServer
) -> None:
    client.open_error = OSError("no room")
    server.enqueue(answer(SEED))
    await start(client, folder, server)
    details = await client.error("fieldguide/generateConfig", {"target": "x", "model": True})
    assert details["message"].startswith("There is no target x")
