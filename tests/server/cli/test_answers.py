"""``fieldguide ask`` and ``explain``: how an answer is shown, with a fake assistant."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from fieldguide_indexer import IndexStatus, State, UpdateReport
from fieldguide_server.assistant import Answer, AnswerStream, Citation, Coverage, Message
from fieldguide_server.assistant.types import CodeReview
from fieldguide_server.cli.main import run
from fieldguide_server.review import Check, Problem
from fieldguide_server.services import Services

Command: TypeAlias = Callable[..., int]
Capture: TypeAlias = pytest.CaptureFixture[str]


COVERAGE = Coverage(
    retrieved=12, passages=9, files=5, stale=2, stale_files=("src/app.py",), index_state="updating",
    indexed_files=40, indexed_chunks=200, embedded_chunks=150, commit="0123456789",
)  # fmt: skip


NOTICE = "1 of 2 citations verified; 1 could not be verified and was removed. Slow today."


class FakeIndex:
    """An index with nothing to do."""

    def update(self, **_: object) -> UpdateReport:
        return UpdateReport()

    def status(self) -> IndexStatus:
        return IndexStatus(State.READY)


class FakeAssistant:
    """Streams a preview and settles on a checked answer."""

    async def ask(self, question: str, stream: AnswerStream) -> Answer:
        stream.add("It is in [src/app.py:1] and [gone.py:9].")
        cited = (Citation("src/app.py", 1, 2),)
        said = f"{question} It is in [src/app.py:1]."
        return Answer(said, "m", cited, COVERAGE, notice=NOTICE, removed=1, verified=1)

    async def explain(self, path: str, start: int, end: int, *_: object) -> Answer:
        return Answer(f"{path} {start} {end}")

    async def explain_file(self, path: str, *_: object) -> Answer:
        return Answer(f"the whole of {path}")

    async def prompt_for(self, question: str) -> tuple[Message, ...]:
        return ({"role": "system", "content": "Be brief."}, {"role": "user", "content": question})


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def main():\n    return 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def open_index(*_: object) -> Any:
        return nullcontext(FakeIndex())

    def make_assistant(*_: object) -> Any:
        return FakeAssistant()

    return lambda *argv: run(argv, Services(open_index, make_assistant))


def test_into_a_pipe_goes_only_the_checked_answer(command: Command, capsys: Capture) -> None:
    assert command("ask", "Where?") == 0
    out = capsys.readouterr().out
    assert out.startswith("Where? It is in [src/app.py:1].\n")
    assert "gone.py" not in out
    assert "✓ src/app.py:1-2" in out
    assert out.count("1 of 2 citations verified") == 1
    assert out.endswith(f"{NOTICE}\n")


def test_every_answer_says_what_it_is_based_on(command: Command, capsys: Capture) -> None:
    assert command("ask", "Where?") == 0
    assert (
        "Based on 9 passages in 5 files at commit 0123456789; 2 files changed since indexing (src/app.py)"
        " (index: 40 files in 200 chunks, updating; 150 of them have vectors)\n"
    ) in capsys.readouterr().out


def test_at_a_terminal_the_text_streams_and_is_corrected_when_a_citation_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("fieldguide_server.cli.output.is_terminal", lambda: True)
    assert command("ask", "Where?") == 0
    preview, heading, result = capsys.readouterr().out.partition("Answer after checking the citations:")
    assert heading
    assert "gone.py" in preview
    assert "gone.py" not in result


def test_at_a_terminal_a_corrected_draft_is_announced_and_printed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    class Corrected(FakeAssistant):
        async def ask(self, question: str, stream: AnswerStream) -> Answer:
            stream.add("The draft.")
            stream.reset([Problem(1, 2, Check.NAME, "there is no `x`")])
            stream.add("The second text.")
            return Answer("The second text.", "m", review=CodeReview(blocks=1, parsed=1, rounds=1))

    monkeypatch.setattr("fieldguide_server.cli.output.is_terminal", lambda: True)
    services = Services(lambda *_: cast("Any", nullcontext(FakeIndex())), lambda *_: cast("Any", Corrected()))
    assert run(("ask", "Where?", "--path", str(tmp_path)), services) == 0
    draft, _, rest = capsys.readouterr().out.partition("The checks found these problems in the code")
    assert draft.strip() == "The draft."
    assert "code block 1, line 2: there is no `x`" in rest
    assert rest.count("The second text.") == 1
    assert "1 of 1 code block checked: no problems" in rest


def test_ask_prints_the_promised_json(command: Command, capsys: Capture) -> None:
    assert command("ask", "--json", "Where?") == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"answer", "model", "citations", "coverage"} <= printed.keys()
    assert {"path", "start_line", "end_line", "verified"} <= printed["citations"][0].keys()


@pytest.mark.parametrize(
    ("place", "shown"), [("src/app.py:2", "src/app.py 2 2"), ("src/app.py:1-99", "src/app.py 1 99")]
)
def test_explain_takes_a_line_or_a_range(command: Command, capsys: Capture, place: str, shown: str) -> None:
    assert command("explain", place) == 0
    assert shown in capsys.readouterr().out


def test_explain_takes_a_whole_file(command: Command, capsys: Capture) -> None:
    assert command("explain", "src/app.py") == 0
    assert "the whole of src/app.py" in capsys.readouterr().out


def test_the_prompt_is_shown_without_asking_anybody(command: Command, capsys: Capture) -> None:
    assert command("ask", "--show-prompt", "Where?") == 0
    assert capsys.readouterr().out == "--- system ---\nBe brief.\n--- user ---\nWhere?\n"
    assert command("ask", "--show-prompt", "--json", "Where?") == 0
    assert json.loads(capsys.readouterr().out)["messages"][1] == {"role": "user", "content": "Where?"}
