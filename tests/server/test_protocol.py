"""Requests, their errors, and cancellation."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import Hit, StorageError
from tests.patience import PATIENCE
from tests.server.lsp_client import Client, FakeAssistant

FAILED, INVALID_PARAMS, INTERNAL, CANCELLED = -32803, -32602, -32603, -32800
HIT = Hit("app.py", 1, 4, 0.5, "main", "function", "def main(): ...")
DOCUMENT = {"uri": "file:///nowhere/app.py"}
AT = {"line": 0, "character": 0}


WRONG: list[tuple[str, Any, str]] = [
    ("ask", None, "`question` is missing"),
    ("ask", [], "an object is required"),
    ("ask", "why", "an object is required"),
    ("ask", {"question": 4}, "`question` must be a string"),
    ("ask", {"question": {"jsonrpc": "2.0"}}, "`question` must be a string"),
    ("ask", {"question": "  "}, "`question` must not be empty"),
    ("ask", {"question": "x" * 10_000_000}, "`question` must have at most 8000 characters"),
    ("ask", {"question": "why", "token": []}, "`token` must be"),
    ("ask", {"question": "why", "textDocument": "a.py"}, "`textDocument` must be an object with `uri`"),
    (
        "ask",
        {"question": "why", "textDocument": {"uri": 1}},
        "`textDocument` has a `uri` that must be a string",
    ),
    ("ask", {"question": "why", "path": 1}, "`path` must be a string"),
    ("ask", {"question": "why", "folder": True}, "`folder` must be a string"),
    ("explain", {"position": AT}, "`textDocument` is missing"),
    ("ask", {"question": "why", "history": "before"}, "`history` must be an array of at most 50 elements"),
    (
        "ask",
        {"question": "why", "history": [{"question": "a"}]},
        "`history` has an element that must be an object with `answer`",
    ),
    (
        "ask",
        {"question": "why", "openFiles": ["a.py"] * 101},
        "`openFiles` must be an array of at most 100 elements",
    ),
    (
        "ask",
        {"question": "why", "selection": {"start": AT, "end": AT}},
        "`selection` requires `textDocument`",
    ),
    ("showPrompt", {}, "`question` is missing"),
    ("models", {"use": "a", "reset": True}, "`use` and `reset` are mutually exclusive"),
    ("models", {"probe": 1}, "`probe` must be a boolean"),
    ("personas", {"everywhere": "yes"}, "`everywhere` must be a boolean"),
    ("setKey", {"variable": "sk-live-1"}, "`variable` must be the name of an environment variable"),
    ("setKey", {"variable": "MY_KEY", "key": ["sk-live-1"]}, "`key` must be a string"),
    (
        "explain",
        {"textDocument": DOCUMENT, "position": {"line": -1, "character": 0}},
        "`position` has a `line`",
    ),
    (
        "explain",
        {"textDocument": DOCUMENT, "position": {"line": True, "character": 0}},
        "`position` has a `line`",
    ),
    ("explain", {"textDocument": DOCUMENT, "range": {"start": AT}}, "`range` must be an object with `end`"),
    (
        "explain",
        {"textDocument": DOCUMENT, "range": {"start": {"line": 2, "character": 0}, "end": AT}},
        "`range` must not end before",
    ),
    ("generateConfig", {"target": 1}, "`target` must be a string"),
    ("generateConfig", {"apply": "yes"}, "`apply` must be a boolean"),
    ("search", {"query": None}, "`query` is missing"),
    ("search", {"query": "x", "limit": 0}, "`limit` must be an integer between 1 and 100"),
    ("search", {"query": "x", "limit": 2.5}, "`limit` must be an integer"),
    ("search", {"query": "x", "limit": True}, "`limit` must be an integer"),
    ("search", {"query": "x", "within": ["code"]}, "`within` must be one of all, code, docs"),
    ("search", {"query": "x", "within": "dogs"}, "`within` must be one of all, code, docs"),
    ("search", {"query": "half a \ud83d"}, "`query` must not contain lone surrogates"),
    ("status", {"path": "\udc00.py"}, "`path` must not contain lone surrogates"),
    ("status", {"folder": 1}, "`folder` must be a string"),
    ("status", {"path": {}}, "`path` must be a string"),
    ("pauseIndexing", {"folder": 1}, "`folder` must be a string"),
]


@pytest.mark.parametrize(("method", "params", "sentence"), WRONG)
async def test_a_wrong_param_is_refused_in_one_sentence_that_names_it(
    client: Client, tmp_path: Path, method: str, params: Any, sentence: str
) -> None:
    await client.initialize(tmp_path)
    error = await client.error(f"fieldguide/{method}", params)
    assert error["code"] == INVALID_PARAMS
    assert sentence in error["message"]
    assert "data" not in error


# A command takes a string for its shorthand, which is not wrong there.
@pytest.mark.parametrize(
    ("method", "params", "sentence"), [each for each in WRONG if not isinstance(each[1], str)]
)
async def test_a_command_refuses_the_same_params_as_its_request(
    client: Client, tmp_path: Path, method: str, params: Any, sentence: str
) -> None:
    await client.initialize(tmp_path)
    arguments = None if params is None else [params]
    error = await client.error(
        "workspace/executeCommand", {"command": f"fieldguide.{method}", "arguments": arguments}
    )
    assert error["code"] == INVALID_PARAMS
    assert sentence in error["message"]


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"command": "fieldguide.nothing"}, "fieldguide.nothing"),
        ({"command": "fieldguide.ask", "arguments": ["a", {"token": 1}]}, "one argument"),
        ({"command": "fieldguide.status", "arguments": [{}, {}]}, "one argument"),
        ({"command": "fieldguide.explain", "arguments": ["a"]}, "an object is required"),
        ({"command": "fieldguide.ask", "arguments": 5}, "`arguments`"),
        ({"arguments": []}, "`command`"),
    ],
)
async def test_a_wrong_command_is_refused(client: Client, params: Any, named: str) -> None:
    await client.initialize()
    error = await client.error("workspace/executeCommand", params)
    assert error["code"] == INVALID_PARAMS
    assert named in error["message"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"position": AT}, "textDocument"),
        ({"textDocument": DOCUMENT}, "position"),
        ({"textDocument": DOCUMENT, "position": {"line": "x", "character": 0}}, "position.line"),
        ({"textDocument": DOCUMENT, "position": {"line": -5, "character": 0}}, "position"),
        ([], "textDocument"),
        (None, "params"),
    ],
)
async def test_wrong_params_of_a_standard_request_are_refused(
    client: Client, params: Any, field: str
) -> None:
    await client.initialize()
    error = await client.error("textDocument/hover", params)
    assert error["code"] == INVALID_PARAMS
    assert f"`{field}" in error["message"]


@pytest.mark.parametrize(
    "message",
    [
        [],
        7,
        {"id": 1, "method": "fieldguide/status"},
        {"jsonrpc": "1.0", "id": 1, "method": "fieldguide/status"},
        {"jsonrpc": "2.0", "id": [], "method": "fieldguide/status"},
        {"jsonrpc": "2.0", "id": 1, "method": {"a": 1}},
        {"jsonrpc": "2.0", "id": 1},
    ],
)
async def test_an_invalid_message_is_refused_and_the_server_continues(client: Client, message: Any) -> None:
    await client.initialize()
    client.send(message)
    refused = await client.message(lambda each: each.get("error", {}).get("code") == -32600)
    assert "JSON-RPC" in refused["error"]["message"]
    assert (await client.request("fieldguide/status"))["folder"] is None


@pytest.mark.parametrize("method", ["textDocument/didSave", "initialized", "$/cancelRequest"])
async def test_a_notification_that_comes_as_a_request_is_refused(client: Client, method: str) -> None:
    await client.initialize()
    error = await client.error(method, {"textDocument": DOCUMENT, "id": 1})
    assert error == {"code": -32600, "message": f"`{method}` is a notification and takes no id."}


async def test_a_request_that_comes_as_a_notification_is_not_carried_out(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    client.notify("fieldguide/ask", {"question": "why?", "token": 1})
    client.notify("textDocument/hover", {"textDocument": DOCUMENT, "position": AT})
    await client.request("fieldguide/search", {"query": "x"})
    assert not client.assistant.questions


async def test_before_initialize_and_after_shutdown_requests_are_refused(client: Client) -> None:
    assert (await client.error("fieldguide/status"))["code"] == -32002
    await client.initialize()
    assert "already" in (await client.error("initialize", {"capabilities": {}}))["message"]
    await client.request("shutdown")
    assert "shutting down" in (await client.error("fieldguide/status"))["message"]


async def test_an_unknown_method_is_not_found(client: Client) -> None:
    await client.initialize()
    assert (await client.error("fieldguide/nothing", {"class": 1}))["code"] == -32601


async def test_a_nested_key_jsonrpc_is_an_ordinary_value(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    client.index.hits = [HIT]
    odd = {"query": "main", "more": {"jsonrpc": "2.0", "id": 9, "method": "exit"}}
    assert (await client.request("fieldguide/search", odd))["hits"][0]["path"] == "app.py"


async def test_without_a_folder_requests_say_to_open_one(client: Client) -> None:
    await client.initialize()
    error = await client.error("fieldguide/ask", {"question": "why?"})
    assert error == {"code": FAILED, "message": error["message"]}
    assert "Open a folder" in error["message"]
    assert "Open a folder" in (await client.request("fieldguide/status"))["reason"]


async def test_the_message_of_an_unexpected_error_has_no_details(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    client.index.error = StorageError("The disk is full.")
    assert await client.error("fieldguide/search", {"query": "x"}) == {
        "code": FAILED,
        "message": "The disk is full.",
    }
    client.index.error = ZeroDivisionError("a secret detail")
    error = await client.error("fieldguide/search", {"query": "x"})
    assert error["code"] == INTERNAL
    assert "secret" not in str(error)


async def test_an_index_that_cannot_be_opened_is_shown_once_and_returned_as_an_error(
    client: Client, tmp_path: Path
) -> None:
    client.open_error = StorageError("The cache cannot be written.")
    await client.initialize(tmp_path)
    shown = await client.notification("window/showMessage")
    assert shown["message"] == "The cache cannot be written."
    assert (await client.error("fieldguide/search", {"query": "x"}))[
        "message"
    ] == "The cache cannot be written."
    assert (await client.request("fieldguide/status"))["state"] == "degraded"
    place = {"textDocument": {"uri": (tmp_path / "a.py").as_uri()}, "position": AT}
    assert await client.request("textDocument/hover", place) is None


async def test_an_answer_is_streamed_by_token_and_a_command_takes_strings(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    result = await client.request("fieldguide/ask", {"question": "why?", "token": 7})
    assert result["answer"] == "Two words"
    assert result["folder"] == tmp_path.as_uri()
    deltas = [each["params"] for each in client.received if each.get("method") == "fieldguide/answerDelta"]
    assert deltas == [{"token": 7, "text": "Two "}, {"token": 7, "text": "words"}]
    for words in (["why?"], ["why", "so", "few?"]):
        await client.request("workspace/executeCommand", {"command": "fieldguide.ask", "arguments": words})
    assert client.assistant.questions == ["why?", "why?", "why so few?"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("fieldguide/ask", {"question": "why?", "token": "t"}),
        (
            "workspace/executeCommand",
            {"command": "fieldguide.ask", "arguments": [{"question": "?", "token": "t"}]},
        ),
    ],
)
async def test_cancelling_a_request_cancels_its_work(tmp_path: Path, method: str, params: Any) -> None:
    client = Client(assistant=FakeAssistant(wait=asyncio.Event()))
    await client.initialize(tmp_path)
    identity = client.start_request(method, params)
    await client.notification("fieldguide/answerDelta")
    client.notify("$/cancelRequest", {"id": identity})
    assert (await client.answer_to(identity))["error"]["code"] == CANCELLED
    await asyncio.wait_for(client.assistant.was_cancelled.wait(), PATIENCE)
    await client.stop()


async def test_explain_takes_ranges_and_positions_in_documents_of_a_folder(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    document = {"uri": (tmp_path / "pkg" / "a.py").as_uri()}
    selected = {"start": {"line": 2, "character": 0}, "end": {"line": 5, "character": 0}}
    await client.request("fieldguide/explain", {"textDocument": document, "range": selected})
    await client.request("fieldguide/explain", {"textDocument": document, "position": AT})
    assert client.assistant.questions == [("pkg/a.py", 3, 5), ("pkg/a.py", 1, 1)]
    error = await client.error(
        "fieldguide/explain", {"textDocument": {"uri": "untitled:new"}, "position": AT}
    )
    assert "not in an open workspace folder" in error["message"]


async def test_indexing_is_paused_and_resumed_for_all_folders_or_for_one(
    client: Client, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    await client.initialize(*folders)
    paused = (await client.request("fieldguide/pauseIndexing"))["folders"]
    assert [(each["folder"], each["paused"]) for each in paused] == [
        (folder.as_uri(), True) for folder in folders
    ]
    params = {"command": "fieldguide.resumeIndexing", "arguments": [{"folder": folders[1].as_uri()}]}
    (resumed,) = (await client.request("workspace/executeCommand", params))["folders"]
    assert (resumed["folder"], resumed["paused"]) == (folders[1].as_uri(), False)
