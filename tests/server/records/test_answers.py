"""The record of a question and its answer, and how the shell and LSP read it."""

import asyncio
import csv
import io
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldguide_server.assistant import Assistant
from fieldguide_server.cli.main import run
from fieldguide_server.records import Records, folder_of
from fieldguide_server.settings import ModelSettings, RecordSettings, Settings
from tests.fakes import openai_chat
from tests.fakes.answer_stream import RecordedStream
from tests.fakes.openai_chat import ChatServer
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE
from tests.server.lsp_client import Client

Capture = pytest.CaptureFixture[str]
QUESTION = "How is a gross price formatted?"
CITED = 'By `format_price` [shop/prices.py:11-12 "def format_price"].'
BAD = f"{CITED}\n\n```python\nfrom shop.prices import format_prise\n```\n"
GOOD = f"{CITED}\n\n```python\nfrom shop.prices import format_price\n```\n"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


@pytest.fixture
def settings(server: ChatServer) -> Settings:
    model = ModelSettings(name="scripted", base_url=server.base_url, input_price=2.0, output_price=8.0)
    return replace(Settings(), model=model)


def assistant(folder: Path, settings: Settings) -> Assistant:
    index = MemoryIndex(folder)
    return Assistant(index, index.read, settings, folder)


async def ask(folder: Path, settings: Settings, question: str = QUESTION) -> None:
    await assistant(folder, settings).ask(question)


def kept() -> list[dict[str, Any]]:
    return [dict(record) for record in Records(folder_of(os.environ)).newest_first()]


async def test_prompt_context_every_round_checks_time_tokens_and_cost_are_kept(
    server: ChatServer, folder: Path, settings: Settings
) -> None:
    server.enqueue(BAD, GOOD)
    await ask(folder, settings)
    (record,) = kept()
    assert (record["kind"], record["outcome"], record["question"], record["folder"]) == (
        "ask",
        "answered",
        QUESTION,
        str(folder),
    )
    assert record["prompt"] == server.history[0].body["messages"]
    assert {"path": "shop/prices.py", "start_line": 1, "end_line": 13} in record["context"]
    first, second = record["drafts"]
    assert (first["text"], first["asked"], len(first["problems"])) == (BAD, "", 1)
    assert (second["text"], second["problems"], second["verified"]) == (GOOD, [], 1)
    assert second["asked"] == server.history[1].body["messages"][-1]["content"]
    assert (record["verified"], record["problems"], record["review"]["rounds"]) == (1, [], 1)
    assert record["seconds"]["total"] >= record["seconds"]["model"] > 0
    tokens = record["tokens"]
    assert tokens["read"] > tokens["written"] > 10
    assert record["cost"] == pytest.approx((tokens["read"] * 2 + tokens["written"] * 8) / 1e6)


async def test_an_offline_answer_is_kept_with_its_reason_and_without_tokens(
    server: ChatServer, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-mine")
    server.enqueue(openai_chat.wrong_key())
    await ask(folder, settings)
    await ask(folder, Settings())
    plain, failed = kept()
    assert (plain["outcome"], plain["model"], plain["tokens"], plain["cost"], plain["failure"]) == (
        "offline",
        None,
        None,
        None,
        "",
    )
    assert "refused the key" in failed["failure"]
    assert failed["answer"].startswith("**Offline answer.**")


async def test_without_prices_there_is_no_cost(server: ChatServer, folder: Path, settings: Settings) -> None:
    server.enqueue(CITED)
    await ask(folder, replace(settings, model=replace(settings.model, input_price=0.0, output_price=0.0)))
    assert kept()[0]["cost"] is None


async def test_of_a_stopped_answer_what_was_sent_and_heard_is_kept(
    server: ChatServer, folder: Path, settings: Settings
) -> None:
    server.enqueue(openai_chat.slow("By `format_price` ", "never", release=threading.Event()))
    heard = asyncio.Event()
    asking = asyncio.create_task(
        assistant(folder, settings).ask(QUESTION, stream=RecordedStream(lambda _text: heard.set()))
    )
    await asyncio.wait_for(heard.wait(), PATIENCE)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (record,) = kept()
    assert (record["outcome"], record["heard"], record["answer"]) == ("stopped", "By `format_price` ", "")
    assert record["prompt"]


async def test_nothing_is_kept_when_it_is_switched_off(
    server: ChatServer, folder: Path, settings: Settings
) -> None:
    server.enqueue(CITED)
    await ask(folder, replace(settings, records=RecordSettings(enabled=False)))
    assert kept() == []
    assert not folder_of(os.environ).exists()


async def test_a_record_that_cannot_be_written_spoils_no_answer(
    server: ChatServer, folder: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    folder_of(os.environ).write_text("in the way", encoding="utf-8")
    server.enqueue(CITED)
    await ask(folder, settings)
    assert "could not be written" in caplog.text


async def test_keys_and_secrets_enter_no_record(
    server: ChatServer, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2
    monkeypatch.setenv("OPENAI_API_KEY", "my-very-own-key")
    server.enqueue(f"{CITED} Use my-very-own-key or {token}.")
    await ask(folder, settings, f"{QUESTION} With TOKEN={token}?")
    text = "".join(file.read_text("utf-8") for file in folder_of(os.environ).glob("*.jsonl"))
    assert text
    assert token not in text
    assert "my-very-own-key" not in text


@pytest.fixture
async def history(server: ChatServer, folder: Path, settings: Settings, tmp_path: Path) -> list[str]:
    """Two records of the folder and one of another; their identities, newest first."""
    other = write_workspace(tmp_path / "other")
    server.enqueue(BAD, GOOD, CITED, CITED)
    await ask(folder, settings)
    await ask(folder, settings, "=gross price?")
    await ask(other, settings)
    return [record["id"] for record in kept()]


def lines_of(capsys: Capture, *argv: str) -> list[str]:
    assert run(argv) == 0
    return capsys.readouterr().out.splitlines()


def test_the_shell_lists_shows_exports_and_deletes_by_folder(
    history: list[str], folder: Path, capsys: Capture
) -> None:
    place = ("--path", str(folder))
    listed = lines_of(capsys, "history", "list", *place)
    assert [line.split()[0] for line in listed] == history[1:]
    assert QUESTION in listed[1]
    assert len(lines_of(capsys, "history", "list", *place, "--everywhere")) == 3
    shown = "\n".join(lines_of(capsys, "history", "show", history[2]))
    for part in (
        "--- prompt: system ---",
        "--- draft 1 of the model",
        "--- problems found by the checks ---",
        "format_prise",
        "--- answer ---",
    ):
        assert part in shown
    exported = lines_of(capsys, "history", "export", *place)
    assert [json.loads(line)["id"] for line in exported] == history[1:]
    assert run(("history", "export", "--format", "csv", *place)) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["question"] for row in rows] == ["'=gross price?", QUESTION]
    assert lines_of(capsys, "history", "delete", history[1]) == ["Deleted 1 record."]
    assert lines_of(capsys, "history", "delete", "--all", *place) == ["Deleted 1 record."]
    assert [record["id"] for record in kept()] == history[:1]
    assert lines_of(capsys, "history", "list", *place) == [f"There are no records of {folder}."]


def test_the_shell_s_json_and_dates(history: list[str], folder: Path, capsys: Capture) -> None:
    place = ("--path", str(folder), "--json")
    listed = json.loads("\n".join(lines_of(capsys, "history", "list", "--limit", "1", *place)))
    assert [row["id"] for row in listed["records"]] == [history[1]]
    assert json.loads("\n".join(lines_of(capsys, "history", "show", *place)))["id"] == history[1]
    assert json.loads("\n".join(lines_of(capsys, "history", "delete", "--before", "2000-01-01", *place))) == {
        "deleted": 0
    }
    assert json.loads("\n".join(lines_of(capsys, "history", "delete", "--before", "9999-01-01", *place))) == {
        "deleted": 2
    }


@pytest.mark.parametrize(
    "argv",
    [
        ("history",),
        ("history", "delete"),
        ("history", "delete", "x", "--all"),
        ("history", "show", "x"),
        ("history", "delete", "--before", "soon"),
    ],
)
def test_the_shell_says_what_is_wrong(argv: tuple[str, ...], capsys: Capture) -> None:
    assert run(argv) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("fieldguide: ")


async def test_an_editor_lists_and_shows_records(history: list[str], folder: Path) -> None:
    client = Client()
    await client.initialize(folder)
    listed = await client.request("fieldguide/history", {"limit": 1})
    assert [row["id"] for row in listed["records"]] == [history[1]]
    assert listed["enabled"] is True
    shown = await client.request(
        "workspace/executeCommand", {"command": "fieldguide.history", "arguments": [history[2]]}
    )
    assert shown["record"]["drafts"][0]["text"] == BAD
    refused = await client.error("fieldguide/history", {"id": "nobody"})
    assert refused["message"] == "This record does not exist any more."
    await client.stop()
