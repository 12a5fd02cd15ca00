"""Questions in their context: earlier turns, the selection and the open files, each with its share of the prompt."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fieldguide_server.assistant import AskContext, Assistant, Message, Selection, Turn
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.prompts.history import condense, points_back, search_query
from fieldguide_server.assistant.prompts.persona import load_persona, workspace_personas
from fieldguide_server.settings import AnswerSettings, ModelSettings, Settings
from tests.fakes.openai_chat import ChatServer
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

FIRST = Turn("Where is the session cookie signed?", "In `sign_cookie` [shop/sessions.py:14-17].")
LINES = ("def sign_cookie(self, value):", "    return make_digest(value)")


def words(text: str) -> int:
    return len(text.split())


@pytest.fixture
def index(tmp_path: Path) -> MemoryIndex:
    return MemoryIndex(write_workspace(tmp_path / "shop"))


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


def assistant(index: MemoryIndex, settings: Settings | None = None) -> Assistant:
    return Assistant(index, index.read, settings or Settings(), index.folder)


async def sent(index: MemoryIndex, question: str, context: AskContext, context_tokens: int = 6_000) -> str:
    settings = Settings(answer=AnswerSettings(context_tokens=context_tokens))
    _system, user = await assistant(index, settings).prompt_for(question, context)
    return user["content"]


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("And where is it tested?", "And where is it tested? session cookie signed sign_cookie"),
        ("why?", "why? session cookie signed sign_cookie"),
        ("What about the price?", "What about the price? session cookie signed sign_cookie"),
        ("How are the gross prices formatted?", "How are the gross prices formatted?"),
        ("Which session cookie is it?", "Which session cookie is it? signed sign_cookie"),
    ],
)
def test_a_question_that_refers_back_is_searched_with_the_words_of_the_last_one(
    question: str, query: str
) -> None:
    assert search_query(question, [FIRST], None) == query


@pytest.mark.parametrize(
    "question",
    [
        "why?",
        "how so?",
        "which file?",
        "and where is it tested?",
        "and the tests?",
        "but why?",
        "what about admins?",
        "How does it work?",
        "How does that work?",
        "who calls that?",
        "what else?",
        "tell me more",
        "more details?",
        "where are they stored?",
        "explain this",
        "What do these functions return?",
        "is it used anywhere else?",
        "what happens in there?",
        "for admins?",
        "in the tests?",
        "with Redis?",
        "who calls?",
        "show another example",
        "and how do I run the tests?",
        "does the same happen for guests?",
        "what does the second one do?",
        "is the session signed too?",
    ],
)
def test_a_question_with_a_pronoun_or_without_its_own_content_points_back(question: str) -> None:
    assert points_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I run the tests?",
        "What is a blueprint?",
        "Where are sessions stored?",
        "sign_cookie",
        "run tests",
        "basket total",
        "list all routes",
        "Where is the function that signs cookies?",
        "Is there a test for sessions?",
        "Are there benchmarks?",
        "What does this project do?",
        "How is this repository built?",
        "Is it possible to run the tests in parallel?",
        "In which file are cookies signed?",
        "How do I deploy to production?",
        "Which exceptions does the parser raise?",
        "For which routes is the login needed, and where is the list?",
    ],
)
def test_a_complete_question_stands_alone(question: str) -> None:
    assert not points_back(question)
    assert search_query(question, [FIRST], None) == question


def test_a_question_after_a_follow_up_still_knows_the_first_question() -> None:
    follow_up = Turn("And where is it tested?", "The passages do not tell.")
    assert "cookie" in search_query("why not there?", [FIRST, follow_up], None)


def test_a_question_about_the_selection_is_searched_with_its_names() -> None:
    selected = Passage("a.py", 1, 2, LINES)
    assert search_query("What does this do?", (), selected) == "What does this do? sign_cookie make_digest"


def test_an_answer_s_code_blocks_are_not_what_a_conversation_is_about() -> None:
    turn = Turn("How?", "So:\n```python\nunrelated_name()\n```\nIt is `sign_cookie`.")
    assert search_query("and why?", [turn], None) == "and why? sign_cookie"


def test_the_last_turns_stay_complete_and_older_ones_are_summarized() -> None:
    long = "\n\n".join(f"Paragraph {n} has these words." for n in range(40)) + " See [a.py:1-2]."
    history = [Turn(f"Question {n}?", long) for n in range(4)]
    condensed = condense(history, 10_000, words, "@@")
    assert condensed.turns == 4
    oldest, second, third, last = condensed.text.split("@@ end")[:4]
    assert "Question 0?" in oldest
    assert words(oldest) < 80 < words(third) == words(last)
    assert words(second) < 80
    assert "[a.py:1-2]" in oldest


def test_the_oldest_turns_go_first_when_the_budget_is_small() -> None:
    history = [Turn(f"Question {n}?", "word " * 30) for n in range(10)]
    condensed = condense(history, 150, words, "@@")
    assert 0 < condensed.turns < 10
    assert condensed.tokens <= 150
    assert "Question 9?" in condensed.text
    assert "Question 0?" not in condensed.text
    assert condense(history, 0, words, "@@").turns == 0


async def test_the_prompt_holds_the_conversation_the_selection_and_the_open_files(index: MemoryIndex) -> None:
    context = AskContext((FIRST,), Selection("shop/prices.py", 6, 8), ("shop/checkout.py", "README.md"))
    prompt = await sent(index, "Is this gross price signed too?", context)
    assert "Q: Where is the session cookie signed?\nA: In `sign_cookie` [shop/sessions.py:14-17]." in prompt
    assert "They have selected the lines shop/prices.py:6-8." in prompt
    assert "They have open: shop/checkout.py" in prompt
    assert "8|     return net * (1 + VAT)" in prompt
    assert prompt.endswith("Is this gross price signed too?")


async def test_no_part_takes_more_than_its_share_and_the_question_is_never_cut(index: MemoryIndex) -> None:
    (index.folder / "long.py").write_text("cookie_price = 1\n" * 3_000, encoding="utf-8")
    context = AskContext((Turn("Q?", "word " * 5_000),) * 9, Selection("long.py", 1, 3_000), ("long.py",))
    question = "Where is the session cookie signed? " + "please " * 300
    prompt = await sent(index, question, context, context_tokens=600)
    assert prompt.endswith(question.strip())
    assert words(prompt.removesuffix(question.strip())) < 700
    assert "def sign_cookie" in prompt


async def test_a_selection_or_an_open_file_that_is_gone_or_outside_is_left_out(index: MemoryIndex) -> None:
    (index.folder.parent / "outside.py").write_text("cookie = 'secret'\n", encoding="utf-8")
    for selection in (
        Selection("gone.py", 1, 2),
        Selection("../outside.py", 1, 1),
        Selection("README.md", 90, 99),
    ):
        context = AskContext((), selection, ("gone.py", "../outside.py", "/etc/passwd"))
        prompt = await sent(index, "Where is the cookie signed?", context)
        assert "They have" not in prompt
        assert "outside" not in prompt


async def test_the_prompt_shown_is_the_prompt_sent(server: ChatServer, index: MemoryIndex) -> None:
    model = ModelSettings(name="scripted", base_url=server.base_url, timeout_seconds=PATIENCE)
    asking = assistant(index, replace(Settings(), model=model))
    context = AskContext((FIRST,))
    shown = await asking.prompt_for("And where is it rolled back?", context)
    assert server.history == []
    server.enqueue('Here [shop/sessions.py:23-25 "self.rows.clear()"].')
    answer = await asking.ask("And where is it rolled back?", context)
    assert answer.coverage.turns == 1
    assert _unfenced(server.history[0].body["messages"]) == _unfenced(shown)


def _unfenced(messages: Sequence[Message]) -> list[str]:
    fence = messages[1]["content"].split(" shop/")[0]
    return [message["content"].replace(fence, "FENCE") for message in messages]


async def test_a_follow_up_finds_nothing_new_and_the_model_is_still_asked(
    server: ChatServer, index: MemoryIndex
) -> None:
    model = ModelSettings(name="scripted", base_url=server.base_url, timeout_seconds=PATIENCE)
    server.enqueue("In short: it is signed.")
    turn = Turn("Kubernetes?", "Quux.")
    answer = await assistant(index, replace(Settings(), model=model)).ask(
        "Shorter, please!", AskContext((turn,))
    )
    assert answer.model == "scripted"


async def test_an_offline_follow_up_answers_from_what_the_conversation_is_about(index: MemoryIndex) -> None:
    answer = await assistant(index).ask("And where is it done?", AskContext((FIRST,)))
    assert answer.citations[0].path == "shop/sessions.py"


def write_persona(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_user_s_persona_beats_a_built_in_one_and_that_a_workspace_s(tmp_path: Path) -> None:
    own = write_persona(tmp_path / "own", "teacher", "Mine, for {stack}.")
    workspace = write_persona(tmp_path / "workspace", "reviewer", "The workspace's.")
    write_persona(workspace, "pirate", "Arr.\u202e")
    assert load_persona("teacher", own, workspace).template == "Mine, for {stack}."
    assert "careful reviewer" in load_persona("reviewer", own, workspace).template
    assert load_persona("pirate", own, workspace).template == "Arr."
    assert load_persona("pirate", own).problem
    assert "pirate" in load_persona("parrot", own, workspace).problem


def test_a_workspace_s_personas_are_used_only_if_the_user_allows_it(tmp_path: Path) -> None:
    folder = write_persona(tmp_path / ".fieldguide" / "personas", "pirate", "Arr.")
    trusting = Settings(answer=AnswerSettings(workspace_personas=True))
    assert workspace_personas(Settings(), tmp_path) is None
    assert workspace_personas(trusting, tmp_path) == folder


def test_a_workspace_s_persona_cannot_lead_to_a_file_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The key is 42.", encoding="utf-8")
    workspace = write_persona(tmp_path / "repo" / ".fieldguide" / "personas", "pirate", "Arr.")
    try:
        (workspace / "spy.txt").symlink_to(secret)
    except OSError:
        pytest.skip("links cannot be made here")
    for name in ("spy", "../../../secret", "..\\secret"):
        assert load_persona(name, None, workspace).problem
