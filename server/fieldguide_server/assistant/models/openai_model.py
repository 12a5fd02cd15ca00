"""Models behind OpenAI's API or Azure's variant of it. Imported only when one is asked, because the client is heavy."""

import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import cast
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from fieldguide_indexer import check_host, remove_ambient_headers
from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.openai_errors import missing_key, model_error
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings, is_openai

_CONNECT_SECONDS = 10.0
_INCOMPLETE: Mapping[str | None, str] = {
    None: errors.CONNECTION_LOST,
    "length": "The answer reached the limit of output tokens and was cut there.",
    "content_filter": "The language model's content filter ended the answer.",
}


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind ``/chat/completions``.

    The key is read from ``environment`` when it is needed, and never kept. ``retries`` counts the requests that may
    follow a failed one.
    """

    settings: ModelSettings
    environment: Mapping[str, str]
    retries: int = 2

    @property
    def name(self) -> str:
        """The model's name on the server."""
        return self.settings.name

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Stream the answer; see ``LanguageModel.stream``. The connection is closed when this ends, however it ends."""
        begun = False
        try:
            async with self._client() as client, aclosing(self._pieces(client, messages)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        # A malformed event raises a ValueError in the JSON parser.
        except (openai.OpenAIError, ValueError) as error:
            # "from None": the exception of the library may hold the key, and a traceback would show it.
            raise model_error(error, self.settings, self._key, begun=begun) from None

    @property
    def _key(self) -> str:
        return self.environment.get(self.settings.api_key_env, "").strip()

    def _client(self) -> openai.AsyncOpenAI:
        settings = self.settings
        if not settings.base_url:
            raise errors.UnknownModelError(f"The model {settings.name} has no address: set base_url.")
        if not self._key and (settings.api_version or is_openai(settings.base_url)):
            raise errors.MissingKeyError(missing_key(settings))
        timeout = openai.Timeout(
            settings.timeout_seconds, connect=min(_CONNECT_SECONDS, settings.timeout_seconds)
        )
        client = self._azure(timeout) if settings.api_version else self._plain(timeout)
        remove_ambient_headers(client)
        return client

    def _plain(self, timeout: openai.Timeout) -> openai.AsyncOpenAI:
        """Return the client for a server with OpenAI's own API."""
        return openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self.settings.base_url,
            timeout=timeout,
            max_retries=self.retries,
            http_client=self._http_client(),
        )

    def _azure(self, timeout: openai.Timeout) -> openai.AsyncAzureOpenAI:
        """Return the client for a resource on Azure, where the model's name is the name of a deployment."""
        return openai.AsyncAzureOpenAI(
            azure_endpoint=self.settings.base_url,
            azure_deployment=self.settings.name,
            api_version=self.settings.api_version,
            api_key=self._key,
            timeout=timeout,
            max_retries=self.retries,
            http_client=self._http_client(),
        )

    def _http_client(self) -> openai.DefaultAsyncHttpxClient:
        base_url = self.settings.base_url

        async def check(request: httpx2.Request) -> None:
            check_host(request, base_url)

        return openai.DefaultAsyncHttpxClient(
            verify=_certificates(),
            # A proxy cannot reach a loopback address of this machine.
            trust_env=not _is_loopback(base_url),
            event_hooks={"request": [check]},
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
        if finished in _INCOMPLETE:
            raise errors.IncompleteAnswerError(_INCOMPLETE[finished])

    async def _open(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message]
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Open the stream; a parameter that the model refuses is removed, and the request sent again."""
        settings = self.settings
        # OpenAI's newer models refuse the old name of this limit; most other servers know only the old one.
        is_newer = settings.api_version or is_openai(settings.base_url)
        limit = "max_completion_tokens" if is_newer else "max_tokens"
        options: dict[str, object] = {"temperature": settings.temperature, limit: settings.max_output_tokens}
        typed_messages = cast("list[ChatCompletionMessageParam]", list(messages))
        while True:
            try:
                return await client.chat.completions.create(
                    model=settings.name,
                    messages=typed_messages,
                    stream=True,
                    extra_body=options,
                )
            except openai.BadRequestError as error:
                if error.param not in options:
                    raise
                del options[error.param]


@cache  # Reading them takes 20 ms, for which every question would wait.
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
