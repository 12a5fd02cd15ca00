"""A scripted HTTP server on loopback with OpenAI's ``/v1/embeddings``, correct or faulty."""

import base64
import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.loopback import LoopbackServer
from tests.patience import PATIENCE

# The client treats it as Retry-After, so that a test does not wait.
AT_ONCE = {"retry-after-ms": "1"}


def fake_vector(text: str, dimension: int = 8) -> NDArray[np.float32]:
    """Return a vector that depends on the text only; it is not normalized."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32) * 3


@dataclass(frozen=True)
class Reply:
    """How one request is answered: ``body`` None means rightly, with vectors of ``dimension`` numbers.

    ``cut`` ends the connection in the middle of the body; ``silent`` gives no answer until the server is left.
    """

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    dimension: int = 8
    cut: bool = False
    silent: bool = False


class EmbeddingServer(LoopbackServer):
    """Answers with the enqueued replies, one per request, then correctly. Texts over ``max_characters`` get a 400.

    ``dialect`` may refuse a request in its own way. ``requests`` holds the body of every request, ``keys`` its authorization header.
    """

    def __init__(
        self,
        max_characters: int = 1_000_000,
        dialect: Callable[[dict[str, Any]], Reply | None] | None = None,
    ) -> None:
        self.dialect = dialect
        self.max_characters = max_characters
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.left = threading.Event()
        self._replies: deque[Reply] = deque()
        super().__init__(_handler_for(self))

    def release_requests(self) -> None:
        self.left.set()

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    def enqueue(self, *replies: Reply) -> None:
        self._replies.extend(replies)

    def reply_to(self, request: dict[str, Any], key: str) -> Reply:
        """Record the request and choose its reply."""
        self.requests.append(request)
        self.keys.append(key)
        if self.dialect and (refusal := self.dialect(request)):
            return refusal
        reply = self._replies.popleft() if self._replies else Reply()
        if reply.body is not None or reply.status != 200:
            return reply
        if any(len(text) > self.max_characters for text in request["input"]):
            message = f"This model's maximum context length is {self.max_characters} tokens."
            return Reply(400, {"error": {"message": message, "code": "context_length_exceeded"}})
        return Reply(
            200, _embeddings(request, reply.dimension), reply.headers, cut=reply.cut, silent=reply.silent
        )


def _embeddings(request: dict[str, Any], dimension: int) -> dict[str, object]:
    """Return the correct answer, in reversed order: only ``index`` is guaranteed."""
    encoded = request.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(request["input"]):
        vector = fake_vector(text, dimension)
        value = base64.b64encode(vector.tobytes()).decode("ascii") if encoded else vector.tolist()
        data.append({"object": "embedding", "index": index, "embedding": value})
    return {"object": "list", "model": request["model"], "data": data[::-1], "usage": {"total_tokens": 1}}


def _handler_for(server: EmbeddingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            reply = server.reply_to(request, self.headers.get("authorization", ""))
            if self.path != "/v1/embeddings":
                reply = Reply(404, {"error": {"message": "no such path"}})
            if reply.silent:
                server.left.wait(timeout=PATIENCE)
                return
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode("utf-8")
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
