"""The review loop: code of an answer is checked, written again by the model, and what remains is marked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldguide_server.assistant import Answer, Assistant
from fieldguide_server.settings import AnswerSettings, ModelSettings, Settings
from tests.fakes import openai_chat
from tests.fakes.answer_stream import RecordedStream
from tests.fakes.openai_chat import ChatServer
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

QUESTION = "How is a gross price formatted?"
CITED = 'By `format_price` [shop/prices.py:11-12 "def format_price"].'
BAD = f"{CITED}\n\n```python\nfrom shop.prices import format_prise\n```\nDone."
WORSE = f"{CITED}\n\n```python\nfrom shop.price import format_prise\nfrom shop.nowhere import x\n```\nDone."
GOOD = f"{CITED}\n\n```python\nfrom shop.prices import format_price\n```\nDone."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def stream() -> RecordedStream:
    return RecordedStream()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


async def ask(folder: Path, server: ChatServer, stream: RecordedStream, rounds: int = 2) -> Answer:
    index = MemoryIndex(folder)
    settings = replace(
        Settings(),
        model=ModelSettings(name="scripted", base_url=server.base_url, timeout_seconds=PATIENCE),
        answer=AnswerSettings(review_rounds=rounds),
    )
    assistant = Assistant(index, index.read, settings, folder)
    return await assistant.ask(QUESTION, stream=stream)


async def test_the_model_is_told_what_the_checks_found_and_its_new_text_replaces_the_draft(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(BAD, GOOD)
    answer = await ask(folder, server, stream)
    assert "import format_price\n" in answer.answer
    assert answer.problems == ()
    assert answer.review
    assert (answer.review.rounds, answer.review.parsed, len(answer.review.fixed)) == (1, 1, 1)
    roles = [message["role"] for message in server.history[1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert server.history[1].body["messages"][2]["content"] == BAD
    assert (
        "- code block 1, line 1: `shop.prices` of this workspace has no `format_prise`"
        in server.history[1].prompt
    )
    assert len(stream.resets) == 1
    assert "import format_price\n" in "".join(stream.pieces)
    assert "format_prise" not in "".join(stream.pieces)


async def test_what_remains_after_the_last_round_is_said_under_the_block_and_in_the_problems(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(WORSE, BAD, BAD)
    answer = await ask(folder, server, stream)
    assert len(server.history) == 3
    assert [(one.block, one.line, one.check) for one in answer.problems] == [(1, 1, "name")]
    marked = answer.answer.split("```\n")[1]
    assert marked.startswith(
        "\n*Unresolved in this block: line 1: `shop.prices` of this workspace has no `format_prise`"
    )
    assert marked.endswith("Done.")
    assert "1 problem remains in its code." in answer.notice
    assert answer.to_json()["problems"][0]["check"] == "name"
    assert [str(one) for one in answer.citations] == ["shop/prices.py:11-12"]


async def test_a_text_that_got_worse_is_not_taken(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(BAD, WORSE, GOOD)
    answer = await ask(folder, server, stream)
    assert len(server.history) == 2
    assert "format_prise" in answer.answer
    assert "nowhere" not in answer.answer


async def test_a_text_that_lost_its_citations_is_not_taken(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(BAD, GOOD.replace(CITED, "By it."))
    answer = await ask(folder, server, stream)
    assert (answer.verified, len(answer.problems)) == (1, 1)


@pytest.mark.parametrize(
    "reply", [openai_chat.failure(500, "no"), openai_chat.context_too_long(), openai_chat.text("")]
)
async def test_a_model_that_fails_in_a_round_leaves_the_draft(
    server: ChatServer, folder: Path, stream: RecordedStream, reply: openai_chat.Reply
) -> None:
    server.enqueue(BAD, *[reply] * 3)
    answer = await ask(folder, server, stream)
    assert (answer.model, len(answer.problems)) == ("scripted", 1)
    assert "format_prise" in answer.answer


async def test_a_text_cut_off_in_a_round_is_not_taken(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(BAD, openai_chat.cut_off(GOOD))
    answer = await ask(folder, server, stream)
    assert "cut off" not in answer.answer
    assert len(answer.problems) == 1


async def test_no_rounds_means_no_checks(server: ChatServer, folder: Path, stream: RecordedStream) -> None:
    server.enqueue(BAD)
    answer = await ask(folder, server, stream, rounds=0)
    assert (answer.problems, answer.review, stream.resets) == ((), None, [])
    assert "Unresolved" not in answer.answer


async def test_code_without_faults_and_text_without_code_take_one_request(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue(GOOD, CITED)
    good = await ask(folder, server, stream)
    plain = await ask(folder, server, stream)
    assert good.review
    assert plain.review
    assert (good.review.blocks, plain.review.blocks, len(server.history)) == (1, 0, 2)


async def test_a_citation_within_the_code_is_none_of_its_code(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    server.enqueue('So:\n\n```python\nVAT = 0.19 [shop/prices.py:3 "VAT = 0.19"]\n```\n')
    answer = await ask(folder, server, stream)
    assert answer.problems == ()
    assert answer.verified == 1


async def test_each_block_is_marked_by_itself(
    server: ChatServer, folder: Path, stream: RecordedStream
) -> None:
    twice = f"{CITED}\n\n1. One:\n   ```json\n   {{'a': 1}}\n   ```\n2. Two:\n   ```py\n   x = (\n   ```\n"
    server.enqueue(twice, twice)
    answer = await ask(folder, server, stream)
    lines = answer.answer.split("\n")
    marks = [
        number for number, line in enumerate(lines) if line.startswith("   *Unresolved in this block: line 1")
    ]
    assert len(marks) == 2
    assert all(lines[number - 2].strip() == "```" for number in marks)


async def test_an_offline_answer_is_not_reviewed(folder: Path, stream: RecordedStream) -> None:
    index = MemoryIndex(folder)
    answer = await Assistant(index, index.read, Settings(), folder).ask(QUESTION, stream=stream)
    assert (answer.model, answer.review, answer.problems) == (None, None, ())
