"""pygls' server with Fieldguide's protocol, transport and end of the process. Features are registered on it."""

import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, TypeVar, cast

from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from fieldguide_server import __version__
from fieldguide_server.lsp.capabilities import Capabilities
from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.documents import OpenDocuments
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.lsp.json_rpc import StrictProtocol, converter
from fieldguide_server.lsp.transport import Input, Output
from fieldguide_server.params import structure
from fieldguide_server.protocol import Method, arguments_of
from fieldguide_server.timings import Timings

log = logging.getLogger(__name__)

P = TypeVar("P")
Json = dict[str, Any]
_STDOUT, _STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class _DynamicFeature:
    method: str
    options: object
    handler: Callable[..., object]
    is_registrable: Callable[[Capabilities], bool]


class Server(LanguageServer):
    """The language server, the client at the other end, and where its work runs."""

    protocol: StrictProtocol

    def __init__(self, timings: Timings) -> None:
        super().__init__("fieldguide", __version__, protocol_cls=StrictProtocol, converter_factory=converter)
        self.client = LspClient(self, self.protocol, timings.client_response)
        self.documents = OpenDocuments(self.protocol)
        self.executors = Executors(self.client.show_error)
        self._dynamic: list[_DynamicFeature] = []

    def custom_method(self, method: Method[P], handler: Callable[[P], Awaitable[Json]]) -> None:
        """Register the handler of one of Fieldguide's own methods, as a request and as a command."""

        # Were it annotated `object`, pygls would pass the server here: it looks at the annotation.
        async def request(raw: Json | None) -> Json:
            return await handler(structure(raw, method.params))

        async def command(arguments: Sequence[object] | None) -> Json:
            return await handler(structure(arguments_of(method, arguments), method.params))

        self.feature(method.name)(request)
        self.command(method.command)(command)

    def dynamic_feature(
        self,
        method: str,
        options: object,
        handler: Callable[..., object],
        is_registrable: Callable[[Capabilities], bool],
    ) -> None:
        """Add a feature whose ``options`` select files, which only a dynamic registration can tell the client."""
        self._dynamic.append(_DynamicFeature(method, options, handler, is_registrable))

    def register_static(self) -> None:
        """Register the dynamic features that this client only accepts in the result of ``initialize``."""
        self._register(is_dynamic=False)

    def register_dynamic(self) -> list[tuple[str, object]]:
        """Register the dynamic features of this client and return their methods and options, to be sent to it."""
        return self._register(is_dynamic=True)

    def _register(self, *, is_dynamic: bool) -> list[tuple[str, object]]:
        capabilities = self.client.capabilities
        features = [each for each in self._dynamic if each.is_registrable(capabilities) is is_dynamic]
        for each in features:
            self.feature(each.method, each.options)(each.handler)
        return [(each.method, each.options) for each in features]

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002 - pygls' signature
        """Answer a body that is not JSON and log other errors; never show an exception's text to the user."""
        if isinstance(error, ValueError | RecursionError):
            self.protocol.parse_failed(error)
        elif not isinstance(error, JsonRpcException):
            log.error("the connection failed", exc_info=error)

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> NoReturn:
        """Serve over stdin and stdout until the client leaves; then exit with the status that LSP demands."""
        output = Output(stdout or _private_stdout(), self.leave)
        super().start_io(cast("BinaryIO", Input(stdin or sys.stdin.buffer)), cast("BinaryIO", output))
        output.close()
        self.leave()

    def start_tcp(self, host: str, port: int) -> NoReturn:
        """Wait on a port for one client and serve it, and no other, until it leaves."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as listener:
            client, _ = listener.accept()
        self.start_io(client.makefile("rb"), client.makefile("wb"))

    def leave(self) -> NoReturn:
        """End the process at once: threads that wait for an index or a model would otherwise keep it alive.

        The status is 0 after ``shutdown`` and 1 otherwise.
        """
        logging.shutdown()
        os._exit(0 if self.protocol.is_shut_down else 1)


def _private_stdout() -> BinaryIO:
    """Return stdout for the protocol alone; whatever else writes there, such as a library, is sent to stderr."""
    private = os.fdopen(os.dup(_STDOUT), "wb")
    os.dup2(_STDERR, _STDOUT)
    return private
