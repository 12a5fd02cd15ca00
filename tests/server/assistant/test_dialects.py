"""Requests, streams and errors of the servers that speak OpenAI's API in their own way, each on loopback."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldguide_server.assistant import Message
from fieldguide_server.assistant.citations.checker import CheckedText
from fieldguide_server.assistant.citations.unknown_names import MarkedText
from fieldguide_server.assistant.draft import DraftWriter
from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.openai_model import OpenAIModel
from fieldguide_server.review import Review
from fieldguide_server.settings import ModelSettings
from tests.fakes import openai_chat
from tests.fakes.dialects import CHAT_DIALECTS, OVERFLOWS, ChatDialect
from tests.fakes.openai_chat import ChatServer, Reply, document, events, failure
from tests.patience import PATIENCE

KEY = "sk-not-to-be-seen"
MESSAGES: list[Message] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello?"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "Who are you?"},
]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


def settings_for(server: ChatServer, **changes: Any) -> ModelSettings:
    values = {"name": "scripted", "base_url": server.base_url, "timeout_seconds": PATIENCE, **changes}
    return ModelSettings(**values)


async def answer(settings: ModelSettings, retries: int = 0) -> str:
    model = OpenAIModel(settings, {"OPENAI_API_KEY": KEY}, retries)
    return "".join([piece async for piece in model.stream(MESSAGES)])


async def error_of(settings: ModelSettings) -> errors.ModelError:
    with pytest.raises(errors.ModelError) as caught:
        await answer(settings)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("dialect", CHAT_DIALECTS.values(), ids=CHAT_DIALECTS)
async def test_a_request_is_written_as_the_server_accepts_it_and_that_is_remembered(
    dialect: ChatDialect,
) -> None:
    with ChatServer(dialect) as server:
        server.enqueue("First", "Second")
        settings = settings_for(server)
        assert await answer(settings) == "First"
        tried = len(server.history)
        assert await answer(settings) == "Second"
    assert 1 < tried <= 4
    assert len(server.history) == tried + 1
    prompt = server.history[-1].prompt
    assert "Be brief." in prompt
    assert "Who are you?" in prompt


@pytest.mark.parametrize("overflow", OVERFLOWS.values(), ids=OVERFLOWS)
async def test_every_wording_of_too_long_a_prompt_is_understood(server: ChatServer, overflow: Reply) -> None:
    server.enqueue(overflow)
    assert isinstance(await error_of(settings_for(server)), errors.ContextTooLongError)
    assert len(server.history) == 1


SYSTEM_REFUSALS = [
    "Invalid role: system",
    "Unexpected role 'system' after role 'user'",
    "This model does not support system messages.",
    "system prompt is not supported for this model",
    "Only user and assistant roles are supported!",
    "Template error: syntax error",
    "jinja2.exceptions.TemplateError: System role not supported",
    "Unsupported value: 'messages[0].role' does not support 'developer' with this model.",
    "Input should be 'user' or 'assistant' at body.messages.0.role",
]
PARAMETER_REFUSALS = [
    ("max_tokens is too large: 2000. This model supports at most 1024 completion tokens.", "max_tokens"),
    ("unknown field `temperature`", "temperature"),
    (
        "[{'type': 'extra_forbidden', 'loc': ('body', 'temperature'), 'msg': 'Extra inputs are not permitted'}]",
        "temperature",
    ),
    ("Temperature must be 1 for this model", "temperature"),
    ("unsupported parameter: stream", "stream"),
    ("This model does not support streaming.", "stream"),
]


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("words", SYSTEM_REFUSALS)
async def test_every_wording_of_a_refused_role_is_understood(
    server: ChatServer, words: str, status: int
) -> None:
    server.enqueue(failure(status, words), "Hi")
    assert await answer(settings_for(server)) == "Hi"
    assert [message["role"] for message in server.history[-1].body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(("words", "name"), PARAMETER_REFUSALS)
async def test_every_wording_of_a_refused_parameter_is_understood(
    server: ChatServer, words: str, name: str, status: int
) -> None:
    server.enqueue(failure(status, words), "Hi")
    assert await answer(settings_for(server)) == "Hi"
    assert name not in server.history[-1].body
    assert server.history[-1].body["messages"] == MESSAGES


@pytest.mark.parametrize(
    ("omitted", "missing"),
    [
        (("temperature",), "temperature"),
        (("max_tokens",), "max_tokens"),
        (("max_completion_tokens",), "max_tokens"),
        (("stream",), "stream"),
    ],
)
async def test_a_parameter_that_the_settings_omit_is_not_sent(
    server: ChatServer, omitted: tuple[str, ...], missing: str
) -> None:
    server.enqueue("Hi")
    assert await answer(settings_for(server, omit_parameters=omitted)) == "Hi"
    assert missing not in server.history[0].body


async def test_without_system_roles_the_text_is_in_the_first_message(server: ChatServer) -> None:
    server.enqueue("Hi")
    await answer(settings_for(server, omit_parameters=("system",)))
    first, *others = server.history[0].body["messages"]
    assert first == {"role": "user", "content": "Be brief.\n\nHello?"}
    assert others == MESSAGES[2:]


async def test_a_refusal_that_names_nothing_ends_in_the_servers_own_words(server: ChatServer) -> None:
    server.enqueue(failure(400, f"The moon is full; {KEY} saw it."))
    assert str(await error_of(settings_for(server))) == (
        "The language model's server failed with status 400: The moon is full; *** saw it."
    )
    assert len(server.history) == 1


def chunk(content: object, **more: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": None}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
WHOLE = {"choices": [{"message": {"role": "assistant", "content": "Answer"}, "finish_reason": "stop"}]}
THINKING_PART = {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}
TEXT_PART = {"type": "text", "text": "Answer"}


@pytest.mark.parametrize(
    "reply",
    [
        events({"choices": None}, chunk("Answer"), END, "[DONE]"),
        events({"usage": {}}, chunk("Answer"), END, {"choices": [], "usage": {}}, "[DONE]"),
        events([1], 7, {"choices": ["odd"]}, {"choices": [{"delta": None}]}, chunk("Answer"), END),
        events(chunk([THINKING_PART]), chunk([TEXT_PART]), END, "[DONE]"),
        events(chunk(TEXT_PART), END),
        events(chunk(None, reasoning_content="hmm"), chunk("", reasoning="hmm"), chunk("Answer"), END),
        events(chunk("Answer"), "[DONE]"),
        events(chunk("Answer"), {"choices": [{"delta": {}, "finish_reason": ""}]}, "[DONE]"),
        events(chunk("Ans"), chunk("wer"), {"choices": [{"delta": {}, "finish_reason": "STOP"}]}),
        document(WHOLE),
        document({"choices": [{"message": {"content": [THINKING_PART, TEXT_PART]}}]}),
    ],
    ids=[
        "null choices", "no choices", "odd", "parts", "part", "reasoning", "done", "empty finish", "capitals", "whole",
        "whole parts",
    ],
)  # fmt: skip
async def test_an_answer_is_read_in_every_form(server: ChatServer, reply: Reply) -> None:
    server.enqueue(reply)
    assert await answer(settings_for(server)) == "Answer"


async def test_a_line_separator_inside_of_json_does_not_end_a_line(server: ChatServer) -> None:
    server.enqueue(events('{"choices": [{"delta": {"content": "a\u2028b"}}]}', "[DONE]"))
    assert await answer(settings_for(server)) == "a\u2028b"


async def test_a_stream_that_ends_without_a_sign_is_incomplete(server: ChatServer) -> None:
    server.enqueue(events(chunk("Half")))
    assert isinstance(await error_of(settings_for(server)), errors.IncompleteAnswerError)


PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (document({"error": "Unexpected endpoint or method. (POST /chat/completions)"}), errors.ModelResponseError,
         ["Unexpected endpoint", "no OpenAI-compatible server"]),
        (document(PAGE), errors.UnknownModelError, ["web page", "Sign in", "no OpenAI-compatible server"]),
        (document(PAGE, 403), errors.ModelResponseError, ["web gateway or proxy", "403", "Sign in"]),
        (document(PAGE, 502), errors.ModelResponseError, ["web gateway or proxy", "502"]),
        (document({"error": {"message": "Rate limit exceeded: free-models-per-day", "code": 429}}, 429),
         errors.RateLimitedError, ["free-models-per-day"]),
        (document({"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "busy upstream"}}}),
         errors.RateLimitedError, ["busy upstream"]),
        (failure(429, "You exceeded your current quota", code="insufficient_quota"), errors.RateLimitedError,
         ["credit", "used up", "current quota"]),
        (document({"error": {"message": "Insufficient Balance"}}, 402), errors.RateLimitedError, ["Insufficient Balance"]),
        (failure(401, f"Incorrect API key provided: {KEY}"), errors.WrongKeyError, ["Incorrect API key", "OPENAI_API_KEY"]),
        (failure(403, "Country not supported"), errors.ModelResponseError, ["403", "Country not supported"]),
        (failure(404, "The model `scripted` does not exist"), errors.UnknownModelError, ["does not exist"]),
        (events({"error": {"message": "Upstream died", "code": 502}, "choices": []}), errors.ModelResponseError,
         ["Upstream died"]),
        (document({"detail": [{"loc": ["body", "messages"], "msg": "Field required"}]}, 422), errors.ModelResponseError,
         ["messages: Field required"]),
    ],
)  # fmt: skip
async def test_an_error_says_what_the_server_said(
    server: ChatServer, reply: Reply, kind: type[errors.ModelError], words: list[str]
) -> None:
    server.enqueue(reply)
    error = await error_of(settings_for(server))
    assert type(error) is kind
    for each in words:
        assert each in str(error)


async def test_an_address_without_version_leads_to_a_suggestion(server: ChatServer) -> None:
    address = server.base_url.removesuffix("/v1")
    error = await error_of(settings_for(server, base_url=address))
    assert f"Try {address}/v1 as base_url." in str(error)


async def test_a_model_that_is_loading_is_waited_for(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldguide_server.assistant.models.openai_model._LOADING_SECONDS", 0.01)
    loading = document({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503)
    server.enqueue(*[loading] * 5, "Loaded")
    assert await answer(settings_for(server)) == "Loaded"


async def test_a_model_that_loads_longer_than_the_patience_is_given_up(server: ChatServer) -> None:
    server.enqueue(document({"error": {"message": "Loading model", "code": 503}}, 503))
    error = await error_of(settings_for(server, timeout_seconds=0.1))
    assert "still loading the model" in str(error)


async def test_a_long_wait_for_a_rate_limit_is_not_waited_for(server: ChatServer) -> None:
    server.enqueue(failure(429, "Slow down", retry_after="120"), "never")
    with pytest.raises(errors.RateLimitedError, match="try again in 120 seconds"):
        await answer(settings_for(server), retries=2)


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://no-such-host.invalid/v1", "cannot be resolved (DNS)"),
        ("http://127.0.0.1:1/v1", "connection refused"),
    ],
)
async def test_the_kind_of_a_connection_failure_is_named(
    base_url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if "invalid" in base_url:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await error_of(ModelSettings(name="m", base_url=base_url))
    assert isinstance(error, errors.UnreachableError)
    assert words in str(error)


async def test_a_server_without_tls_is_named(server: ChatServer) -> None:
    error = await error_of(settings_for(server, base_url=server.base_url.replace("http:", "https:")))
    assert "TLS" in str(error)


@pytest.mark.parametrize(("variable", "ca_file"), [("/no/such.pem", ""), ("", "/no/such.pem")])
async def test_a_file_of_certificates_that_is_missing_is_an_error_of_the_model(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, variable: str, ca_file: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", variable)
    error = await error_of(settings_for(server, ca_file=ca_file))
    assert isinstance(error, errors.UnreachableError)
    assert "/no/such.pem" in str(error)


@pytest.mark.parametrize(
    "reply",
    [
        events(chunk(None, reasoning_content="hmm"), {"choices": [{"delta": {}, "finish_reason": "length"}]}),
        events(chunk("<think>hmm"), {"choices": [{"delta": {}, "finish_reason": "length"}]}),
        document({"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}),
    ],
)
async def test_thinking_that_used_up_the_tokens_names_the_setting(server: ChatServer, reply: Reply) -> None:
    server.enqueue(reply)
    with pytest.raises(errors.ModelResponseError, match=r"raise model\.max_output_tokens"):
        await draft_of(server, Shown())


@pytest.mark.parametrize(
    "text", ["<think>Cite [a.py:1].</think>\nAnswer", "Cite [a.py:1].\n</think>\nAnswer"]
)
async def test_thinking_is_in_no_draft_and_not_in_the_preview(server: ChatServer, text: str) -> None:
    server.enqueue(openai_chat.text(*text))
    shown = Shown()
    assert await draft_of(server, shown) == "Answer"
    assert shown.text == "Answer"


class Shown:
    """A stream that shows what it has received."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> None:
        self.text += text

    def reset(self, _problems: object) -> None:
        self.text = ""


async def draft_of(server: ChatServer, shown: Shown) -> str:
    model = OpenAIModel(settings_for(server), {})
    writer = DraftWriter(
        model,
        lambda text: (CheckedText(text, ()), MarkedText(text, ())),
        lambda _: Review(),
        shown,
    )
    (draft,) = await writer.write(MESSAGES, 0)
    assert draft.checked.text == draft.written
    return draft.written


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_a_certificate_of_an_own_authority_is_trusted_by_a_setting(tmp_path: Path) -> None:
    pem = tmp_path / "own.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", *options, "-keyout", str(pem), "-out", str(tmp_path / "own.crt")]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)  # noqa: ASYNC221
    certificate = (tmp_path / "own.crt").read_text(encoding="ascii")
    pem.write_text(pem.read_text(encoding="ascii") + certificate, encoding="ascii")
    with ChatServer() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.wrap(context)
        settings = settings_for(server, base_url=server.base_url.replace("http:", "https:"))
        assert "is not trusted (self-signed certificate)" in str(await error_of(settings))
        server.enqueue("Hi")
        assert await answer(replace(settings, ca_file=str(tmp_path / "own.crt"))) == "Hi"
