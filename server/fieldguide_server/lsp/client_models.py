"""The client's own language models, called by ``fieldguide/model``; an answer comes as partial results."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_server.lsp.json_rpc import METHOD_NOT_FOUND, REQUEST_CANCELLED, StrictProtocol, response_to
from fieldguide_server.protocol import MODEL, MODEL_LIMITS

if TYPE_CHECKING:
    from fieldguide_server.assistant.models import Message
    from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

# Pieces that wait to be read; a client that sends more than this is not a language model.
_MOST_WAITING = 100_000


class ClientModels:
    """An ``assistant.models.editor.Editor`` that sends requests by ``protocol``."""

    def __init__(self, protocol: StrictProtocol, response_seconds: float) -> None:
        self._protocol = protocol
        self._response_seconds = response_seconds
        # A queue for each answer that is being written, by its token; None is the end.
        self._pieces: dict[str | int, asyncio.Queue[str | None]] = {}

    def add_partial_result(self, params: types.ProgressParams) -> None:
        """Take a piece of an answer; drop it if the answer is not read any more."""
        pieces = self._pieces.get(params.token)
        text = member(params.value, "text")
        if pieces is not None and isinstance(text, str) and pieces.qsize() < _MOST_WAITING:
            pieces.put_nowait(text)

    async def longest_prompt(self, model: str) -> int | None:
        """Return how many tokens a prompt for the model may have; None if the client does not say."""
        request = self._protocol.send_request_async(MODEL_LIMITS, {"model": model})
        try:
            limits = await response_to(request, self._response_seconds)
        except JsonRpcException as error:
            log.info("no limits of %s from the client: %s", model, error)
            return None
        tokens = member(limits, "maxInputTokens")
        return tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0 else None

    async def stream(
        self, settings: "ModelSettings", messages: "Sequence[Message]"
    ) -> AsyncGenerator[str, None]:
        """Yield the answer in pieces; closing the generator cancels the request."""
        from fieldguide_server.assistant.models.editor import editor_error  # noqa: PLC0415 - keeps start-up light

        begun = False
        try:
            async for piece in self._pieces_of(settings, messages):
                begun = True
                yield piece
        except TimeoutError:
            raise editor_error("late", settings.name, begun=begun) from None
        except JsonRpcException as error:
            log.info("the client's language model failed: %s", error)
            raise editor_error(_kind_of(error), settings.name, begun=begun) from error

    async def _pieces_of(
        self, settings: "ModelSettings", messages: "Sequence[Message]"
    ) -> AsyncGenerator[str, None]:
        token = uuid4().hex
        pieces = self._pieces[token] = asyncio.Queue()
        params = {"model": settings.name, "messages": list(messages), "partialResultToken": token}
        answer = self._protocol.send_request_async(MODEL, params, msg_id=token)
        answer.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await asyncio.wait_for(pieces.get(), settings.timeout_seconds)) is not None:
                yield piece
            answer.result()
        finally:
            del self._pieces[token]
            if not answer.done():
                answer.cancel()
                self._protocol.notify(types.CANCEL_REQUEST, types.CancelParams(token))


def _kind_of(error: JsonRpcException) -> str:
    if error.code in (METHOD_NOT_FOUND, REQUEST_CANCELLED):
        return "absent" if error.code == METHOD_NOT_FOUND else "cancelled"
    return str(member(error.data, "kind"))


def member(value: object, name: str) -> Any:  # noqa: ANN401 - JSON of a client
    """Return a member of a JSON object, however it was parsed; None if there is none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
