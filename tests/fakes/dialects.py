"""How servers with OpenAI's API differ: what each refuses and in which words, as their users report it.

A dialect takes the body of a request, and returns a refusal, or None where it answers.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from tests.fakes import openai_embeddings
from tests.fakes.openai_chat import Reply, document, failure

Body = dict[str, Any]
ChatDialect = Callable[[Body], Reply | None]
EmbeddingDialect = Callable[[Body], openai_embeddings.Reply | None]


def _openai_reasoning(body: Body) -> Reply | None:
    for name, hint in (("max_tokens", " Use 'max_completion_tokens' instead."), ("temperature", "")):
        if name in body:
            message = f"Unsupported parameter: '{name}' is not supported with this model.{hint}"
            return failure(
                400, message, param=name, code="unsupported_parameter", type="invalid_request_error"
            )
    return _openai_o1(body)


def _openai_o1(body: Body) -> Reply | None:
    if _has_system(body):
        message = "Unsupported value: 'messages[0].role' does not support 'system' with this model."
        return failure(400, message, param="messages[0].role", code="unsupported_value")
    return None


def _azure_gateway(body: Body) -> Reply | None:
    """Refuse as a gateway before Azure that drops the field ``param``."""
    if "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return document({"error": {"message": message, "type": "invalid_request_error", "param": None}}, 400)
    if body.get("temperature", 1) != 1:
        message = "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported."
        return document({"error": {"message": message, "param": None, "code": "unsupported_value"}}, 400)
    return None


def _moonshot(body: Body) -> Reply | None:
    if body.get("temperature", 1) != 1:
        return failure(400, "invalid temperature: only 1 is allowed for this model")
    return None


def _mistral(body: Body) -> Reply | None:
    if "temperature" in body:
        problem = {
            "type": "extra_forbidden",
            "loc": ["body", "temperature"],
            "msg": "Extra inputs are not permitted",
        }
        return document(
            {"object": "error", "message": {"detail": [problem]}, "param": None, "code": None}, 422
        )
    return None


def _fastapi(body: Body) -> Reply | None:
    extra = [name for name in ("max_tokens", "temperature") if name in body]
    problems = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs"} for name in extra]
    return document({"detail": problems}, 422) if problems else None


def _vllm(body: Body) -> Reply | None:
    if _has_system(body):
        return document(
            {"object": "error", "message": "System role not supported", "type": "BadRequestError"}, 400
        )
    return None


def _llamacpp(body: Body) -> Reply | None:
    if _has_system(body) or _repeats_role(body):
        message = "\n------------\nWhile executing CallExpression at line 1, column 32 in source:\nError: Jinja Exception: System role not supported"
        return document({"error": {"code": 500, "message": message, "type": "server_error"}}, 500)
    return None


def _llamacpp_alternating(body: Body) -> Reply | None:
    if _has_system(body) or _repeats_role(body):
        message = "Conversation roles must alternate user/assistant/user/assistant/..."
        return document({"error": {"code": 500, "message": message, "type": "server_error"}}, 500)
    return None


def _ollama(body: Body) -> Reply | None:
    if _has_system(body):
        message = "only user, assistant and tool roles are supported, got system"
        return document({"error": {"message": message, "type": "api_error", "param": None}}, 400)
    return None


def _lmstudio(body: Body) -> Reply | None:
    if _has_system(body):
        return document(
            {
                "error": "Error rendering prompt with jinja template: Only user and assistant roles are supported!"
            },
            400,
        )
    return None


def _gemini(body: Body) -> Reply | None:
    if _has_system(body):
        error = {
            "code": 400,
            "message": "Developer instruction is not enabled for models/gemma-3",
            "status": "INVALID_ARGUMENT",
        }
        return document([{"error": error}], 400)
    return None


def _groq(body: Body) -> Reply | None:
    if body.get("max_tokens", 0) > 1024:
        message = (
            "`max_tokens` must be less than or equal to `1024`, the maximum value for `max_tokens` is less than the "
            "`context_window` for this model"
        )
        return failure(400, message, param="max_tokens", type="invalid_request_error")
    return None


def _deepseek(body: Body) -> Reply | None:
    if "temperature" in body:
        return failure(400, "deepseek-reasoner does not support the parameter `temperature`")
    return None


def _openrouter(body: Body) -> Reply | None:
    if "temperature" in body:
        raw = '{"error": {"message": "temperature is deprecated for this model"}}'
        metadata = {"raw": raw, "provider_name": "Upstream"}
        return document(
            {"error": {"message": "Provider returned error", "code": 400, "metadata": metadata}}, 400
        )
    return None


def _cohere(body: Body) -> Reply | None:
    if "max_completion_tokens" in body or "max_tokens" in body:
        return document(
            {
                "id": "1",
                "message": "invalid request: unsupported parameters: max_completion_tokens, max_tokens",
            },
            422,
        )
    return None


def _no_stream(body: Body) -> Reply | None:
    if body.get("stream"):
        return failure(400, "Streaming is not supported for this model; stream must be false")
    return None


CHAT_DIALECTS: Mapping[str, ChatDialect] = {
    "openai-o": _openai_reasoning,
    "openai-o1": _openai_o1,
    "azure-gateway": _azure_gateway,
    "moonshot": _moonshot,
    "mistral": _mistral,
    "fastapi": _fastapi,
    "vllm": _vllm,
    "llamacpp": _llamacpp,
    "llamacpp-alternating": _llamacpp_alternating,
    "ollama": _ollama,
    "lmstudio": _lmstudio,
    "gemini": _gemini,
    "groq": _groq,
    "deepseek": _deepseek,
    "openrouter": _openrouter,
    "cohere": _cohere,
    "no-stream": _no_stream,
}
"""Refusals of parameters and roles by name of the server."""

_GROQ_TOO_LARGE = (
    "Request too large for model `llama-3.3-70b-versatile` in organization `org_01` service tier `on_demand` on tokens per "
    "minute (TPM): Limit 6000, Requested 9182, please reduce your message size and try again."
)
OVERFLOWS: Mapping[str, Reply] = {
    "openai": failure(
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        param="messages",
        code="context_length_exceeded",
    ),
    "openai-tpm": failure(
        429,
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 34238. The input or output tokens must be reduced.",
        code="rate_limit_exceeded",
    ),
    "vllm": document(
        {
            "object": "error",
            "message": "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context length is "
            "4096 tokens and your request has 3500 input tokens (2000 > 4096 - 3500).",
            "code": 400,
        },
        400,
    ),
    "llamacpp": document(
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 1407,
                "n_ctx": 256,
            }
        },
        400,
    ),
    "lmstudio": document(
        {
            "error": "Trying to keep the first 10136 tokens when context the overflows. However, the model is loaded with "
            "context length of only 4096 tokens, which is not enough."
        },
        400,
    ),
    "lmstudio-n-keep": document({"error": "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"}, 400),
    "groq": failure(413, _GROQ_TOO_LARGE, type="tokens", code="rate_limit_exceeded"),
    "mistral": document(
        {
            "object": "error",
            "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
        },
        400,
    ),
    "ollama": document(
        {"error": {"message": "prompt too long; exceeded max context length by 300 tokens"}}, 400
    ),
    "deepseek": failure(400, "Input length 70000 exceeds the maximum length 65536 tokens"),
    "openrouter": failure(
        400,
        "This endpoint's maximum context length is 4096 tokens. However, you requested about 5000 tokens.",
    ),
    "cohere": document(
        {"message": "too many tokens: total number of tokens in the prompt exceeds the limit of 4081"}, 400
    ),
    "gateway": document("<html><head><title>413 Request Entity Too Large</title></head></html>", 413),
    "in-stream": Reply(events=({"error": {"code": 400, "message": "Context size has been exceeded."}},)),
}
"""The refusal of a prompt that is too long, by name of the server."""


def _max_batch(size: int, status: int, message: str) -> EmbeddingDialect:
    def reply(body: Body) -> openai_embeddings.Reply | None:
        count = len(body["input"])
        if count <= size:
            return None
        return openai_embeddings.Reply(status, {"error": {"message": message.format(count=count, size=size)}})

    return reply


def _no_base64(body: Body) -> openai_embeddings.Reply | None:
    if body.get("encoding_format") == "base64":
        return openai_embeddings.Reply(
            400, {"error": {"message": "base64 encoding is not currently supported"}}
        )
    return None


def _no_format(body: Body) -> openai_embeddings.Reply | None:
    if "encoding_format" in body:
        problem = {
            "type": "extra_forbidden",
            "loc": ["body", "encoding_format"],
            "msg": "Extra inputs are not permitted",
        }
        return openai_embeddings.Reply(422, {"detail": [problem]})
    return None


EMBEDDING_DIALECTS: Mapping[str, EmbeddingDialect] = {
    "dashscope": _max_batch(
        10,
        400,
        "<400> InternalError: batch size is invalid, it should not be larger than {size}.: input.contents",
    ),
    "tei": _max_batch(32, 422, "batch size {count} > maximum allowed batch size {size}"),
    "tei-413": _max_batch(32, 413, "batch size {count} > maximum allowed batch size {size}"),
    "azure": _max_batch(16, 400, "Too many inputs. The max number of inputs is {size}."),
    "cohere": _max_batch(5, 400, "invalid request: total number of texts must be at most {size}"),
    "unnamed": _max_batch(7, 400, "Bad request"),
    "lmstudio": _no_base64,
    "mistral": _no_format,
}
"""Refusals of batches and formats by name of the server."""


def _has_system(body: Body) -> bool:
    return any(message["role"] == "system" for message in body["messages"])


def _repeats_role(body: Body) -> bool:
    roles = [message["role"] for message in body["messages"]]
    return any(first == second for first, second in pairwise(roles))
