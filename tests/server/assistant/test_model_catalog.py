"""The available models: profiles with their keys, and servers on this machine, which are probed only on request."""

import asyncio
import json
from pathlib import Path

import pytest

from fieldguide_server.assistant.models import LocalServer, list_models, local_servers
from fieldguide_server.cli.main import run
from fieldguide_server.services import Services
from fieldguide_server.settings import Sources, load
from tests.fakes.openai_chat import ChatServer

Capture = pytest.CaptureFixture[str]
PROFILE = '[profiles.work]\nbase_url = "https://work.example/v1"\napi_key_env = "WORK_KEY"\nname = "big"\n'


def test_every_profile_is_listed_with_its_address_and_whether_its_key_is_there(home: Path) -> None:
    (home / "config.toml").write_text(PROFILE, encoding="utf-8")
    loaded = load(Sources(None, environment={"FIELDGUIDE_HOME": str(home)}, flags={"model": "work"}))
    listed = list_models(loaded, {"WORK_KEY": "sk-1"})
    assert (listed["model"], listed["profile"]) == ("big", "work")
    profiles = {each["profile"]: each for each in listed["profiles"]}
    assert profiles["work"]["address"] == "https://work.example/v1"
    assert (profiles["work"]["has_key"], profiles["cohere"]["has_key"]) == (True, False)
    assert profiles["offline"]["address"].startswith("none")
    assert "sk-1" not in json.dumps(listed)


def test_the_command_shows_what_is_in_use(home: Path, capsys: Capture) -> None:
    (home / "config.toml").write_text(PROFILE, encoding="utf-8")
    assert run(["models", "--model", "work"]) == 0
    shown = capsys.readouterr().out
    assert "* work " in shown
    assert "(WORK_KEY is not set)" in shown
    assert shown.endswith("In use: big at https://work.example/v1\n")
    assert run(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] is None


def test_the_command_offers_what_it_finds_on_this_machine(capsys: Capture) -> None:
    found = LocalServer("ollama", "http://127.0.0.1:11434/v1", ("qwen3:8b",))

    async def search() -> tuple[LocalServer, ...]:
        return (found,)

    services = Services(local_servers=search)
    assert run(["models", "--probe"], services) == 0
    assert "--model ollama:qwen3:8b" in capsys.readouterr().out
    assert run(["models", "--probe", "--json"], services) == 0
    assert json.loads(capsys.readouterr().out)["local"][0]["models"] == ["qwen3:8b"]


async def test_a_model_server_is_distinguished_from_any_other_server_and_from_none() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n<html>Hello</html>")
        writer.close()

    with ChatServer() as stopped:
        nobody = stopped.base_url
    with ChatServer() as server:
        async with await asyncio.start_server(greet, "127.0.0.1", 0) as other:
            port = other.sockets[0].getsockname()[1]
            found = await local_servers(
                {"ollama": server.base_url, "vllm": f"http://127.0.0.1:{port}/v1", "lmstudio": nobody}
            )
        assert found == (LocalServer("ollama", server.base_url, ("scripted",)),)
        assert server.history == []


async def test_a_server_that_says_nothing_is_not_waited_for_long() -> None:
    leave = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leave.wait()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        assert await local_servers({"ollama": f"http://127.0.0.1:{port}/v1"}, timeout_seconds=0.05) == ()
        leave.set()
