"""An HTTP proxy on loopback that lets nothing through, and records what was to be contacted and with which key."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from tests.fakes.loopback import LoopbackServer
from tests.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class Contact:
    """A request: ``CONNECT host:port``, or the method and the URL; and the headers that may hold a key."""

    line: str
    keys: tuple[str, ...]


class LoggingProxy(LoopbackServer):
    """The proxy. Use it as a context manager, and ``environment`` for the process that is watched."""

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.lock = threading.Lock()
        super().__init__(_Handler)
        self._http.daemon_threads = True
        self._http.owner = self  # type: ignore[attr-defined]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that send all requests but those to loopback through this proxy."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        values = dict.fromkeys((*names, *(name.lower() for name in names)), self.address)
        return {**values, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE

    def _refuse(self) -> None:
        owner: LoggingProxy = self.server.owner  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        names = ("authorization", "api-key", "x-chroma-token")
        keys = tuple(value for name, value in self.headers.items() if name.lower() in names)
        with owner.lock:
            owner.contacts.append(Contact(f"{self.command} {self.path}", keys))
        # Not repeated by any client.
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    do_CONNECT = do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = _refuse  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""
