"""The server's process: its input and output, and its exit."""

import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SERVE, environment
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

# Modules that must not be imported before `initialize` is answered.
HEAVY = (
    "chromadb fieldguide_indexer.index fieldguide_server.assistant fieldguide_server.configgen.generator "
    "fieldguide_server.configgen.inspection.inspector fieldguide_server.configgen.plan.study importlib.metadata jsonschema "
    "numpy onnxruntime openai psutil rich ruamel tiktoken tokenizers tree_sitter watchdog"
)


class Process:
    """A server and its pipes."""

    def __init__(self) -> None:
        self.server = subprocess.Popen(
            SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
        )
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.stdin, self.stdout = self.server.stdin, self.server.stdout
        self._ids = itertools.count(1)

    def send(self, message: Any) -> None:
        self.send_bytes(message if isinstance(message, bytes) else json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        self.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.stdin.flush()

    def read(self) -> Any:
        length = 0
        while (line := self.stdout.readline()) != b"\r\n":
            assert line, "the server left"
            name, _, value = line.partition(b":")
            length = int(value) if name == b"Content-Length" else length
        return json.loads(self.stdout.read(length))

    def start_request(self, method: str, params: Any = None) -> int:
        identity = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})
        return identity

    def request(self, method: str, params: Any = None) -> Any:
        return self.answer_to(self.start_request(method, params))

    def answer_to(self, identity: int | None) -> Any:
        while (message := self.read()).get("id", "") != identity or "method" in message:
            pass
        return message

    def initialize(self, **more: Any) -> Any:
        params = {"processId": None, "rootUri": None, "capabilities": {}, **more}
        answer = self.request("initialize", params)
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        return answer

    def exit_status(self) -> int:
        return self.server.wait(PATIENCE)

    def end(self) -> None:
        self.server.kill()
        self.server.wait()
        self.stdin.close()
        self.stdout.close()


@pytest.fixture
def process() -> Iterator[Process]:
    """Start a server that a test may end."""
    made = Process()
    yield made
    made.end()


@pytest.fixture(scope="module")
def shared() -> Iterator[Process]:
    """Start one server, without a folder, for all tests that leave it running."""
    made = Process()
    made.initialize()
    yield made
    made.end()


def test_exit_after_shutdown_is_status_0(process: Process) -> None:
    process.initialize()
    assert process.request("shutdown")["result"] is None
    process.send({"jsonrpc": "2.0", "method": "exit"})
    assert process.exit_status() == 0


def test_exit_without_shutdown_is_status_1(process: Process, workspace: Path) -> None:
    process.initialize(rootUri=workspace.as_uri())
    process.send({"jsonrpc": "2.0", "method": "exit"})
    assert process.exit_status() == 1


def test_the_server_exits_at_the_end_of_stdin(process: Process, workspace: Path) -> None:
    process.initialize(rootUri=workspace.as_uri())
    process.stdin.close()
    assert process.exit_status() == 1


def test_the_server_exits_when_its_client_has_exited(process: Process) -> None:
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process.initialize(processId=client.pid)
    client.kill()
    client.wait()
    assert client.stdin is not None
    client.stdin.close()
    assert process.exit_status() == 1


def test_a_client_that_stops_reading_is_not_waited_for(process: Process) -> None:
    process.initialize()
    process.stdout.close()
    process.send({"jsonrpc": "2.0", "id": "last", "method": "fieldguide/status"})
    assert process.exit_status() == 1


def test_invalid_json_is_answered_with_an_error_and_the_next_message_works(shared: Process) -> None:
    deep = (
        b'{"jsonrpc":"2.0","id":5,"method":"fieldguide/ask","params":'
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}"
    )
    for body, message in (
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (deep, "nested too deeply"),
    ):
        shared.send(body)
        error = shared.answer_to(None)["error"]
        assert error["code"] == -32700
        assert message in error["message"]
    assert shared.request("fieldguide/status")["result"]["folder"] is None


def test_a_wrong_content_length_loses_only_its_own_message(shared: Process) -> None:
    for wrong in (
        b'Content-Length: 9\r\n\r\n{"jsonrpc": "2.0"}',
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"content-length: 2\n\n{}",
        b"Content-Length: -2\r\n\r\n",
        b"\0" * 100_000,
    ):
        shared.stdin.write(wrong)
        assert shared.request("fieldguide/status")["result"]["folder"] is None


def test_a_client_that_sends_thousands_of_requests_before_it_reads_gets_every_answer(shared: Process) -> None:
    requests = [shared.start_request("fieldguide/status") for _ in range(3_000)]
    answered = [shared.read()["id"] for _ in requests]
    assert sorted(answered) == requests


def test_a_document_of_20_megabytes_and_a_question_of_10_are_handled(
    process: Process, workspace: Path
) -> None:
    process.initialize(rootUri=workspace.as_uri())
    uri = (workspace / "big.txt").as_uri()
    item = {"uri": uri, "languageId": "text", "version": 1, "text": "0123456789abcdef\n" * 1_200_000}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}
    process.send(opened)
    error = process.request("fieldguide/ask", {"question": "x" * 10_000_000})["error"]
    assert error["code"] == -32602
    hover = {"textDocument": {"uri": uri}, "position": {"line": 1_000_000, "character": 12}}
    assert process.request("textDocument/hover", hover)["result"] is None


def test_files_named_like_our_packages_in_the_current_folder_are_not_imported(workspace: Path) -> None:
    for name in ("fieldguide_server", "pygls", "json"):
        (workspace / f"{name}.py").write_text("raise SystemExit(7)\n", encoding="utf-8")
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    sent = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    done = subprocess.run(
        SERVE,
        input=sent,
        cwd=workspace,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert b'"serverInfo"' in done.stdout
    assert done.returncode == 1


def test_initialize_is_answered_before_anything_heavy_is_imported() -> None:
    assert [name for name in HEAVY.split() if find_spec(name) is None] == [], "renamed or removed"
    code = (
        "from fieldguide_server.app import create_app; create_app(); "
        f"import sys; print(*(set({HEAVY!r}.split()) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_over_tcp_the_first_client_is_the_only_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*SERVE, "--tcp", f"127.0.0.1:{port}"], stderr=subprocess.PIPE, env=environment()
    )
    with server:
        assert server.stderr is not None
        assert b"listening" in server.stderr.readline()
        with connected(port) as client, client.makefile("rb") as answers:
            body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
            client.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            assert answers.readline().startswith(b"Content-Length")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), PATIENCE)
        assert server.wait(PATIENCE) == 1


def connected(port: int) -> socket.socket:
    """Connect; the server announces that it listens just before it does."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE)
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the server does not listen"


def test_a_cache_that_cannot_be_written_is_reported(process: Process, workspace: Path, home: Path) -> None:
    home.rmdir()
    home.write_text("a file where a folder should be", encoding="utf-8")
    process.initialize(rootUri=workspace.as_uri())
    error = process.request("fieldguide/search", {"query": "x"})["error"]
    assert error["code"] == -32803
    assert process.request("fieldguide/status")["result"]["state"] == "degraded"
