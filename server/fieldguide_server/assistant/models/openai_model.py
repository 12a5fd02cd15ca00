"""Any model behind OpenAI's protocol, by the ``openai`` client. Imported only when a model is asked."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from fieldguide_server.assistant import errors
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

_RETRIES = 2
_CONNECT_SECONDS = 10.0
_TOO_LONG = (
    "context length",
    "context_length",
    "context window",
    "context size",
    "too many tokens",
    "too long",
)
_ENDINGS: Mapping[str | None, str] = {
    None: "The connection to the language model broke off before the answer was complete.",
    "length": "The answer reached the limit of output tokens and was cut there.",
    "content_filter": "The language model's content filter ended the answer.",
}


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind ``/chat/completions``. The key is read from the environment when it is needed, never kept."""

    settings: ModelSettings
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """The model's name as the server knows it."""
        return self.settings.name

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Streams the answer; see ``LanguageModel``. The connection is closed when this ends, however it ends."""
        begun = False
        try:
            async with self._client() as client, aclosing(self._pieces(client, messages)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        # A malformed event is a ValueError of the JSON parser.
        except (openai.OpenAIError, ValueError) as error:
            # "from None": what the library says may hold the key, and a traceback would show it.
            raise self._explained(error, begun=begun) from None

    @property
    def _key(self) -> str:
        return self.environment.get(self.settings.api_key_env, "").strip()

    def _client(self) -> openai.AsyncOpenAI:
        settings = self.settings
        if not self._key and not settings.base_url:
            raise errors.MissingKeyError(
                f"The environment variable {settings.api_key_env} holds no key for the language model."
            )
        connect = min(_CONNECT_SECONDS, settings.timeout_seconds)
        return openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=settings.base_url or None,
            timeout=openai.Timeout(settings.timeout_seconds, connect=connect),
            max_retries=_RETRIES,
        )

    async def _pieces(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message]
    ) -> AsyncGenerator[str, None]:
        finished = None
        async with await self._open(client, messages) as stream:
            async for chunk in stream:
                for choice in chunk.choices[:1]:
                    finished = choice.finish_reason or finished
                    if choice.delta and choice.delta.content:
                        yield choice.delta.content
        if finished in _ENDINGS:
            raise errors.CutStreamError(_ENDINGS[finished])

    async def _open(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message]
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Opens the stream; a parameter that this model refuses is left out, and the request made once more."""
        settings = self.settings
        # OpenAI's own newer models refuse the old name, most other servers know no other.
        limit = "max_tokens" if settings.base_url else "max_completion_tokens"
        options: dict[str, object] = {"temperature": settings.temperature, limit: settings.max_output_tokens}
        sent = cast("list[ChatCompletionMessageParam]", list(messages))
        while True:
            try:
                return await client.chat.completions.create(
                    model=settings.name,
                    messages=sent,
                    stream=True,
                    extra_body=options,
                )
            except openai.BadRequestError as error:
                if error.param not in options:
                    raise
                del options[error.param]

    def _explained(self, error: Exception, *, begun: bool) -> errors.ModelError:
        detail = str(error).replace(self._key, "***") if self._key else str(error)
        log.info("the language model failed: %s: %s", type(error).__name__, detail[:500])
        if begun:
            return errors.CutStreamError(_ENDINGS[None])
        if isinstance(error, openai.APITimeoutError):
            seconds = f"{self.settings.timeout_seconds:g}"
            return errors.ModelTimeoutError(
                f"The language model's server did not answer within {seconds} seconds."
            )
        if isinstance(error, openai.APIConnectionError):
            return errors.UnreachableError("The language model's server cannot be reached.")
        if isinstance(error, openai.APIStatusError):
            return _refusal(error.status_code, detail.lower(), self.settings)
        return errors.RefusedError("The language model's server answered with something that is no answer.")


def _refusal(status: int, detail: str, settings: ModelSettings) -> errors.ModelError:
    if status in (400, 413, 422) and any(words in detail for words in _TOO_LONG):
        return errors.ContextTooLongError(f"The prompt is too long for the model {settings.name}.")
    if status in (401, 403):
        return errors.WrongKeyError(f"The language model's server refused the key in {settings.api_key_env}.")
    if status == 404:
        return errors.UnknownModelError(
            f"The language model's server knows no model {settings.name}, or its address is wrong."
        )
    if status == 429:
        return errors.RateLimitedError(
            "The language model's server takes no more requests for now, or the credit is used up."
        )
    return errors.RefusedError(f"The language model's server failed with status {status}.")
