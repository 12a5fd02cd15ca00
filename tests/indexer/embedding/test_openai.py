"""The embedder behind an endpoint, against a real server on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldguide_indexer.embedding import Embedder, open_embedder
from fieldguide_indexer.embedding import openai as openai_room
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions
from tests.fakes.dialects import EMBEDDING_DIALECTS, EmbeddingDialect
from tests.fakes.openai_embeddings import AT_ONCE, EmbeddingServer, Reply, fake_vector
from tests.patience import scaled

KEY = "sk-never-shown-1234"
TOO_LONG_WORDS = [
    (400, "This model's maximum context length is 8192 tokens, however you requested 9000 tokens"),
    (400, "Requested 400000 tokens, max 300000 tokens per request"),
    (400, "the input length exceeds the context length"),
    (413, "Input validation error: `inputs` must have less than 512 tokens. Given: 700"),
    (400, "the request exceeds the available context size, try increasing it"),
    (429, "Request too large for small on tokens per min (TPM): Limit 30000, Requested 34238."),
    (500, "input is too large to process. increase the physical batch size"),
]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        yield running


@pytest.fixture
def options(server: EmbeddingServer) -> EmbeddingOptions:
    return EmbeddingOptions(provider="openai", base_url=server.url, model="small", api_key=KEY, batch_size=3)


@pytest.fixture
def embedder(options: EmbeddingOptions) -> Iterator[Embedder]:
    opened = open_embedder(options)
    assert opened is not None
    yield opened
    opened.close()


def refusal(embedder: Embedder, texts: list[str]) -> str:
    """The one sentence of the error that embedding ``texts`` raises; no part of the error shows the key."""
    with pytest.raises(EmbeddingError) as caught:
        embedder.embed_documents(texts)
    assert KEY not in str(caught.getrepr(chain=True))
    return str(caught.value)


def test_vectors_are_unit_vectors_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = [f"text {number}" for number in range(7)]
    vectors = embedder.embed_documents(texts)
    expected = np.array([fake_vector(text) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    np.testing.assert_allclose(embedder.embed_query(texts[0]), expected[0], atol=1e-6)


def test_many_texts_travel_in_batches_with_the_key(embedder: Embedder, server: EmbeddingServer) -> None:
    embedder.embed_documents([f"text {number}" for number in range(7)])
    assert [len(request["input"]) for request in server.requests] == [3, 3, 1]
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_opening_sends_nothing_and_the_dimension_is_asked_for_once(
    embedder: Embedder, server: EmbeddingServer
) -> None:
    assert server.requests == []
    assert (embedder.dimension, embedder.dimension) == (8, 8)
    assert len(server.requests) == 1
    assert embedder.embed_documents([]).shape == (0, 8)


def test_the_name_holds_model_and_host_but_no_password(options: EmbeddingOptions) -> None:
    embedder = open_embedder(replace(options, base_url="https://user:secret@vectors.test:8443/v1"))
    assert embedder is not None
    assert embedder.name == "small@vectors.test:8443"
    embedder.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refusal_that_passes_is_retried(embedder: Embedder, server: EmbeddingServer, status: int) -> None:
    server.enqueue(Reply(status, {"error": {"message": "later"}}, AT_ONCE), Reply(status, {}, AT_ONCE))
    assert embedder.embed_documents(["a"]).shape == (1, 8)
    assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", [Reply(cut=True), Reply(silent=True)], ids=["cut off", "silent"])
def test_a_connection_that_is_cut_off_or_silent_is_tried_again(
    options: EmbeddingOptions, server: EmbeddingServer, trouble: Reply
) -> None:
    server.enqueue(trouble)
    embedder = open_embedder(replace(options, timeout_seconds=scaled(0.5)))
    assert embedder is not None
    assert embedder.embed_documents(["a"]).shape == (1, 8)
    assert len(server.requests) == 2
    embedder.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused the key"),
        (403, "refused the key"),
        (404, "has no embedding model small"),
        (400, "refused"),
    ],
)
def test_a_refusal_that_stays_is_not_retried(
    embedder: Embedder, server: EmbeddingServer, status: int, words: str
) -> None:
    server.enqueue(Reply(status, {"error": {"message": f"bad key {KEY}"}}))
    assert words in refusal(embedder, ["a"])
    assert len(server.requests) == 1


def test_an_endpoint_that_stays_busy_is_given_up_in_one_sentence(
    embedder: Embedder, server: EmbeddingServer
) -> None:
    server.enqueue(*[Reply(429, {"error": {"message": KEY}}, AT_ONCE)] * 10)
    assert "rate limit or quota" in refusal(embedder, ["a"])
    assert len(server.requests) == openai_room.RETRIES + 1


def test_an_endpoint_that_is_not_there_is_named_without_its_key(
    server: EmbeddingServer, options: EmbeddingOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_room, "RETRIES", 0)
    with EmbeddingServer() as gone:
        address = gone.url
    embedder = open_embedder(replace(options, base_url=address))
    assert embedder is not None
    assert "127.0.0.1" in refusal(embedder, ["a"])
    embedder.close()


def test_a_batch_that_failed_can_be_handed_over_again(embedder: Embedder, server: EmbeddingServer) -> None:
    first = embedder.embed_documents(["a", "b", "c"])
    server.enqueue(Reply(401, {}))
    refusal(embedder, ["d"])
    assert np.vstack([first, embedder.embed_documents(["d"])]).shape == (4, 8)


def test_a_text_that_is_too_long_is_halved_and_its_neighbours_stay_whole(options: EmbeddingOptions) -> None:
    with EmbeddingServer(max_characters=30) as server:
        embedder = open_embedder(replace(options, base_url=server.url))
        assert embedder is not None
        texts = ["short", "x" * 100, "also short"]
        vectors = embedder.embed_documents(texts)
        embedder.close()
    cut = np.array([fake_vector(text) for text in ["short", "x" * 25, "also short"]])
    np.testing.assert_allclose(vectors, cut / np.linalg.norm(cut, axis=1, keepdims=True), atol=1e-6)


def test_a_text_that_is_never_short_enough_ends_in_a_sentence(options: EmbeddingOptions) -> None:
    with EmbeddingServer(max_characters=1) as server:
        embedder = open_embedder(replace(options, base_url=server.url))
        assert embedder is not None
        assert "too long" in refusal(embedder, ["x" * 100])
        assert len(server.requests) == openai_room.HALVINGS + 1
        embedder.close()


@pytest.mark.parametrize(("status", "message"), TOO_LONG_WORDS)
def test_every_servers_words_for_too_long_are_understood(
    embedder: Embedder, server: EmbeddingServer, status: int, message: str
) -> None:
    server.enqueue(Reply(status, {"error": {"message": message}}, {"x-should-retry": "false"}))
    embedder.embed_documents(["x" * 100])
    assert server.requests[-1]["input"] == ["x" * 50]


@pytest.mark.parametrize("batch_size", [17, 64])
@pytest.mark.parametrize("dialect", EMBEDDING_DIALECTS.values(), ids=EMBEDDING_DIALECTS)
def test_a_batch_or_format_that_is_refused_is_replaced_and_that_is_remembered(
    options: EmbeddingOptions, dialect: EmbeddingDialect, batch_size: int
) -> None:
    texts = [f"text {number}" for number in range(60)]
    with EmbeddingServer(dialect=dialect) as server:
        embedder = open_embedder(replace(options, base_url=server.url, batch_size=batch_size))
        assert embedder is not None
        vectors = embedder.embed_documents(texts)
        tried = len(server.requests)
        embedder.embed_documents(["one more"])
        embedder.close()
    expected = np.array([fake_vector(text) for text in texts])
    np.testing.assert_allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert tried <= 32
    assert len(server.requests) == tried + 1


def test_the_size_of_a_batch_that_was_accepted_is_remembered(options: EmbeddingOptions) -> None:
    with EmbeddingServer(dialect=EMBEDDING_DIALECTS["tei"]) as server:
        embedder = open_embedder(replace(options, base_url=server.url, batch_size=64))
        assert embedder is not None
        embedder.embed_documents(["x"] * 64)
        embedder.embed_documents(["x"] * 64)
        embedder.close()
    assert [len(request["input"]) for request in server.requests] == [64, 32, 32, 32, 32]


def test_a_refusal_says_what_the_endpoint_said(embedder: Embedder, server: EmbeddingServer) -> None:
    server.enqueue(Reply(400, {"error": {"message": f"No such task; {KEY}"}}))
    assert refusal(embedder, ["a"]).endswith("(status 400): No such task; ***.")


@pytest.mark.parametrize(("variable", "ca_file"), [("/no/such.pem", None), ("", Path("/no/such.pem"))])
def test_certificates_that_cannot_be_read_are_an_error_of_the_endpoint(
    options: EmbeddingOptions, monkeypatch: pytest.MonkeyPatch, variable: str, ca_file: Path | None
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", variable)
    with pytest.raises(EmbeddingError, match=r"certificates cannot be read .*/no/such\.pem"):
        open_embedder(replace(options, ca_file=ca_file))


def test_an_empty_text_is_never_sent(embedder: Embedder, server: EmbeddingServer) -> None:
    assert embedder.embed_documents(["", " \n"]).shape == (2, 8)
    assert all(text.strip() for text in server.requests[0]["input"])


def one(*vectors: object) -> dict[str, object]:
    return {"data": [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]}


@pytest.mark.parametrize(
    "body",
    [
        one([1.0, 0.0], [0.0, 1.0]),
        one(),
        one([]),
        one([float("nan"), 1.0]),
        one([0.0, 0.0]),
        one(["no", "number"]),
        one("!!!not base64"),
        {"data": "nothing"},
        {"error": "an error with status 200"},
        [1, 2],
        b"<html>a proxy's page</html>",
    ],
    ids=["two", "none", "empty", "nan", "zero", "words", "base64", "no list", "error", "list", "html"],
)
def test_an_answer_that_is_not_one_usable_vector_a_text_is_refused(
    embedder: Embedder, server: EmbeddingServer, body: object
) -> None:
    server.enqueue(Reply(body=body))
    assert refusal(embedder, ["a"]).startswith("127.0.0.1")


def test_an_endpoint_that_changes_its_dimension_is_refused(
    embedder: Embedder, server: EmbeddingServer
) -> None:
    embedder.embed_documents(["a"])
    server.enqueue(Reply(dimension=4))
    assert "from 8 to 4" in refusal(embedder, ["b"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": ""}, "No embedding model is named"),
        ({"base_url": "localhost:11434"}, "not a valid URL"),
        ({"base_url": "http://[broken"}, "not a valid URL"),
        ({"provider": "telepathy"}, "telepathy"),
    ],
)
def test_options_that_cannot_work_are_refused_in_one_sentence(change: dict[str, str], words: str) -> None:
    options = EmbeddingOptions(provider="openai", model="small", api_key=KEY)
    with pytest.raises(EmbeddingError, match=words):
        open_embedder(replace(options, **change))  # type: ignore[arg-type]
