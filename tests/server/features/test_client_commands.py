"""Links, lenses and actions run the client's commands if it has any, else Fieldguide's own."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from fieldguide_indexer import Definition, FieldguideError, StorageError
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

SIGN = Definition(
    "app.py", 1, 2, "sign_cookie", "sign_cookie", "function", "def sign_cookie(value)", "Signs."
)
KEY = Definition("app.py", 4, 4, "KEY", "KEY", "constant", "KEY = 1")
CODE = "def sign_cookie(value):\n    return value\n\nKEY = 1\n"
COMMANDS = {"explain": "mine.explain", "ask": "mine.ask", "explainProblem": "mine.problem"}
MARKDOWN = {"textDocument": {"hover": {"contentFormat": ["markdown"]}}}
LENSES = {"initializationOptions": {"codeLens": {"enabled": True}}}


def with_commands(commands: Any, **more: Any) -> dict[str, Any]:
    return {**MARKDOWN, "experimental": {"fieldguide": {"commands": commands}}, **more}


async def opened(client: Client, folder: Path, **how: Any) -> dict[str, Any]:
    client.index.definitions = {"sign_cookie": (SIGN,), "KEY": (KEY,)}
    await client.initialize(folder, **how)
    await client.notification("fieldguide/indexStatus")
    return {"textDocument": {"uri": client.opened(folder / "app.py", CODE)}}


async def hovered(client: Client, document: dict[str, Any]) -> str:
    at = {"position": {"line": 0, "character": 6}}
    text: str = (await client.request("textDocument/hover", document | at))["contents"]["value"]
    return text


async def test_a_hover_links_to_the_commands_of_the_client(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path, capabilities=with_commands(COMMANDS))
    text = await hovered(client, document)
    place = next(line for line in text.splitlines() if "[Explain]" in line)
    assert "app.py:1" in place, "the links stand beside the place and cost no line"
    assert len(text.splitlines()) <= 12
    address = place.split("[Explain](")[1].split(")")[0]
    command, _, argument = address.partition("?")
    assert command == "command:mine.explain"
    assert json.loads(unquote(argument)) == [{**document, "position": {"line": 0, "character": 6}}]
    assert "[Ask](command:mine.ask?" in place


@pytest.mark.parametrize(
    "commands", [None, {}, {"explain": "a b"}, {"explain": "x)](http://evil"}, {"explain": 5}]
)
async def test_other_clients_are_shown_no_links(client: Client, tmp_path: Path, commands: Any) -> None:
    document = await opened(client, tmp_path, capabilities=with_commands(commands))
    text = await hovered(client, document)
    assert "sign_cookie" in text
    assert "command:" not in text
    assert "Explain" not in text


async def test_there_is_no_code_lens_by_default(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path)
    assert await client.request("textDocument/codeLens", document) == []


async def test_a_code_lens_counts_the_callers_when_it_is_resolved(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path, capabilities=with_commands(COMMANDS), **LENSES)
    (lens,) = await client.request("textDocument/codeLens", document)
    assert "command" not in lens, "nothing is looked up before it is seen"
    assert lens["range"]["start"] == {"line": 0, "character": 0}
    shown = (await client.request("codeLens/resolve", lens))["command"]
    assert shown["command"] == "mine.explain"
    assert shown["arguments"] == [{**document, "position": {"line": 0, "character": 0}}]
    assert shown["title"] == "Explain · 1 caller"


async def test_a_code_lens_without_an_index_has_no_callers(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path, **LENSES)
    (lens,) = await client.request("textDocument/codeLens", document)
    client.index.error = FieldguideError("gone")
    shown = (await client.request("codeLens/resolve", lens))["command"]
    assert (shown["title"], shown["command"]) == ("Explain", "fieldguide.explain")
    assert (await client.error("codeLens/resolve", {**lens, "data": 5}))["code"] == -32803


async def test_lenses_are_refreshed_when_they_are_enabled(client: Client, tmp_path: Path) -> None:
    can = {"workspace": {"codeLens": {"refreshSupport": True}}}
    await opened(client, tmp_path, capabilities=can)
    settings = {"settings": {"fieldguide": {"codeLens": {"enabled": True}}}}
    client.notify("workspace/didChangeConfiguration", settings)
    await client.message(lambda each: each.get("method") == "workspace/codeLens/refresh")
    refreshes = [each for each in client.received if each.get("method") == "workspace/codeLens/refresh"]
    assert len(refreshes) == 1, "none before they were switched on"


def reported(message: str, line: int = 0, **more: Any) -> dict[str, Any]:
    start, end = {"line": line, "character": 4}, {"line": line, "character": 9}
    return {"range": {"start": start, "end": end}, "message": message, **more}


async def offered(client: Client, document: dict[str, Any], *diagnostics: Any, **context: Any) -> list[Any]:
    fields = {"diagnostics": list(diagnostics), "only": ["quickfix"], **context}
    params = {**document, "range": reported("")["range"], "context": fields}
    actions: list[Any] = await client.request("textDocument/codeAction", params)
    return actions


async def test_a_diagnostic_of_any_server_can_be_explained_after_all_real_fixes(
    client: Client, tmp_path: Path
) -> None:
    document = await opened(client, tmp_path, capabilities=with_commands(COMMANDS))
    problem = reported("`x` is undefined", source="pyright", code=7, severity=1)
    (action,) = await offered(client, document, problem)
    assert action["title"] == "Explain this problem"
    assert "diagnostics" not in action, "editors put those that name a problem first"
    assert "isPreferred" not in action
    assert action["command"]["command"] == "mine.problem"
    assert action["command"]["arguments"] == [
        {
            **document,
            "range": problem["range"],
            "message": "`x` is undefined",
            "code": "7",
            "source": "pyright",
        }
    ]
    assert (await client.request("codeAction/resolve", action))["command"] == action["command"]
    assert await offered(client, document) == []
    assert await offered(client, document, reported("unused", severity=4)) == []
    assert await offered(client, document, problem, only=["refactor"]) == []


async def test_several_problems_in_one_place_have_different_titles(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path)
    actions = await offered(client, document, *(reported(f"{word} is " + "long " * 30) for word in "abcd"))
    titles = [each["title"] for each in actions]
    assert [title[:12] for title in titles] == ["Explain: a i", "Explain: b i", "Explain: c i"]
    assert all(len(title) < 80 for title in titles)


async def test_without_commands_of_its_own_a_client_is_shown_the_answer(
    client: Client, tmp_path: Path
) -> None:
    document = await opened(client, tmp_path, initializationOptions={"model": {"name": "m"}})
    (action,) = await offered(client, document, reported("bad\nthing", source="mypy", code="arg-type"))
    call = {key: action["command"][key] for key in ("command", "arguments")}
    assert call["command"] == "fieldguide.explainProblem"
    answer = await client.request("workspace/executeCommand", call)
    assert answer["answer"] == "Two words"
    assert (await client.notification("window/showMessage"))["message"] == "Two words"
    (question,) = client.assistant.questions
    assert "mypy reports a problem (arg-type)" in question
    assert "“bad thing”" in question
    chosen = client.assistant.context.selection
    assert (chosen.path, chosen.start_line, chosen.end_line) == ("app.py", 1, 6)


async def test_the_answer_about_a_problem_is_streamed_if_there_is_a_token(
    client: Client, tmp_path: Path
) -> None:
    document = await opened(client, tmp_path)
    params = {**document, "range": reported("")["range"], "message": "bad", "token": "t"}
    async with asyncio.timeout(PATIENCE):
        await client.request("fieldguide/explainProblem", params)
    assert (await client.notification("fieldguide/answerDelta"))["token"] == "t"
    outside = {**params, "textDocument": {"uri": "file:///elsewhere.py"}}
    assert (
        "not in an open workspace folder"
        in (await client.error("fieldguide/explainProblem", outside))["message"]
    )


@pytest.mark.parametrize("shows", [True, False])
async def test_no_message_repeats_the_status_if_the_client_shows_it(
    client: Client, tmp_path: Path, shows: bool
) -> None:
    client.open_error = StorageError("The cache cannot be written.")
    await client.initialize(tmp_path, capabilities={"experimental": {"fieldguide": {"showsStatus": shows}}})
    assert (await client.notification("fieldguide/indexStatus"))["reason"] == "The cache cannot be written."
    assert (await client.error("fieldguide/search", {"query": "x"}))["message"]
    is_shown = any(each.get("method") == "window/showMessage" for each in client.received)
    assert is_shown is not shows


async def test_without_a_model_the_lines_of_a_problem_are_explained(client: Client, tmp_path: Path) -> None:
    document = await opened(client, tmp_path)
    params = {**document, "range": reported("", line=1)["range"], "message": "bad"}
    await client.request("fieldguide/explainProblem", params)
    assert client.assistant.questions == [("app.py", 2, 2)]
