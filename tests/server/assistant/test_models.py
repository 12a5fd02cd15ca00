"""The OpenAI-compatible model, driven through the real client against a scripted server on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fieldguide_server.assistant import LanguageModel, Message
from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.openai_model import OpenAIModel
from fieldguide_server.settings import OPENAI_URL, ModelSettings
from tests.fakes import openai_chat
from tests.fakes.openai_chat import ChatServer, Reply, text
from tests.patience import PATIENCE

KEY = "sk-not-to-be-seen"
MESSAGES: list[Message] = [{"role": "user", "content": "Hello?"}]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def settings(server: ChatServer) -> ModelSettings:
    return ModelSettings(name="scripted", base_url=server.base_url, timeout_seconds=PATIENCE)


def model_of(settings: ModelSettings, key: str = KEY, retries: int = 2) -> OpenAIModel:
    return OpenAIModel(settings, {"OPENAI_API_KEY": key} if key else {}, retries)


async def collect(model: LanguageModel) -> list[str]:
    return [piece async for piece in model.stream(MESSAGES)]


async def test_the_answer_arrives_piece_by_piece(server: ChatServer, settings: ModelSettings) -> None:
    release = threading.Event()
    server.enqueue(openai_chat.slow("Hello, ", "world.", release=release))
    pieces = model_of(settings).stream(MESSAGES)
    assert await anext(pieces) == "Hello, "
    release.set()
    assert [piece async for piece in pieces] == ["world."]


async def test_the_request_holds_the_settings_and_the_key(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue("Hi")
    await collect(model_of(replace(settings, temperature=0.5, max_output_tokens=77)))
    request = server.history[0]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "scripted",
        "messages": MESSAGES,
        "stream": True,
        "temperature": 0.5,
        "max_tokens": 77,
    }


async def test_a_local_server_needs_no_key(server: ChatServer, settings: ModelSettings) -> None:
    server.enqueue("Hi")
    await collect(model_of(settings, key=""))
    assert server.history[0].headers["authorization"] == "Bearer none"


async def test_with_the_default_server_a_missing_key_is_an_error_that_names_its_variable() -> None:
    with pytest.raises(errors.MissingKeyError, match="MY_KEY holds no key"):
        await collect(OpenAIModel(ModelSettings(name="gpt", base_url=OPENAI_URL, api_key_env="MY_KEY"), {}))


async def test_a_model_without_an_address_is_not_asked() -> None:
    with pytest.raises(errors.UnknownModelError, match="has no address"):
        await collect(model_of(ModelSettings(name="gpt")))


async def test_a_server_cannot_send_a_request_on_to_another_host(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(Reply(status=307, headers={"Location": "http://localhost:1/v1/chat/completions"}))
    with pytest.raises(errors.UnreachableError):
        await collect(model_of(settings, retries=0))


async def test_only_openai_gets_the_headers_that_the_environment_has_for_it(
    server: ChatServer, settings: ModelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-secret")
    monkeypatch.setenv(
        "OPENAI_CUSTOM_HEADERS", "X-Custom: custom-secret\nAuthorization: Bearer header-secret"
    )
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "token-secret")
    server.enqueue("Hi", "Hi")
    await collect(model_of(settings))
    await collect(model_of(replace(settings, base_url=server.base_url[:-3], api_version="2024-10-21")))
    assert "secret" not in str([request.headers for request in server.history])
    assert server.history[0].headers["authorization"] == f"Bearer {KEY}"


async def test_azure_gets_a_request_of_its_own_form(server: ChatServer, settings: ModelSettings) -> None:
    server.enqueue("Hi")
    azure = replace(settings, name="our-gpt", base_url=server.base_url[:-3], api_version="2024-10-21")
    assert await collect(model_of(azure)) == ["Hi"]
    request = server.history[0]
    assert request.path == "/openai/deployments/our-gpt/chat/completions?api-version=2024-10-21"
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert "max_completion_tokens" in request.body


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        (ModelSettings(name="x", api_version="2024-10-21"), errors.UnknownModelError, "address"),
        (
            ModelSettings(
                name="x", api_version="2024-10-21", base_url="https://a.example", api_key_env="NONE"
            ),
            errors.MissingKeyError,
            "NONE holds no key",
        ),
    ],
)
async def test_azure_without_an_address_or_a_key_is_not_asked(
    settings: ModelSettings, kind: type[errors.ModelError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await collect(model_of(settings))


@pytest.mark.parametrize(
    ("variable", "words"),
    [("MY_KEY", "MY_KEY holds no key"), ("", "set api_key_env to its environment variable")],
)
async def test_a_server_that_asks_for_a_key_where_there_is_none_is_distinguished_from_a_wrong_one(
    server: ChatServer, settings: ModelSettings, variable: str, words: str
) -> None:
    server.enqueue(openai_chat.wrong_key())
    with pytest.raises(errors.MissingKeyError, match=words):
        await collect(model_of(replace(settings, api_key_env=variable)))


async def test_a_server_on_this_machine_is_reached_without_a_proxy(
    server: ChatServer, settings: ModelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.enqueue("Hi")
    assert await collect(model_of(settings)) == ["Hi"]


async def test_too_long_a_prompt_is_reported_also_by_a_server_that_opens_the_stream_first(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(Reply(raw='{"error": {"message": "the prompt exceeds the context size"}}'))
    with pytest.raises(errors.ContextTooLongError):
        await collect(model_of(settings))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (openai_chat.wrong_key(KEY), errors.WrongKeyError),
        (openai_chat.filtered(), errors.ContentFilterError),
        (openai_chat.failure(404, "The model does not exist"), errors.UnknownModelError),
        (openai_chat.context_too_long(), errors.ContextTooLongError),
        (openai_chat.failure(422, "Something about the request"), errors.ModelResponseError),
        (openai_chat.malformed(), errors.ModelResponseError),
    ],
)
async def test_each_kind_of_failure_is_a_sentence_without_the_key(
    server: ChatServer,
    settings: ModelSettings,
    reply: Reply,
    kind: type[errors.ModelError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.enqueue(reply)
    with caplog.at_level("DEBUG", logger="fieldguide_server"), pytest.raises(kind) as caught:
        await collect(model_of(settings))
    assert str(caught.value).endswith(".")
    assert "the language model failed" in caplog.text
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"


@pytest.mark.parametrize("status", [429, 500])
async def test_a_passing_failure_is_retried_as_soon_as_the_server_allows(
    server: ChatServer, settings: ModelSettings, status: int
) -> None:
    server.enqueue(openai_chat.failure(status, "later", retry_after="0.01"), "Now")
    assert await collect(model_of(settings)) == ["Now"]


async def test_a_rate_limit_that_stays_is_an_error(server: ChatServer, settings: ModelSettings) -> None:
    server.enqueue(*[openai_chat.failure(429, "later", retry_after="0.01")] * 3)
    with pytest.raises(errors.RateLimitedError):
        await collect(model_of(settings))
    assert len(server.history) == 3


async def test_a_rate_limit_that_lasts_too_long_says_when_to_try_again(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(openai_chat.failure(429, "later", retry_after="900"))
    with pytest.raises(errors.RateLimitedError, match="try again in 900 seconds"):
        await collect(model_of(settings))
    assert len(server.history) == 1


async def test_a_server_that_stays_broken_is_an_error_with_its_status(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(*[openai_chat.failure(503, "down", retry_after="0.01")] * 3)
    with pytest.raises(errors.ModelResponseError, match="503"):
        await collect(model_of(settings))


async def test_a_parameter_that_the_model_refuses_is_left_out(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(openai_chat.failure(400, "Unsupported value", param="temperature"), "Hi")
    assert await collect(model_of(settings)) == ["Hi"]
    assert "temperature" not in server.history[1].body


async def test_no_server_at_the_address_is_an_error(settings: ModelSettings) -> None:
    with ChatServer() as stopped:
        address = stopped.base_url
    with pytest.raises(errors.UnreachableError):
        await collect(model_of(replace(settings, base_url=address), retries=0))


async def test_silence_is_an_error_after_the_time_that_is_set(
    server: ChatServer, settings: ModelSettings
) -> None:
    release = threading.Event()
    server.enqueue(openai_chat.slow("never", release=release, after=0))
    # The header has come, so it is the stream that falls silent.
    with pytest.raises(errors.ModelTimeoutError, match=r"0\.2 seconds"):
        await collect(model_of(replace(settings, timeout_seconds=0.2), retries=0))
    release.set()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (openai_chat.cut_off("Half ", "an ans"), "broke off"),
        (openai_chat.malformed("Half ", "an ans"), "broke off"),
        (text("Half ", "an ans", finish_reason="length"), "limit of output tokens"),
        (text("Half ", "an ans", finish_reason="content_filter"), "content filter"),
    ],
)
async def test_a_cut_answer_gives_its_text_and_then_says_why_it_ended(
    server: ChatServer, settings: ModelSettings, reply: Reply, words: str
) -> None:
    server.enqueue(reply)
    pieces: list[str] = []

    async def read() -> None:
        async for piece in model_of(settings).stream(MESSAGES):
            pieces.append(piece)  # noqa: PERF401

    with pytest.raises(errors.IncompleteAnswerError, match=words):
        await read()
    assert pieces == ["Half ", "an ans"]


async def test_cancelling_closes_the_connection_to_the_server(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(openai_chat.slow("Hello, ", "world.", release=threading.Event()))
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in model_of(settings).stream(MESSAGES):
            begun.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(begun.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.history[0].client_closed.wait, 10)


async def test_leaving_the_answer_early_closes_the_connection_too(
    server: ChatServer, settings: ModelSettings
) -> None:
    server.enqueue(openai_chat.slow("Hello, ", "world.", release=threading.Event()))
    pieces = model_of(settings).stream(MESSAGES)
    await anext(pieces)
    await pieces.aclose()
    assert await asyncio.to_thread(server.history[0].client_closed.wait, 10)
