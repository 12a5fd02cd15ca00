"""The editor's own language models: streams, cancellation, errors and limits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import Hit
from fieldguide_server.assistant import Assistant, ModelError
from fieldguide_server.assistant.models import LanguageModel, Models
from fieldguide_server.assistant.models.errors import (
    ContentFilterError,
    ContextTooLongError,
    IncompleteAnswerError,
    ModelResponseError,
    ModelTimeoutError,
    RateLimitedError,
    UnknownModelError,
    UnreachableError,
)
from fieldguide_server.settings import ModelSettings, Settings
from tests.server.lsp_client import Client

NAME = "copilot/gpt"
OFFERS = {"experimental": {"fieldguide": {"model": True}}}
CHOSEN = {"model": {"profile": "editor", "name": NAME}}
REFUSALS = {
    "absurd": ModelResponseError,
    "blocked": ModelResponseError,
    "filtered": ContentFilterError,
    "permission": ModelResponseError,
    "quota": RateLimitedError,
    "tooLong": ContextTooLongError,
    "unknown": UnknownModelError,
}


class Editor(Client):
    """A client with language models of its own; the test writes their answers."""

    real = False

    def __init__(self) -> None:
        super().__init__()
        self.silent_to.add("fieldguide/model")
        self.answers["fieldguide/modelLimits"] = {"maxInputTokens": 5_000}

    async def start(self, folder: Path, **more: Any) -> None:
        await self.initialize(folder, capabilities=OFFERS, initializationOptions=CHOSEN, **more)

    def _assistant(self, index: Any, read: Any, settings: Settings, folder: Path, models: Models) -> Any:
        super()._assistant(index, read, settings, folder, models)
        return Assistant(index, read, settings, folder, models) if self.real else self.assistant

    async def model(self, folder: Path, **more: Any) -> LanguageModel:
        await self.start(folder, **more)
        await self.request("fieldguide/ask", {"question": "why?"})
        made = self.assistant.models.get(self.assistant.settings.model)
        assert made is not None
        return made

    async def model_request(self) -> dict[str, Any]:
        return await self.message(lambda each: each.get("method") == "fieldguide/model")

    def writes(self, request: dict[str, Any], *pieces: str) -> None:
        for piece in pieces:
            self.notify(
                "$/progress", {"token": request["params"]["partialResultToken"], "value": {"text": piece}}
            )

    def ends(self, request: dict[str, Any], **response: Any) -> None:
        self.send({"jsonrpc": "2.0", "id": request["id"], **(response or {"result": {}})})


@pytest.fixture
async def editor() -> AsyncIterator[Editor]:
    made = Editor()
    yield made
    await made.stop()


async def collected(model: LanguageModel) -> list[str]:
    return [piece async for piece in model.stream([{"role": "user", "content": "Hello?"}])]


async def test_the_pieces_of_an_answer_come_in_their_order(editor: Editor, tmp_path: Path) -> None:
    writing = asyncio.create_task(collected(await editor.model(tmp_path)))
    request = await editor.model_request()
    assert request["params"]["model"] == NAME
    assert request["params"]["messages"] == [{"role": "user", "content": "Hello?"}]
    editor.notify("$/progress", {"token": "somebody else's", "value": {"text": "No."}})
    editor.notify("$/progress", {"token": request["params"]["partialResultToken"], "value": 7})
    editor.writes(request, "Two ", "words", "")
    editor.ends(request)
    assert await writing == ["Two ", "words", ""]


async def test_cancelling_the_question_cancels_the_model(editor: Editor, tmp_path: Path) -> None:
    writing = asyncio.create_task(collected(await editor.model(tmp_path)))
    request = await editor.model_request()
    writing.cancel()
    assert await editor.notification("$/cancelRequest") == {"id": request["id"]}
    # A late response is harmless.
    editor.writes(request, "late")
    editor.ends(request)
    assert (await editor.request("fieldguide/models"))["profile"] == "editor"


async def test_an_error_says_that_the_user_stopped_the_model_in_the_editor(
    editor: Editor, tmp_path: Path
) -> None:
    model = await editor.model(tmp_path)
    writing = asyncio.create_task(collected(model))
    editor.ends(await editor.model_request(), error={"code": -32800, "message": "Cancelled."})
    with pytest.raises(ModelResponseError, match="was cancelled in your editor"):
        await writing


@pytest.mark.parametrize("kind", REFUSALS)
async def test_every_kind_of_error_has_a_sentence_of_its_own_without_the_editors_message(
    editor: Editor, tmp_path: Path, kind: str
) -> None:
    writing = asyncio.create_task(collected(await editor.model(tmp_path)))
    error = {"code": -32803, "message": "secret of the provider", "data": {"kind": kind}}
    editor.ends(await editor.model_request(), error=error)
    with pytest.raises(REFUSALS[kind]) as raised:
        await writing
    assert "secret" not in str(raised.value)


async def test_a_client_without_the_request_has_no_models(editor: Editor, tmp_path: Path) -> None:
    writing = asyncio.create_task(collected(await editor.model(tmp_path)))
    editor.ends(await editor.model_request(), error={"code": -32601, "message": "What?"})
    with pytest.raises(UnreachableError):
        await writing


async def test_an_error_after_the_first_piece_is_a_cut_stream(editor: Editor, tmp_path: Path) -> None:
    writing = asyncio.create_task(collected(await editor.model(tmp_path)))
    request = await editor.model_request()
    editor.writes(request, "Once")
    editor.ends(request, error={"code": -32803, "message": "?", "data": {"kind": "quota"}})
    with pytest.raises(IncompleteAnswerError):
        await writing


async def test_a_model_that_sends_nothing_times_out(editor: Editor, tmp_path: Path) -> None:
    model = await editor.model(tmp_path)
    hasty = Models({}, editor.server.client.models).get(
        ModelSettings(profile="editor", name=NAME, timeout_seconds=0.01)
    )
    assert hasty is not None
    assert hasty.name == model.name
    with pytest.raises(ModelTimeoutError):
        await collected(hasty)
    assert await editor.notification("$/cancelRequest")


@pytest.mark.parametrize(
    ("response", "window"),
    [
        ({"maxInputTokens": 5_000}, 7_000),
        ({"maxInputTokens": True}, 128_000),
        (None, 128_000),
        ({"code": -32803, "message": "?"}, 128_000),
    ],
)
async def test_the_prompt_fits_the_context_window_of_the_editors_model(
    editor: Editor, tmp_path: Path, response: Any, window: int
) -> None:
    editor.answers["fieldguide/modelLimits"] = response
    await editor.model(tmp_path)
    model = editor.assistant.settings.model
    assert (model.context_window, model.max_output_tokens) == (window, 2_000)


async def test_an_editor_without_the_capability_gets_no_model_requests(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path, initializationOptions=CHOSEN)
    await client.request("fieldguide/ask", {"question": "why?"})
    with pytest.raises(ModelError, match="offers no language models to Fieldguide"):
        client.assistant.models.get(client.assistant.settings.model)
    assert not [each for each in client.received if str(each.get("method")).startswith("fieldguide/model")]


async def test_the_editors_profile_is_listed_and_only_the_user_chooses_it(
    editor: Editor, tmp_path: Path
) -> None:
    await editor.initialize(tmp_path, capabilities=OFFERS)
    response = await editor.request("fieldguide/models")
    assert (response["model"], response["profile"]) == (None, None)
    (offered,) = [each for each in response["profiles"] if each["profile"] == "editor"]
    assert (offered["address"], offered["api_key_env"]) == ("the language models of your editor", "")
    response = await editor.request("fieldguide/models", {"use": f"editor:{NAME}"})
    assert (response["model"], response["profile"]) == (NAME, "editor")


async def test_an_answer_of_the_editors_model_is_streamed_and_its_citations_are_checked(
    editor: Editor, tmp_path: Path
) -> None:
    editor.real = True
    (tmp_path / "shop.py").write_text("def price():\n    return 7\n", encoding="utf-8")
    editor.index.hits = [
        Hit("shop.py", 1, 2, 0.9, symbol="price", kind="function", text="def price():\n    return 7\n")
    ]
    await editor.start(tmp_path)
    question = editor.start_request("fieldguide/ask", {"question": "What does price return?", "token": "q"})
    request = await editor.model_request()
    assert "return 7" in request["params"]["messages"][-1]["content"]
    editor.writes(request, "`price` returns 7 ", "[shop.py:1-2], nothing else [gone.py:9].")
    editor.ends(request)
    answer = (await editor.answer_to(question))["result"]
    assert answer["model"] == NAME
    assert [(each["path"], each["verified"]) for each in answer["citations"]] == [("shop.py", True)]
    assert "gone.py" not in answer["answer"]
    assert (await editor.notification("fieldguide/answerDelta"))["text"].startswith("`price`")


async def test_an_error_of_the_editors_model_leads_to_an_offline_answer_with_the_reason(
    editor: Editor, tmp_path: Path
) -> None:
    editor.real = True
    (tmp_path / "shop.py").write_text("def price():\n    return 7\n", encoding="utf-8")
    editor.index.hits = [Hit("shop.py", 1, 2, 0.9, symbol="price", kind="function", text="def price():\n")]
    await editor.start(tmp_path)
    question = editor.start_request("fieldguide/ask", {"question": "What does price return?"})
    error = {"code": -32803, "message": "no", "data": {"kind": "permission"}}
    editor.ends(await editor.model_request(), error=error)
    answer = (await editor.answer_to(question))["result"]
    assert answer["model"] is None
    assert "You have not allowed Fieldguide" in answer["notice"]
