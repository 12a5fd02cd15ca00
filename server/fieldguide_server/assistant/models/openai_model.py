"""Models behind OpenAI's API or Azure's variant of it. Imported only when one is used, because the client is heavy."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletion

from fieldguide_indexer import CertificateError, check_host, remove_ambient_headers, trusted_certificates
from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.openai_errors import (
    is_loading,
    is_permanent,
    is_too_long,
    missing_key,
    model_error,
)
from fieldguide_server.assistant.models.openai_refusal import Refusal, refusal_of
from fieldguide_server.assistant.models.openai_request import FORMS, RequestForm
from fieldguide_server.assistant.models.openai_stream import ServerError, answer_pieces
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings, is_openai

_CONNECT_SECONDS = 10.0
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 8.0
_LOADING_SECONDS = 2.0
# A user who waits sees nothing meanwhile; an offline answer comes at once.
_LONGEST_WAIT_SECONDS = 20.0
_PASSING = (408, 409, 425, 429)


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind ``/chat/completions``.

    The key is read from ``environment`` when it is needed, and never kept. ``retries`` counts the requests that may
    follow a failed one; ``forms`` are the forms of requests that servers accepted.
    """

    settings: ModelSettings
    environment: Mapping[str, str]
    retries: int = 2
    forms: dict[tuple[str, ...], RequestForm] = field(default_factory=lambda: FORMS, repr=False)

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
        except (
            openai.OpenAIError,
            httpx2.HTTPError,
            ServerError,
            ValueError,
            RecursionError,
            OSError,
        ) as error:
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
            max_retries=0,
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
            max_retries=0,
            http_client=self._http_client(),
        )

    def _http_client(self) -> openai.DefaultAsyncHttpxClient:
        base_url = self.settings.base_url

        async def check(request: httpx2.Request) -> None:
            check_host(request, base_url)

        return openai.DefaultAsyncHttpxClient(
            verify=_certificates(self.settings.ca_file),
            # A proxy cannot reach a loopback address of this machine.
            trust_env=not _is_loopback(base_url),
            event_hooks={"request": [check]},
        )

    async def _pieces(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message]
    ) -> AsyncGenerator[str, None]:
        async with self._response(client, messages) as response:
            parts = response.iter_bytes()
            async with aclosing(answer_pieces(parts)) as pieces:
                async for piece in pieces:
                    yield piece

    @asynccontextmanager
    async def _response(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message]
    ) -> AsyncGenerator[openai.AsyncAPIResponse[ChatCompletion], None]:
        """Open the response; a request is written anew if its form is refused, and sent again after a passing error."""
        retries = _Retries(self.retries, self.settings.timeout_seconds)
        while True:
            form = self.forms.get(self._server) or self._initial_form()
            request = client.chat.completions.with_streaming_response.create(
                model=self.settings.name, messages=[], extra_body=form.body(self.settings, messages)
            )
            try:
                response = await request.__aenter__()
            except openai.APIStatusError as error:
                refusal = refusal_of(error, self._key)
                adapted = None if is_too_long(refusal) else form.adapted(refusal, messages)
                if adapted:
                    self.forms[self._server] = adapted
                elif not await retries.wait(error, refusal):
                    raise
            except openai.APIConnectionError as error:
                if not await retries.wait(error):
                    raise
            else:
                break
        try:
            yield response
        finally:
            await request.__aexit__(None, None, None)

    @property
    def _server(self) -> tuple[str, ...]:
        return (
            self.settings.base_url,
            self.settings.api_version,
            self.settings.name,
            *self.settings.omit_parameters,
        )

    def _initial_form(self) -> RequestForm:
        # OpenAI's newer models refuse the old name of the limit of output tokens; most other servers know only the old one.
        is_newer = bool(self.settings.api_version) or is_openai(self.settings.base_url)
        return RequestForm.initial(self.settings, is_newer=is_newer)


@dataclass(slots=True)
class _Retries:
    """Waits between the attempts of one request: a few times after an error, and for a model that is loading until the patience ends."""

    remaining: int
    patience_seconds: float
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    async def wait(self, error: openai.APIError, refusal: Refusal | None = None) -> bool:
        """Wait before another attempt; return False if there shall be none."""
        seconds = self._seconds(error, refusal)
        is_in_time = time.monotonic() - self.started + seconds <= self.patience_seconds
        if seconds < 0 or not is_in_time:
            return False
        self.done += 1
        await asyncio.sleep(seconds)
        return True

    def _seconds(self, error: openai.APIError, refusal: Refusal | None) -> float:
        backoff: float = min(_FIRST_RETRY_SECONDS * 2**self.done, _LAST_RETRY_SECONDS)
        if refusal and is_loading(refusal):
            return min(backoff, _LOADING_SECONDS)
        if self.done >= self.remaining or is_permanent(error):
            return -1.0
        if not isinstance(error, openai.APIStatusError):
            return backoff
        if error.status_code not in _PASSING and error.status_code < 500:
            return -1.0
        seconds = _retry_after(error.response.headers)
        return backoff if seconds is None else seconds if seconds <= _LONGEST_WAIT_SECONDS else -1.0


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Return how long a server asks to wait, in seconds; None if it does not say so in a number."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return None


def _certificates(ca_file: str) -> ssl.SSLContext:
    """Return the trusted certificates.

    Raises:
        UnreachableError: A file of certificates cannot be read.
    """
    try:
        return trusted_certificates(Path(ca_file).expanduser() if ca_file else None, "model.ca_file")
    except CertificateError as error:
        raise errors.UnreachableError(str(error)) from None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
