"""What it means when the ``openai`` client fails: each kind of failure as one sentence, without the key."""

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


def explain(error: Exception, settings: ModelSettings, key: str, *, begun: bool) -> errors.ModelError:
    """Return the error that the user is told.

    Args:
        error: What the client raised.
        settings: Those of the model that was asked.
        key: The key that was sent, which no log may hold.
        begun: Whether some of the answer had come.
    """
    detail = str(error).replace(key, "***") if key else str(error)
    log.info("the language model failed: %s: %s", type(error).__name__, detail[:500])
    if begun:
        return errors.CutStreamError(errors.BROKE_OFF)
    if isinstance(error, openai.APITimeoutError):
        seconds = f"{settings.timeout_seconds:g}"
        return errors.ModelTimeoutError(
            f"The language model's server did not answer within {seconds} seconds."
        )
    if isinstance(error, openai.APIConnectionError):
        return errors.UnreachableError("The language model's server cannot be reached.")
    if isinstance(error, openai.APIStatusError) and error.status_code not in (400, 413, 422):
        return _refusal(error, settings, has_key=bool(key))
    code = error.code if isinstance(error, openai.APIError) else ""
    return _about_the_prompt(error, f"{code} {detail}".lower(), settings)


def _about_the_prompt(error: Exception, detail: str, settings: ModelSettings) -> errors.ModelError:
    """Return the server took offence at what it was sent; some open the stream before they say so."""
    if any(words in detail for words in _TOO_LONG):
        return errors.ContextTooLongError(f"The prompt is too long for the model {settings.name}.")
    if any(words in detail for words in _FILTERED):
        return errors.ContentFilterError("The language model's content filter refused the question.")
    if isinstance(error, openai.APIStatusError):
        return _failed(error.status_code)
    return errors.RefusedError("The language model's server answered with something that is no answer.")


def _refusal(error: openai.APIStatusError, settings: ModelSettings, *, has_key: bool) -> errors.ModelError:
    status = error.status_code
    if status in (401, 403) and not has_key:
        return errors.MissingKeyError(no_key(settings))
    if status in (401, 403):
        return errors.WrongKeyError(f"The language model's server refused the key in {settings.api_key_env}.")
    if status == 404:
        return errors.UnknownModelError(
            f"The language model's server knows no model {settings.name}, or its address is wrong."
        )
    if status == 429:
        return errors.RateLimitedError(
            "The language model's server takes no more requests for now, or the credit is used up"
            f"{_later(error.response.headers.get('retry-after', ''))}."
        )
    return _failed(status)


def _failed(status: int) -> errors.ModelError:
    return errors.RefusedError(f"The language model's server failed with status {status}.")


def no_key(settings: ModelSettings) -> str:
    """Return the sentence about a key that is asked for and is not there."""
    if not settings.api_key_env:
        return "The language model's server asks for a key: name its environment variable in api_key_env."
    return f"The environment variable {settings.api_key_env} holds no key for the language model."


def _later(retry_after: str) -> str:
    return f"; it asks to try again in {retry_after} seconds" if retry_after.isdecimal() else ""
