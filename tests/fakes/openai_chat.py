"""A scripted server on loopback with OpenAI's ``/v1/chat/completions``: streamed or not, or failing.

::

    with ChatServer() as server:
        server.enqueue(text("Hello, ", "world."))
        ...                                        # point a client at server.base_url
        assert server.history[0].body["model"] == "scripted"
"""

import json
import re
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.loopback import LoopbackServer
from tests.patience import PATIENCE

# OpenAI's own path, and Azure's.
_PATH = re.compile(r"/v1/chat/completions|/openai/deployments/[\w.-]+/chat/completions\?api-version=[\w-]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request is answered.

    ``pieces`` are streamed one event each; ``hold`` is waited for before the piece number ``hold_at``; ``cut`` drops
    the connection instead of finishing; ``raw`` is sent in place of an event after the pieces. A ``status`` other
    than 200 sends ``error`` instead. ``body`` (text, or JSON) is a whole response; ``events`` are a whole stream.
    """

    pieces: tuple[str, ...] = ()
    status: int = 200
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    hold_at: int = 0
    cut: bool = False
    raw: str = ""
    finish_reason: str = "stop"
    body: object = None
    events: tuple[object, ...] = ()


def text(*pieces: str, finish_reason: str = "stop") -> Reply:
    """Return a complete answer."""
    return Reply(pieces, finish_reason=finish_reason)


def slow(*pieces: str, release: threading.Event, after: int = 1) -> Reply:
    """Return an answer that pauses after its first ``after`` pieces until ``release`` is set."""
    return Reply(pieces, hold=release, hold_at=after)


def cut_off(*pieces: str) -> Reply:
    """Return an answer whose connection breaks after its pieces."""
    return Reply(pieces, cut=True)


def malformed(*pieces: str) -> Reply:
    """Return an answer with an event of invalid JSON after its pieces."""
    return Reply(pieces, raw="{this is no JSON")


def document(body: object, status: int = 200) -> Reply:
    """Return a whole response: a text (a web page), or a JSON value."""
    return Reply(status=status, body=body)


def events(*values: object) -> Reply:
    """Return a stream of exactly these events: JSON values, or their text."""
    return Reply(events=values)


def failure(status: int, message: str, *, retry_after: str = "", **details: str | None) -> Reply:
    """Return an error in the format of OpenAI's API; ``details`` are ``code``, ``param``, ``type``."""
    error = {"message": message, "type": None, "param": None, "code": None, **details}
    return Reply(status=status, error=error, headers={"Retry-After": retry_after} if retry_after else {})


def wrong_key(key: str = "") -> Reply:
    """Return a 401 with the key in its message, as some servers send it."""
    return failure(401, f"Incorrect API key provided: {key}", code="invalid_api_key")


def filtered() -> Reply:
    """Return a 400 as Azure sends it when its content filter rejects a prompt."""
    return failure(400, "The response was filtered due to the prompt.", param="prompt", code="content_filter")


def context_too_long() -> Reply:
    """Return OpenAI's 400 for a prompt that is too long."""
    message = (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    )
    return failure(400, message, param="messages", code="context_length_exceeded")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was received. ``client_closed`` is set when its client left before the answer was complete."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    received_at: float = field(default_factory=time.perf_counter)
    client_closed: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """Return the content of all messages."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])


class ChatServer(LoopbackServer):
    """The server; replies are used in the order in which they were enqueued. Use it as a context manager.

    ``dialect`` may refuse a request, or answer it in its own way; see ``chat_dialects``.
    """

    def __init__(self, dialect: Callable[[dict[str, Any]], Reply | None] | None = None) -> None:
        self.dialect = dialect
        self.history: list[Request] = []
        self.received = threading.Semaphore(0)
        self._replies: deque[Reply] = deque()
        super().__init__(_Handler)
        self._http.daemon_threads = True
        self._http.owner = self  # type: ignore[attr-defined]

    @property
    def base_url(self) -> str:
        """Return the base URL for a client."""
        return f"{self.address}/v1"

    def enqueue(self, *replies: Reply | str) -> None:
        """Add replies; a string is a complete answer in one piece."""
        self._replies.extend(text(reply) if isinstance(reply, str) else reply for reply in replies)

    def next_reply(self, body: dict[str, Any]) -> Reply:
        """Return the reply to the current request."""
        if self.dialect and (reply := self.dialect(body)):
            return reply
        return self._replies.popleft() if self._replies else failure(400, "No reply was enqueued.")

    def wait_for_request(self) -> Request:
        """Wait for the next request that was not waited for yet, and return it."""
        assert self.received.acquire(timeout=PATIENCE), "no request came"
        return self.history[-1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_POST(self) -> None:
        owner: ChatServer = self.server.owner  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        reply = owner.next_reply(body)
        owner.history.append(request)
        owner.received.release()
        self.close_connection = True
        try:
            self._answer(request, reply)
        except OSError:
            request.client_closed.set()
        request.answered.set()

    def do_GET(self) -> None:
        self.close_connection = True
        if self.path == "/v1/models":
            self._send_json(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}]}, {})
        else:
            self._send_json(404, {"error": {"message": f"Unknown path {self.path}"}}, {})

    def _answer(self, request: Request, reply: Reply) -> None:
        if not _PATH.fullmatch(self.path):
            self._send_json(404, {"error": {"message": f"Unknown path {self.path}"}}, {})
        elif reply.body is not None:
            self._send_document(reply)
        elif reply.status != 200:
            self._send_json(reply.status, {"error": reply.error}, reply.headers)
        elif request.body.get("stream") or reply.events:
            self._stream(request, reply)
        else:
            self._wait(request, reply)
            self._send_json(200, _completion(request, reply), {})

    def _send_document(self, reply: Reply) -> None:
        if not isinstance(reply.body, str):
            self._send_json(reply.status, reply.body, reply.headers)
            return
        content = reply.body.encode("utf-8")
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _send_json(self, status: int, value: object, headers: dict[str, str]) -> None:
        content = json.dumps(value).encode("utf-8")
        self.send_response(status)
        for name, header in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, header)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, request: Request, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in reply.events:
            self._send_event(event if isinstance(event, str) else json.dumps(event))
        if reply.events:
            self.wfile.write(b"0\r\n\r\n")
            return
        for number, piece in enumerate(reply.pieces):
            if number == reply.hold_at and not self._wait(request, reply):
                return
            self._send_event(json.dumps(_chunk(request, {"role": "assistant", "content": piece})))
        if reply.raw:
            self._send_event(reply.raw)
        if reply.cut:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send_event(json.dumps(_chunk(request, {}, reply.finish_reason)))
        self._send_event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, data: str) -> None:
        content = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _wait(self, request: Request, reply: Reply) -> bool:
        """Wait until the reply is released; return False when the client disconnects before."""
        while reply.hold is not None and not reply.hold.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.01)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                request.client_closed.set()
                return False
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


def _chunk(request: Request, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _envelope(request, "chat.completion.chunk", choice)


def _completion(request: Request, reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return _envelope(request, "chat.completion", choice)


def _envelope(request: Request, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    model = request.body.get("model", "")
    return {"id": "scripted", "object": kind, "created": 0, "model": model, "choices": [choice]}
