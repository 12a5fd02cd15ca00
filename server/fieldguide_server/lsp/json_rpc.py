"""JSON-RPC: every request is answered exactly once, and every error is one sentence.

pygls structures params while it parses JSON, so it drops a message that does not fit without a reply, and takes a
nested object with a key ``jsonrpc`` for a message. Here JSON is parsed first, checked as a message, and structured
last; what fails is answered. This module is also the only one that turns exceptions into responses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from concurrent.futures import CancelledError, Future
from typing import Any, TypeGuard, TypeVar

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    LanguageServerProtocol,
    default_converter,
    lsp_method,
)
from pygls.workspace import Workspace

from fieldguide_indexer import FieldguideError
from fieldguide_server.params import wire_name
from fieldguide_server.protocol import METHODS

log = logging.getLogger(__name__)

R = TypeVar("R")

REQUEST_FAILED = int(types.LSPErrorCodes.RequestFailed)
REQUEST_CANCELLED = int(types.LSPErrorCodes.RequestCancelled)
PARSE_ERROR = int(types.ErrorCodes.ParseError)
INVALID_REQUEST = int(types.ErrorCodes.InvalidRequest)
NOT_INITIALIZED = int(types.ErrorCodes.ServerNotInitialized)
METHOD_NOT_FOUND = int(types.ErrorCodes.MethodNotFound)
INVALID_PARAMS = int(types.ErrorCodes.InvalidParams)
INTERNAL_ERROR = int(types.ErrorCodes.InternalError)

_REQUESTS = frozenset(name for name, kinds in types.METHOD_TO_TYPES.items() if kinds[1]) | {
    method.name for method in METHODS
}
_NOTIFICATIONS = frozenset(types.METHOD_TO_TYPES) - _REQUESTS

_CANCELLED = "The request was cancelled."
_INTERNAL = "Fieldguide could not finish this because of an internal error; its log has the details."


async def response_to(request: Awaitable[R], seconds: float) -> R:
    """Return the client's response to a request of the server.

    Raises:
        JsonRpcException: The client responds with an error, or not within so many seconds.
    """
    try:
        return await asyncio.wait_for(request, seconds)
    except TimeoutError as error:
        raise JsonRpcException("The client did not respond in time.") from error


def response_error(error: BaseException) -> types.ResponseError:
    """Return the response to a request that failed: one sentence. Unexpected errors are logged with their traceback."""
    if isinstance(error, asyncio.CancelledError | CancelledError):
        return types.ResponseError(REQUEST_CANCELLED, _CANCELLED)
    if isinstance(error, JsonRpcException):
        return types.ResponseError(error.code, error.message)
    if isinstance(error, FieldguideError):
        log.info("request failed: %s", error, exc_info=error)
        return types.ResponseError(REQUEST_FAILED, str(error))
    log.error("request failed", exc_info=error)
    return types.ResponseError(INTERNAL_ERROR, _INTERNAL)


def converter() -> cattrs.Converter:
    """Return pygls' converter, changed so that params of methods it does not know stay plain JSON."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    made.register_structure_hook(
        JsonRPCRequestMessage,
        lambda raw, kind: kind(raw["id"], raw["method"], raw["jsonrpc"], raw.get("params")),
    )
    made.register_structure_hook(
        JsonRPCNotification, lambda raw, kind: kind(raw["method"], raw["jsonrpc"], raw.get("params"))
    )
    return made


class StrictProtocol(LanguageServerProtocol):
    """pygls' protocol with the checks that this module describes."""

    _initialized = False

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has sent ``shutdown``."""
        return bool(self._shutdown)

    def use_workspace(self, workspace: Workspace) -> None:
        """Replace the workspace that pygls keeps open documents in; pygls has no setting for its class."""
        self._workspace = workspace

    def structure_message(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the object unchanged: pygls calls this for each object of the JSON, the innermost first."""
        return data

    def handle_message(self, message: object) -> None:
        """Check a parsed message and let pygls find its handler, or answer with an error."""
        if not _is_message(message):
            self._refuse(message, INVALID_REQUEST, "The message is not a JSON-RPC 2.0 message.")
            return
        if refusal := self._refusal(str(message.get("method", "")), is_request="id" in message):
            self._refuse(message, *refusal)
            return
        try:
            structured = super().structure_message(message)
        except JsonRpcException as error:
            self._misfits(message, _misfit(message, error))
            return
        if message.get("method") == types.INITIALIZE:
            self._initialized = True
        super().handle_message(structured)

    def parse_failed(self, error: Exception) -> None:
        """Answer a body that is not JSON; the id is null, as JSON-RPC demands."""
        reason = "is nested too deeply" if isinstance(error, RecursionError) else "is not valid JSON"
        self._refuse(None, PARSE_ERROR, f"The message {reason}.")

    def _refusal(self, method: str, *, is_request: bool) -> tuple[int, str] | None:
        if method in ("", types.EXIT):
            return None
        if method in _REQUESTS | _NOTIFICATIONS and is_request != (method in _REQUESTS):
            kind = "request and needs an id" if method in _REQUESTS else "notification and takes no id"
            return INVALID_REQUEST, f"`{method}` is a {kind}."
        if self._shutdown:
            return INVALID_REQUEST, "The server is shutting down."
        if method == types.INITIALIZE and self._initialized:
            return INVALID_REQUEST, "The server is initialized already."
        if method != types.INITIALIZE and not self._initialized:
            return NOT_INITIALIZED, "The server is not initialized yet."
        return None

    def _misfits(self, message: dict[str, Any], sentence: str) -> None:
        if "method" in message:
            self._refuse(message, INVALID_PARAMS, sentence)
        else:
            # A response: its caller must not wait forever.
            self._handle_response(message["id"], error=types.ResponseError(INVALID_PARAMS, sentence))

    def _refuse(self, message: object, code: int, sentence: str) -> None:
        fields = message if isinstance(message, dict) else {"id": None}
        log.warning("refused %.100s: %s", fields.get("method"), sentence)
        # Notifications have no id and get no response; nor do responses, or two servers would never end.
        if "id" in fields and ("method" in fields or not fields.keys() & {"result", "error"}):
            error = {"code": code, "message": sentence}
            self._send_data({"jsonrpc": self.VERSION, "id": _id_of(fields), "error": error})

    def _handle_response(
        self, msg_id: str | int, result: object = None, error: types.ResponseError | None = None
    ) -> None:
        request = self._request_futures.get(msg_id)
        if request is not None and request.cancelled():
            del self._request_futures[msg_id]
            log.info("the client responded too late")
        else:
            super()._handle_response(msg_id, result, error)

    def _send_handler_result(self, future: "Future[Any] | asyncio.Future[Any]", *, msg_id: str | int) -> None:
        self._request_futures.pop(msg_id, None)
        try:
            result = future.result()
        # Whatever a handler raised becomes one response, cancellation included.
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            self._send_response(msg_id, error=response_error(error))
        else:
            self._send_response(msg_id, result)

    def _check_handler_result(self, future: "Future[Any] | asyncio.Future[Any]") -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("a notification could not be handled", exc_info=error)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> object:  # type: ignore[override]
        """Run a command with its raw arguments; unlike pygls' own, it can be cancelled while it runs."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"Invalid params: there is no command `{params.command[:100]}`.")
        return await handler(params.arguments)


def _is_message(message: object) -> TypeGuard[dict[str, Any]]:
    if not isinstance(message, dict) or message.get("jsonrpc") != StrictProtocol.VERSION:
        return False
    if "id" in message and _id_of(message) is None:
        return False
    if "method" not in message:
        return "id" in message and ("result" in message or "error" in message)
    return isinstance(message["method"], str)


def _id_of(message: Mapping[str, object]) -> str | int | None:
    identity = message.get("id")
    return identity if isinstance(identity, str | int) and not isinstance(identity, bool) else None


def _misfit(message: Mapping[str, Any], error: JsonRpcException) -> str:
    """Return a sentence that names the first field that does not fit the params of its method."""
    cause = error.__cause__
    notes = cattrs.transform_error(cause) if isinstance(cause, cattrs.BaseValidationError) else []
    _, _, path = str(notes[0]).rpartition(" @ $.") if notes else ("", "", "params")
    field = wire_name(path.removeprefix("params.")) or "params"
    return f"Invalid params: `{field}` does not fit `{str(message.get('method', 'the request'))[:100]}`."
