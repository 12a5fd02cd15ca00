"""The exceptions of the ``openai`` client as errors for the user: our sentence, and after it the server's, without keys."""

import logging
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import openai

from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.openai_refusal import Refusal, refusal_of
from fieldguide_server.assistant.models.openai_stream import ServerError
from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size|overflow)|context the overflows|\bn_ctx\b|max_model_len|max_seq_len"
    r"|(?:prompt|input|messages?|request|conversation)\b[^.\n]{0,60}\b(?:too (?:long|large|big)\b|exceed)"
    r"|too many (?:input |prompt |total )?tokens|exceed[^.\n]{0,60}\b(?:tokens|context)\b"
    r"|(?:reduce|shorten)[^.\n]{0,40}\b(?:length|size|messages?|prompt|input)|tokens must be reduced|string_above_max_length",
    re.IGNORECASE,
)
# With status 429, only a request that can never be accepted is too long; others just come too early.
_NEVER_FITS = re.compile(
    r"request too large|tokens must be reduced|reduce (?:your|the) message", re.IGNORECASE
)
# The limit of output tokens is refused, not the prompt, though the words compare it with the context window.
_LIMIT_ITSELF = re.compile(
    r"\bmax_(?:completion_)?tokens\W{1,3}(?:must|cannot|should|may not)\b", re.IGNORECASE
)
_FILTERED = re.compile(
    r"content.?filter|content management policy|responsible.?ai|moderation|prohibited.?content", re.I
)
_ABOUT_KEY = re.compile(r"\bkey|token|auth|credential|permission|forbidden|access|denied", re.IGNORECASE)
_NO_CREDIT = re.compile(r"quota|credit|balance|billing|payment", re.IGNORECASE)
_LOADING = re.compile(r"\bload(?:ing|ed yet)|warming up|starting up|not ready|initiali[sz]ing", re.IGNORECASE)
_NO_ENDPOINT = re.compile(
    r"endpoint|method|route|no such path|unknown (?:path|url)|page not found|cannot post", re.I
)
_VERSION = re.compile(r"/v\d\w*(?:/|$)")
_SERVER = "The language model's server"


def model_error(error: Exception, settings: ModelSettings, key: str, *, begun: bool) -> errors.ModelError:
    """Return the error to raise instead of an exception of the client.

    Args:
        error: The exception.
        settings: The settings of the model.
        key: The key that was sent, which no log or error may hold.
        begun: Whether part of the answer had arrived.
    """
    detail = str(error).replace(key, "***") if key else str(error)
    log.info("the language model failed: %s: %s", type(error).__name__, detail[:500])
    if isinstance(error, errors.ModelError):
        return error
    if begun:
        reason = refusal_of(error, key).reason if isinstance(error, ServerError) else ""
        return errors.IncompleteAnswerError(_with_reason(errors.CONNECTION_LOST, reason))
    if isinstance(error, openai.APIStatusError | ServerError):
        return refusal_error(refusal_of(error, key), settings, key, _retry_after(error))
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError | OSError):
        return _connection_error(error, settings)
    return errors.ModelResponseError(f"{_SERVER} sent an invalid response.")


def is_loading(refusal: Refusal) -> bool:
    """Return whether the server will answer when it has loaded its model."""
    return refusal.status in (500, 502, 503) and _LOADING.search(refusal.words) is not None


def is_too_long(refusal: Refusal) -> bool:
    """Return whether a shorter prompt may be accepted."""
    if refusal.status == 429:
        return _NEVER_FITS.search(refusal.words) is not None
    if refusal.parameters & {"max_tokens", "max_completion_tokens"} or _LIMIT_ITSELF.search(refusal.words):
        return False
    is_checked = refusal.status in (200, 400, 422, 500)
    return refusal.status == 413 or (is_checked and _TOO_LONG.search(refusal.words) is not None)


def refusal_error(
    refusal: Refusal, settings: ModelSettings, key: str, retry_after: str = ""
) -> errors.ModelError:
    """Return the error of a refused request; some servers report it in the stream, with status 200."""
    kind, sentence = _refused(refusal, settings, key, retry_after)
    return kind(_with_reason(sentence, refusal.reason) + _hint(kind, refusal, settings))


def _refused(  # noqa: PLR0911 - one line for each kind
    refusal: Refusal, settings: ModelSettings, key: str, retry_after: str
) -> tuple[type[errors.ModelError], str]:
    status, words = refusal.status, refusal.words
    if is_too_long(refusal):
        return errors.ContextTooLongError, f"The prompt is too long for the model {settings.name}."
    if refusal.is_html:
        return _web_page(status)
    if status in (200, 400, 403, 422) and _FILTERED.search(words):
        return errors.ContentFilterError, "The language model's content filter refused the question."
    if status in (401, 403) and (status == 401 or not words.strip() or _ABOUT_KEY.search(words)):
        if not key:
            return errors.MissingKeyError, missing_key(settings)
        return errors.WrongKeyError, f"{_SERVER} refused the key in {settings.api_key_env}."
    if status in (404, 405):
        return errors.UnknownModelError, f"{_SERVER} has no model {settings.name}, or its address is wrong."
    if status in (402, 429):
        return errors.RateLimitedError, _limit_sentence(status, words, retry_after)
    if is_loading(refusal):
        return errors.ModelTimeoutError, f"{_SERVER} is still loading the model; try again later."
    if status == 200:
        return errors.ModelResponseError, f"{_SERVER} sent an error instead of an answer."
    return errors.ModelResponseError, f"{_SERVER} failed with status {status}."


def _web_page(status: int) -> tuple[type[errors.ModelError], str]:
    if status in (200, 404, 405):
        return (
            errors.UnknownModelError,
            "The address of the language model leads to a web page, not to an OpenAI-compatible server.",
        )
    return (
        errors.ModelResponseError,
        f"A web gateway or proxy answered instead of the language model's server, with status {status}.",
    )


def _limit_sentence(status: int, words: str, retry_after: str) -> str:
    if status == 402 or "insufficient_quota" in words:
        return f"The credit for {_SERVER[0].lower()}{_SERVER[1:]} is used up."
    hint = f"; try again in {retry_after} seconds" if retry_after.isdecimal() else ""
    causes = ", or the credit is used up" if not words or _NO_CREDIT.search(words) else ""
    return f"{_SERVER} accepts no more requests for now{causes}{hint}."


def _hint(kind: type[errors.ModelError], refusal: Refusal, settings: ModelSettings) -> str:
    """Return the sentence about the address, where it may be wrong."""
    is_no_server = refusal.status == 200 and (
        refusal.is_html or _NO_ENDPOINT.search(refusal.words) is not None
    )
    is_complete = bool(_VERSION.search(urlsplit(settings.base_url).path) or settings.api_version)
    advice = "Check" if is_complete or not settings.base_url else f"Try {settings.base_url.rstrip('/')}/v1 as"
    if is_no_server:
        return f" This is no OpenAI-compatible server. {advice} base_url."
    return f" {advice} base_url." if kind is errors.UnknownModelError and not is_complete else ""


def _with_reason(sentence: str, reason: str) -> str:
    return f"{sentence[:-1]}: {reason}." if reason else sentence


def _connection_error(error: Exception, settings: ModelSettings) -> errors.ModelError:
    host = urlsplit(settings.base_url).netloc or "the server"
    for cause in reversed(list(_causes(error))):
        if sentence := _connection_sentence(cause, host):
            return errors.UnreachableError(sentence)
    if any(isinstance(cause, openai.APITimeoutError | httpx2.TimeoutException) for cause in _causes(error)):
        seconds = f"{settings.timeout_seconds:g}"
        return errors.ModelTimeoutError(f"{_SERVER} did not answer within {seconds} seconds.")
    return errors.UnreachableError(f"{_SERVER} cannot be reached, or it closed the connection.")


def _connection_sentence(cause: BaseException, host: str) -> str:
    """Return the sentence for the cause of a connection failure; "" if it is none that can be named."""
    match cause:
        case ssl.SSLCertVerificationError():
            problem = f"The certificate of {host} is not trusted ({_cut(cause.verify_message)})"
            return f"{problem}: set model.ca_file or SSL_CERT_FILE to the certificate of its authority."
        case ssl.SSLError():
            problem = f"There is no TLS connection to {host} ({_cut(cause.reason or '')})"
            return f"{problem}: check http and https in base_url."
        case socket.gaierror():
            problem = f"the name {host} cannot be resolved (DNS)"
        case ConnectionRefusedError():
            problem = f"nothing listens at {host} (connection refused)"
        case httpx2.ProxyError():
            problem = f"the proxy refused the connection ({_cut(str(cause))}); see HTTPS_PROXY and NO_PROXY"
        case httpx2.ConnectTimeout():
            problem = f"{host} does not accept a connection (timeout)"
        case httpx2.RequestError() if type(cause) is httpx2.RequestError:
            problem = _cut(str(cause))
        case _:
            return ""
    return f"{_SERVER} cannot be reached: {problem}."


def is_permanent(error: BaseException) -> bool:
    """Return whether another attempt at a connection would fail in the same way, or take as long again."""
    permanent = (ssl.SSLError, openai.APITimeoutError, httpx2.TimeoutException, httpx2.ProxyError)
    return any(isinstance(cause, permanent) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _cut(text: str) -> str:
    return text.strip().rstrip(".")[:100]


def _retry_after(error: openai.APIStatusError | ServerError) -> str:
    return error.response.headers.get("retry-after", "") if isinstance(error, openai.APIStatusError) else ""


def missing_key(settings: ModelSettings) -> str:
    """Return the sentence for a key that is required and missing."""
    if not settings.api_key_env:
        return f"{_SERVER} requires a key: set api_key_env to its environment variable."
    return f"The environment variable {settings.api_key_env} holds no key for the language model."
