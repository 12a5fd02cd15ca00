"""The local sentence model: the shipped one, and any folder that holds another."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldguide_indexer.embedding import Embedder, open_embedder
from fieldguide_indexer.embedding.folder import (
    SHIPPED,
    damaged_shipped_files,
    read_model_folder,
    shipped_model,
)
from fieldguide_indexer.embedding.on_demand import open_on_demand
from fieldguide_indexer.embedding.sentence import SentenceEmbedder
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions
from tests.patience import PATIENCE


def opened(folder: Path | None = None, threads: int = 2) -> Embedder:
    embedder = open_embedder(EmbeddingOptions(folder=folder), threads)
    assert embedder is not None
    return embedder


@pytest.fixture(scope="module")
def shipped() -> Iterator[Embedder]:
    embedder = opened()
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def full_size() -> Iterator[Embedder]:
    """The shipped model, all of each vector."""
    embedder = SentenceEmbedder(replace(shipped_model(), projection=None), 2)
    yield embedder
    embedder.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in the layout of a sentence-transformers export, with the shipped files in it."""
    made = tmp_path / "my-model"
    (made / "onnx").mkdir(parents=True)
    shutil.copy(SHIPPED / "model.onnx", made / "onnx" / "model.onnx")
    shutil.copy(SHIPPED / "tokenizer.json", made)
    return made


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_the_shipped_files_are_those_of_the_manifest() -> None:
    assert damaged_shipped_files() == ()


def test_vectors_are_unit_vectors_of_the_stated_shape(shipped: Embedder) -> None:
    vectors = shipped.embed_documents(["one", "two words", "", "x" * 50_000, "日本語 🙂"])
    assert vectors.shape == (5, shipped.dimension) == (5, 320)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert shipped.embed_query("one").shape == (320,)
    assert shipped.embed_documents([]).shape == (0, 320)


def test_the_nearest_document_is_the_one_that_means_the_question(shipped: Embedder) -> None:
    documents = [
        "sign session cookie. def get_signing_serializer(app): secret_key salt",
        "parse config. def load_toml(path): read the settings file",
        "render template. def render(context): jinja environment",
    ]
    questions = ["where are cookies signed?", "how is the configuration read", "what fills in the HTML page"]
    queries = np.stack([shipped.embed_query(question) for question in questions])
    assert (queries @ shipped.embed_documents(documents).T).argmax(axis=1).tolist() == [0, 1, 2]


def test_vectors_do_not_depend_on_neighbours_threads_or_time(shipped: Embedder) -> None:
    texts = [f"function number {number} " * (number + 1) for number in range(12)]
    alone = np.stack([shipped.embed_documents([text])[0] for text in texts])
    with ThreadPoolExecutor(3) as pool:
        for vectors in pool.map(shipped.embed_documents, [texts] * 3):
            np.testing.assert_array_equal(vectors, alone)


def test_documents_are_cut_at_128_word_pieces_and_questions_at_256(shipped: Embedder) -> None:
    long, longer = "word " * 126 + "zebra " * 20, "word " * 254 + "zebra " * 20
    np.testing.assert_array_equal(
        shipped.embed_documents([long])[0], shipped.embed_documents(["word " * 200])[0]
    )
    assert not np.array_equal(shipped.embed_query(long), shipped.embed_query("word " * 200))
    np.testing.assert_array_equal(shipped.embed_query(longer), shipped.embed_query("word " * 400))


def test_shorter_vectors_are_as_near_to_each_other_as_full_ones(
    shipped: Embedder, full_size: Embedder
) -> None:
    texts = [
        text
        for file in sorted(Path(json.__file__).parent.glob("*.py"))
        for text in file.read_text("utf-8").split("\n\n")
    ]
    short, long = shipped.embed_documents(texts[:60]), full_size.embed_documents(texts[:60])
    assert long.shape[1] > short.shape[1]
    assert np.abs(short @ short.T - long @ long.T).mean() < 0.01
    np.testing.assert_allclose(short @ short.T, long @ long.T, atol=0.06)


def test_a_folder_with_the_same_model_gives_the_same_vectors(folder: Path, full_size: Embedder) -> None:
    embedder = opened(folder)
    np.testing.assert_array_equal(embedder.embed_query("a question"), full_size.embed_query("a question"))
    assert embedder.dimension == 384
    assert embedder.name.startswith("my-model@")
    embedder.close()


def test_prompts_of_a_folder_stand_before_its_texts(folder: Path, full_size: Embedder) -> None:
    write(
        folder,
        "config_sentence_transformers.json",
        {"prompts": {"query": "query: ", "document": "passage: "}},
    )
    embedder = opened(folder)
    np.testing.assert_array_equal(embedder.embed_query("a"), full_size.embed_query("query: a"))
    np.testing.assert_array_equal(embedder.embed_documents(["a"]), full_size.embed_documents(["passage: a"]))
    embedder.close()


def test_a_folder_can_lower_the_limit_of_tokens(folder: Path, full_size: Embedder) -> None:
    write(folder, "sentence_bert_config.json", {"max_seq_length": 4})
    embedder = opened(folder)
    np.testing.assert_array_equal(embedder.embed_query("one two three"), full_size.embed_query("one two"))
    embedder.close()


@pytest.mark.parametrize("changed", ["onnx/model.onnx", "tokenizer.json", "1_Pooling/config.json"])
def test_the_name_changes_with_every_file_that_changes_vectors(folder: Path, changed: str) -> None:
    before = read_model_folder(folder).name
    path = folder / changed
    path.parent.mkdir(exist_ok=True)
    content = path.read_bytes() if path.exists() else b"{}"
    path.write_bytes(content[: len(content) // 2] + b" " + content[len(content) // 2 :])
    assert read_model_folder(folder).name != before


@pytest.mark.parametrize(
    ("flag", "pooling"),
    [
        ("pooling_mode_cls_token", "cls"),
        ("pooling_mode_mean_tokens", "mean"),
        ("pooling_mode_lasttoken", "last"),
    ],
)
def test_the_pooling_a_folder_asks_for_is_understood(folder: Path, flag: str, pooling: str) -> None:
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": 384, flag: True})
    assert read_model_folder(folder).pooling == pooling


def test_a_pooling_that_is_not_supported_is_refused_by_name(folder: Path) -> None:
    write(folder, "1_Pooling/config.json", {"pooling_mode_max_tokens": True})
    with pytest.raises(EmbeddingError, match="pooling_mode_max_tokens"):
        opened(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("onnx/model.onnx", b"this is no model"),
        ("onnx/model.onnx", b""),
        ("tokenizer.json", b"{"),
        ("tokenizer.json", b'{"model": 1}'),
        ("1_Pooling/config.json", b"[]"),
        ("sentence_bert_config.json", b"\xff"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    with pytest.raises(EmbeddingError) as caught:
        opened(folder)
    assert Path(name).name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["onnx/model.onnx", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_says_which(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(EmbeddingError, match=missing):
        opened(folder)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="nowhere does not exist"):
        opened(tmp_path / "nowhere")


def test_a_model_that_is_opened_on_demand_knows_its_dimension_before(shipped: Embedder, folder: Path) -> None:
    embedder = open_on_demand(EmbeddingOptions(), 1)
    assert embedder is not None
    assert embedder.dimension == shipped.dimension
    (folder / "model.onnx").write_bytes(b"damaged")
    broken = open_on_demand(EmbeddingOptions(folder=folder), 1)
    assert broken is not None
    with pytest.raises(EmbeddingError, match=r"model\.onnx"):
        broken.warm()
    embedder.close()


def test_no_embedder_is_opened_when_none_is_wanted() -> None:
    assert open_embedder(EmbeddingOptions(provider="none")) is None


@pytest.mark.slow
def test_importing_the_room_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'onnxruntime', 'openai', 'tokenizers'}"
    program = f"import sys, fieldguide_indexer.embedding; print({heavy} & sys.modules.keys() or 'light')"
    environment_path = [str(Path(SHIPPED).parents[2])]
    program = f"import sys; sys.path[:0] = {environment_path!r}; {program}"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert result.stdout.strip() == "light"
