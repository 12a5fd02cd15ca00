"""The owner process and its clients: the protocol, what clients wait for, and that they do not harm each other."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import (
    EmbeddingOptions,
    FieldguideError,
    Index,
    IndexOptions,
    State,
    StorageError,
    StoreOptions,
)
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.ipc.connection import (
    Connection,
    Frame,
    decode_error,
    decode_options,
    encode_error,
    encode_options,
)
from fieldguide_indexer.store.database import DamagedCatalogError
from tests.conftest import owners
from tests.fakes.openai_embeddings import EmbeddingServer, Reply
from tests.patience import PATIENCE, scaled

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
Open = Callable[..., Index]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for number in range(3):
        (folder / f"part{number}.py").write_text(f"def part{number}():\n    pass\n", encoding="utf-8")
    return folder


@pytest.fixture
def open_index(workspace: Path) -> Iterator[Open]:
    opened: list[Index] = []

    def open_one(options: IndexOptions = WORDS_ONLY) -> Index:
        opened.append(Index.open(workspace, options))
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture
def pair() -> Iterator[tuple[Connection, Connection]]:
    ends = [Connection(end) for end in connected()]
    yield ends[0], ends[1]
    for end in ends:
        end.release()


def connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]


def authenticated(home: Path) -> Connection:
    (file,) = home.glob("indexes/*/owner.json")
    endpoint = json.loads(file.read_text(encoding="utf-8"))
    connection = Connection(socket.create_connection(("127.0.0.1", endpoint["port"]), timeout=PATIENCE))
    connection.send({"token": endpoint["token"]})
    return connection


def test_frames_of_any_size_and_any_text_arrive_unchanged(pair: tuple[Connection, Connection]) -> None:
    here, there = pair
    frame = {"id": 1, "result": ["x" * 5_000_000, "\ud800 ünïcode 🦆\0"]}
    sender = threading.Thread(target=here.send, args=(frame,))
    sender.start()
    assert there.receive() == frame
    sender.join()


def test_a_client_that_never_reads_is_disconnected(pair: tuple[Connection, Connection]) -> None:
    here, there = pair
    here.send_in_background(1)
    with pytest.raises(OSError, match=r"."):
        send_for_ever(here)
    while there.receive() is not None:
        pass  # complete frames, then the end; never a part of a frame


def test_a_client_that_never_reads_keeps_no_other_waiting(open_index: Open, home: Path) -> None:
    index = open_index()
    index.update()
    stuck = authenticated(home)
    stop = threading.Event()
    sender = threading.Thread(target=send_requests, args=(stuck, stop))
    sender.start()
    try:
        for _ in range(50):
            started = time.monotonic()
            index.status()
            assert time.monotonic() - started < scaled(3.0), (
                "not the seconds in which the other one is given up"
            )
    finally:
        stop.set()
        stuck.close()
        sender.join()
    stuck.release()


def send_requests(connection: Connection, stop: threading.Event) -> None:
    """Send requests and read no answer, until the owner ends the connection."""
    request = 0
    with contextlib.suppress(OSError):
        while not stop.is_set():
            request += 1
            connection.send({"id": request, "method": "status", "params": {"source": ""}})


def send_for_ever(connection: Connection) -> None:
    while True:
        connection.send({"event": "x" * 1_000_000})


@pytest.mark.parametrize("body", [b"no json", b"[1]", b"\xff\xfe"])
def test_an_invalid_frame_ends_the_connection(body: bytes) -> None:
    here, there = connected()
    connection = Connection(there)
    here.sendall(len(body).to_bytes(4, "big") + body)
    assert connection.receive() is None
    connection.release()
    here.close()


def test_options_arrive_as_they_were_sent() -> None:
    options = IndexOptions(
        embedding=EmbeddingOptions(
            "openai", Path("/model"), "http://localhost", "m", "key", 3, 4.0, ca_file=Path("/ca.pem")
        ),
        store=StoreOptions("http://localhost", "key", "team"),
        max_file_bytes=5,
        threads=6,
        nice=7,
        exclude=("a", "b"),
        home=Path("/home"),
    )
    assert decode_options(json.loads(json.dumps(encode_options(options)))) == options


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DamagedCatalogError("It broke."), StorageError),
        (EmbeddingError("No."), EmbeddingError),
        (FieldguideError("?"), FieldguideError),
    ],
)
def test_an_error_arrives_as_its_nearest_public_class(
    error: FieldguideError, kind: type[FieldguideError]
) -> None:
    arrived = decode_error(encode_error(error))
    assert type(arrived) is kind
    assert str(arrived) == str(error)


def test_a_client_that_sends_invalid_frames_harms_no_other(open_index: Open, home: Path) -> None:
    index = open_index()
    index.update()
    frames: list[Frame] = [{"id": 1}, {"id": 1, "method": "search", "params": {"no": "such"}}, {"method": []}]
    for frame in frames:
        nonsense = authenticated(home)
        nonsense.send(frame)
        nonsense.send({"id": 2, "method": "close", "params": {}})
        nonsense.release()
    assert index.search("part1")[0].path == "part1.py"


def test_an_unknown_method_is_an_error(open_index: Open, home: Path) -> None:
    open_index()
    stranger = authenticated(home)
    stranger.send({"id": 1, "method": "_rebuild", "params": {}})
    answer = stranger.receive()
    stranger.release()
    assert answer is not None
    assert answer["error"]["message"] == "An index has no method _rebuild."


def test_clients_with_other_keys_and_threads_share_the_owner_and_its_vectors(
    open_index: Open, home: Path
) -> None:
    with EmbeddingServer() as server:
        endpoint = EmbeddingOptions("openai", base_url=server.url, model="scripted", api_key="one")
        index = open_index(IndexOptions(embedding=endpoint))
        index.update()
        assert index.wait_until_ready(30).state is State.READY
        before = len(server.requests)
        other = open_index(
            IndexOptions(embedding=EmbeddingOptions("openai", None, server.url, "scripted", "two"), threads=1)
        )
        assert other.wait_until_ready(30).state is State.READY
        assert index.search("part1")[0].path == "part1.py"
        assert len(server.requests) <= before + 1, "one for the question"
        assert len(owners(home)) == 1


def test_a_pause_applies_to_every_client_until_one_resumes(open_index: Open) -> None:
    one, other = open_index(), open_index()
    one.pause()
    assert other.status().reason == "Indexing is paused."
    assert other.update(["part0.py"]).added == 1, "a saved file does not wait"
    other.resume()
    assert one.status().reason == ""


def test_closing_a_client_ends_its_own_waiting(workspace: Path) -> None:
    with EmbeddingServer() as server:
        server.enqueue(*[Reply(silent=True)] * 5)
        endpoint = EmbeddingOptions("openai", base_url=server.url, model="scripted")
        index = Index.open(workspace, IndexOptions(embedding=endpoint))
        index.update()
        messages: list[str] = []

        def wait() -> None:
            try:
                index.wait_until_ready()
            except StorageError as error:
                messages.append(str(error))

        waiting = threading.Thread(target=wait)
        waiting.start()
        index.close()
        waiting.join(PATIENCE)
        assert messages == ["The index was closed."]


def test_an_owner_that_is_stopped_during_an_update_is_replaced_without_an_error(
    open_index: Open, workspace: Path
) -> None:
    for number in range(400):
        (workspace / f"more{number}.py").write_text(f"def more{number}():\n    pass\n", encoding="utf-8")
    one, other = open_index(), open_index()
    once = threading.Event()

    def send_away(_: object) -> None:
        if not once.is_set():
            once.set()
            threading.Thread(target=other.stop_owner).start()

    one.update(None, send_away)
    assert one.status().chunks == 403
    assert other.search("more399")[0].path == "more399.py"
