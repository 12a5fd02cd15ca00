"""Questions over LSP: context, prompt, choice of model and persona, and keys."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fieldguide_server.assistant import AskContext, Selection, Turn
from fieldguide_server.assistant.models import Models
from fieldguide_server.settings import ModelSettings
from tests.fakes.openai_chat import ChatServer
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

FAILED = -32803
HISTORY = [{"question": "What is a shop?", "answer": "See [app.py:1]."}]


def lines(start: int, end: int, character: int = 3) -> dict[str, Any]:
    return {"start": {"line": start, "character": 0}, "end": {"line": end, "character": character}}


async def ask(client: Client, **params: Any) -> AskContext:
    await client.request("fieldguide/ask", {"question": "why?", **params})
    context: AskContext = client.assistant.context
    return context


async def test_a_question_comes_with_its_history_and_its_selection(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    document = {"uri": (tmp_path / "app.py").as_uri()}
    context = await ask(client, textDocument=document, selection=lines(2, 5), history=HISTORY)
    assert context.history == (Turn("What is a shop?", "See [app.py:1]."),)
    assert context.selection == Selection("app.py", 3, 6)


async def test_a_cursor_or_a_selection_in_another_folder_is_not_a_selection(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    document = {"uri": (tmp_path / "app.py").as_uri()}
    assert (await ask(client, textDocument=document, selection=lines(2, 2, 0))).selection is None
    outside = {"uri": (tmp_path.parent / "other.py").as_uri()}
    context = await ask(client, textDocument=outside, selection=lines(2, 5))
    assert (context.selection, context.open_files) == (None, ())


async def test_the_open_documents_of_the_folder_are_in_the_context_latest_first(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    for name in ("a.py", "b.py", "c.py"):
        client.opened(tmp_path / name, "")
    client.opened(tmp_path.parent / "outside.py", "")
    assert (await ask(client)).open_files == ("c.py", "b.py", "a.py")
    here = {"uri": (tmp_path / "a.py").as_uri()}
    assert (await ask(client, textDocument=here)).open_files == ("a.py", "c.py", "b.py")


async def test_the_client_may_name_open_files_within_the_folder(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    client.opened(tmp_path / "a.py", "")
    named = [
        "b.py",
        (tmp_path / "c.py").as_uri(),
        str(tmp_path / "d.py"),
        "../e.py",
        "/etc/passwd",
        "untitled:1",
    ]
    assert (await ask(client, openFiles=named)).open_files == ("b.py", "c.py", "d.py", "untitled:1")
    assert (await ask(client, openFiles=[])).open_files == ()


async def test_the_prompt_can_be_seen_as_a_request_and_as_a_command(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    shown = await client.request("fieldguide/showPrompt", {"question": "why?", "history": HISTORY})
    assert shown["messages"] == [{"role": "user", "content": "why?"}]
    assert client.assistant.context.history
    command = {"command": "fieldguide.showPrompt", "arguments": ["why", "not?"]}
    shown = await client.request("workspace/executeCommand", command)
    assert shown["messages"][0]["content"] == "why not?"
    assert client.assistant.questions == []


async def test_the_whole_file_is_explained_without_a_position(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    document = {"uri": (tmp_path / "app.py").as_uri()}
    await client.request("fieldguide/explain", {"textDocument": document})
    assert client.assistant.questions == ["app.py"]


async def test_a_model_is_chosen_for_one_folder_or_for_all_and_reset(client: Client, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    editor = {
        "model": {"name": "mine"},
        "profiles": {"Work": {"baseUrl": "https://w.example", "name": "big"}},
    }
    await client.initialize(first, second, initializationOptions=editor)

    async def models(**params: Any) -> str:
        return str((await client.request("fieldguide/models", params))["model"])

    assert await models(folder=first.as_uri()) == "mine"
    assert await models(folder=first.as_uri(), use="Work") == "big"
    assert await models(folder=second.as_uri()) == "mine"
    await ask(client, folder=first.as_uri())
    assert client.assistant.settings.model.base_url == "https://w.example"
    assert await models(folder=second.as_uri(), use="ollama:qwen3:8b", everywhere=True) == "qwen3:8b"
    assert await models(folder=first.as_uri()) == "qwen3:8b"
    assert await models(folder=first.as_uri(), use="offline") == "None"
    assert await models(folder=first.as_uri(), reset=True) == "qwen3:8b"
    assert await models(reset=True, everywhere=True) == "mine"


@pytest.mark.parametrize("name", ["mine", ""])
async def test_the_client_of_a_model_is_loaded_before_the_first_question_if_there_is_a_model(
    client: Client, tmp_path: Path, name: str
) -> None:
    prepared = asyncio.Queue[str]()

    class RecordedModels(Models):
        def prepare(self, settings: ModelSettings) -> None:
            prepared.put_nowait(settings.name)

    client.make_models = RecordedModels
    await client.initialize(tmp_path, initializationOptions={"model": {"name": name}})
    await ask(client)
    if name:
        assert await asyncio.wait_for(prepared.get(), PATIENCE) == name
    assert prepared.empty()


async def test_servers_on_this_machine_are_looked_for_only_on_request(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    assert "local" not in await client.request("fieldguide/models")
    assert client.probes == 0
    assert (await client.request("fieldguide/models", {"probe": True}))["local"] == []
    assert client.probes == 1


async def test_a_key_from_the_client_is_used_never_returned_and_removed_on_request(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-of-the-environment")
    with ChatServer() as server, caplog.at_level("DEBUG"):
        server.enqueue("Hi", "Hi")
        profile = {"baseUrl": server.base_url, "name": "scripted", "apiKeyEnv": "SHOP_KEY"}
        await client.initialize(tmp_path, initializationOptions={"profiles": {"shop": profile}})
        await client.request("fieldguide/models", {"use": "shop"})
        given = await client.request("fieldguide/setKey", {"variable": "SHOP_KEY", "key": "sk-handed-over"})
        assert given == {"variable": "SHOP_KEY", "has_key": True}
        await ask(client)
        await stream(client)
        await client.request("fieldguide/setKey", {"variable": "SHOP_KEY"})
        await stream(client)
    assert [request.headers["authorization"] for request in server.history] == [
        "Bearer sk-handed-over",
        "Bearer sk-of-the-environment",
    ]
    assert "sk-handed-over" not in caplog.text
    assert "sk-handed-over" not in str(client.received)


async def stream(client: Client) -> None:
    model = client.assistant.models.get(client.assistant.settings.model)
    assert model is not None
    assert [piece async for piece in model.stream([{"role": "user", "content": "Hello?"}])] == ["Hi"]


async def test_personas_are_listed_with_their_origin_and_chosen_by_name(
    client: Client, tmp_path: Path, home: Path
) -> None:
    workspace_personas = tmp_path / ".fieldguide" / "personas"
    for folder, name in (
        (home / "personas", "pirate"),
        (workspace_personas, "parrot"),
        (workspace_personas, "teacher"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text("Arr.", encoding="utf-8")
    await client.initialize(tmp_path)
    result = await client.request("fieldguide/personas", {"use": "pirate"})
    assert result["persona"] == "pirate"
    assert {"name": "pirate", "origin": "user"} in result["personas"]
    assert {"name": "teacher", "origin": "built-in"} in result["personas"]
    await ask(client)
    assert client.assistant.settings.answer.persona == "pirate"
    # The user has not allowed the personas of this workspace.
    error = await client.error("fieldguide/personas", {"use": "parrot"})
    assert (error["code"], "There is no persona parrot" in error["message"]) == (FAILED, True)
    client.notify("workspace/didChangeConfiguration", {"settings": {"answer": {"workspacePersonas": True}}})
    result = await client.request("fieldguide/personas", {"use": "parrot"})
    assert (result["persona"], {"name": "parrot", "origin": "workspace"} in result["personas"]) == (
        "parrot",
        True,
    )
    assert (await client.request("fieldguide/personas", {"reset": True}))["persona"] == "engineer"
