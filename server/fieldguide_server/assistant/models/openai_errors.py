"""The exceptions of the ``openai`` client as errors with one sentence each, without the key."""

import logging

import openai

from fieldguide_server.assistant.models import errors
from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

_TOO_LONG = (
    "context length",
    "context_length",
    "context window",
    "context size",
    "too many tokens",
    "too long",
)
_FILTERED = ("content_filter", "content management policy")


def model_error(error: Exception, settings: ModelSettings, key: str, *, begun: bool) -> errors.ModelError:
    """Return the error to raise instead of an exception of the client.

    Args:
        error: The exception.
        settings: The settings of the model.
        key: The key that was sent, which no log may hold.
        begun: Whether part of the answer had arrived.
    """
    detail = str(error).replace(key, "***") if key else str(error)
    log.info("the language model failed: %s: %s", type(error).__name__, detail[:500])
    if begun:
        return errors.IncompleteAnswerError(errors.CONNECTION_LOST)
    if isinstance(error, openai.APITimeoutError):
        seconds = f"{settings.timeout_seconds:g}"
        return errors.ModelTimeoutError(
            f"The language model's server did not answer within {seconds} seconds."
        )
    if isinstance(error, openai.APIConnectionError):
        return errors.UnreachableError("The language model's server cannot be reached.")
    if isinstance(error, openai.APIStatusError) and error.status_code not in (400, 413, 422):
        return _status_error(error, settings, has_key=bool(key))
    code = error.code if isinstance(error, openai.APIError) else ""
    return _prompt_error(error, f"{code} {detail}".lower(), settings)


def _prompt_error(error: Exception, detail: str, settings: ModelSettings) -> errors.ModelError:
    """Return the error of a rejected prompt; some servers report it in the stream, with status 200."""
    if any(words in detail for words in _TOO_LONG):
        return errors.ContextTooLongError(f"The prompt is too long for the model {settings.name}.")
    if any(words in detail for words in _FILTERED):
        return errors.ContentFilterError("The language model's content filter refused the question.")
    if isinstance(error, openai.APIStatusError):
        return _failed(error.status_code)
    return errors.ModelResponseError("The language model's server sent an invalid response.")


def _status_error(
    error: openai.APIStatusError, settings: ModelSettings, *, has_key: bool
) -> errors.ModelError:
    status = error.status_code
    if status in (401, 403) and not has_key:
        return errors.MissingKeyError(missing_key(settings))
    if status in (401, 403):
        return errors.WrongKeyError(f"The language model's server refused the key in {settings.api_key_env}.")
    if status == 404:
        return errors.UnknownModelError(
            f"The language model's server has no model {settings.name}, or its address is wrong."
        )
    if status == 429:
        return errors.RateLimitedError(
            "The language model's server accepts no more requests for now, or the credit is used up"
            f"{_retry_hint(error.response.headers.get('retry-after', ''))}."
        )
    return _failed(status)


def _failed(status: int) -> errors.ModelError:
    return errors.ModelResponseError(f"The language model's server failed with status {status}.")


def missing_key(settings: ModelSettings) -> str:
    """Return the sentence for a key that is required and missing."""
    if not settings.api_key_env:
        return "The language model's server requires a key: set api_key_env to its environment variable."
    return f"The environment variable {settings.api_key_env} holds no key for the language model."


def _retry_hint(retry_after: str) -> str:
    return f"; try again in {retry_after} seconds" if retry_after.isdecimal() else ""
