"""``fieldguide mcp`` as an agent uses it: the official client starts the command and calls its tools."""

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from fieldguide_server.configgen import TARGET_NAMES
from tests.fakes.openai_chat import ChatServer, slow, text
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


def command(workspace: Path, **environment: str) -> StdioServerParameters:
    arguments = ["-P", "-m", "fieldguide_server", "mcp", "--path", str(workspace)]
    return StdioServerParameters(command=sys.executable, args=arguments, env={**os.environ, **environment})


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def called(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(tool, dict(arguments))
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


async def test_an_agent_searches_looks_up_and_explains(workspace: Path) -> None:
    async with Client(command(workspace)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "lookup", "ask", "explain", "generate_config"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        assert all(name in str(tools["generate_config"].description) for name in TARGET_NAMES)

        hits = (await called(client, "search", query="where is a cookie signed?"))["hits"]
        assert hits[0]["path"] == "shop/sessions.py"
        found = await called(client, "lookup", name="gross_price")
        assert [each["path"] for each in found["definitions"]] == ["shop/prices.py"]
        assert [each["path"] for each in found["callers"]] == ["shop/checkout.py"]
        explained = await called(client, "explain", path="shop/prices.py", start_line=6, end_line=8)
        assert "gross_price" in explained["answer"]


async def test_an_agent_sees_what_was_saved_a_moment_ago(workspace: Path) -> None:
    (workspace / "shop" / "stock.py").write_text(
        "def count_teapots() -> int:\n    return 7\n", encoding="utf-8"
    )
    async with Client(command(workspace)) as client:
        hits = (await called(client, "search", query="count_teapots"))["hits"]
        assert hits[0]["path"] == "shop/stock.py"


async def test_an_answer_for_an_agent_has_its_citations_checked(workspace: Path) -> None:
    with ChatServer() as model:
        model.enqueue(text("In `sign_cookie` [shop/sessions.py:14-17] and [nowhere.py:1-2]."))
        chosen = {
            "FIELDGUIDE_MODEL_NAME": "scripted",
            "FIELDGUIDE_MODEL_BASE_URL": model.base_url,
            "OPENAI_API_KEY": "for-tests",
        }
        async with Client(command(workspace, **chosen)) as client:
            answer = await called(client, "ask", question="Where is the cookie signed?")
    assert answer["model"] == "scripted"
    assert [(each["path"], each["verified"]) for each in answer["citations"]] == [("shop/sessions.py", True)]


async def test_a_config_is_generated_and_nothing_is_written(workspace: Path) -> None:
    before = files_in(workspace)
    async with Client(command(workspace)) as client:
        made = await called(client, "generate_config", target="gitpod")
        refused = await client.call_tool("generate_config", {"target": "nonsense"})
    assert [file["path"] for file in made["files"]] == [".gitpod.yml"]
    assert refused.is_error
    assert files_in(workspace) == before


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("search", {}, "query"),
    ("search", {"query": "x", "limit": "many"}, "valid integer"),
    ("search", {"query": "x", "within": "moon"}, "'all', 'code' or 'docs'"),
    ("explain", {"path": "../../etc/passwd", "start_line": 1, "end_line": 2}, "etc/passwd"),
    ("explain", {"path": "shop/prices.py", "start_line": 9, "end_line": 2}, "line"),
    ("explain", {"path": "nowhere.py", "start_line": 1, "end_line": 2}, "nowhere.py"),
    ("generate_config", {"target": "moon"}, "gitpod, devcontainer"),
    ("nonsense", {}, "nonsense"),
]


async def test_errors_reach_an_agent_as_one_sentence(workspace: Path) -> None:
    async with Client(command(workspace)) as client:
        for tool, arguments, sentence in REFUSED:
            refused = await client.call_tool(tool, arguments)
            (content,) = refused.content
            assert refused.is_error
            assert content.type == "text"
            assert sentence in content.text, content.text
            assert "Traceback" not in content.text


async def test_a_cancelled_question_stops_its_model(workspace: Path) -> None:
    never = threading.Event()
    with ChatServer() as model:
        model.enqueue(slow("Once upon a time", "…", release=never))
        chosen = {
            "FIELDGUIDE_MODEL_NAME": "scripted",
            "FIELDGUIDE_MODEL_BASE_URL": model.base_url,
            "OPENAI_API_KEY": "for-tests",
        }
        async with Client(command(workspace, **chosen)) as client:
            question = asyncio.create_task(
                client.call_tool("ask", {"question": "Where is the cookie signed?"})
            )
            request = await asyncio.to_thread(model.wait_for_request)
            question.cancel()
            assert await asyncio.to_thread(request.client_closed.wait, PATIENCE)
            assert (await called(client, "search", query="cookie"))["hits"]
