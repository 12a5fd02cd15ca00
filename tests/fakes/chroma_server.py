"""A real Chroma server on loopback, and a proxy in front of it that records, refuses, hangs or disconnects."""

import contextlib
import http.client
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.fakes.loopback import LoopbackServer
from tests.patience import PATIENCE, scaled


class ChromaServer:
    """``chroma run`` in a child process, on a free port of loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    def __enter__(self) -> Self:
        command = ["run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        run = "import chromadb_rust_bindings as chroma, sys; chroma.cli(['chroma', *sys.argv[1:]])"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", run, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(int(PATIENCE * 20)):
            if self._answers():
                return self
            try:
                code = self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"chroma run ended with {code}")
        raise AssertionError("chroma run does not answer")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/api/v2/heartbeat", timeout=scaled(5)).is_success
        except httpx.TransportError:
            return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def delete(self, collection: str) -> None:
        path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{collection}"
        httpx.delete(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE).raise_for_status()

    def collections(self) -> list[str]:
        path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        found = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)
        return [each["name"] for each in found.json()]


class Gate(LoopbackServer):
    """A proxy that forwards requests to a server and records them.

    While ``key`` is set, requests without it get a 401. While ``shut``, connections are closed without an answer. A
    request waits until ``opened`` is set.
    """

    def __init__(self, server: ChromaServer) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.key = ""
        self.shut = False
        self.opened = threading.Event()
        self.opened.set()
        super().__init__(_handler(self, server.port))

    def release_requests(self) -> None:
        self.opened.set()


def _handler(gate: Gate, port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            gate.sent.append((self.path, body))
            assert gate.opened.wait(PATIENCE)
            if gate.shut:
                self.close_connection = True
            elif gate.key and self.headers.get("X-Chroma-Token") != gate.key:
                self._answer(401, b"who are you?")
            else:
                self._pass_on(body)

        do_GET = do_POST  # noqa: N815 - the names that http.server looks for

        def _pass_on(self, body: bytes) -> None:
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            there.request(self.command, self.path, body, {"content-type": "application/json"})
            answer = there.getresponse()
            self._answer(answer.status, answer.read())
            there.close()

        def _answer(self, status: int, body: bytes) -> None:
            with contextlib.suppress(OSError):  # the client did not wait
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
