"""Merging the hits of several indexes: their order, and duplicates."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Hit, Index, IndexOptions, merge_hits
from tests.fakes.workspace import write_workspace

SHOP, DOCS = Path("/w/shop"), Path("/w/docs")


def hit(path: str, score: float, words: float = 0.0, meaning: float = 0.0) -> Hit:
    return Hit(path, 1, 2, score, "", "text", path, words, meaning)


def merged(*found: tuple[Path, list[Hit]], limit: int = 10) -> list[str]:
    return [(folder / each.path).as_posix() for folder, each in merge_hits(found, limit)]


def test_a_folder_with_little_to_say_stands_behind_however_high_its_scores() -> None:
    little, much = (
        [hit("a", 1.5, 0.1, 0.2), hit("b", 0.8, 0.05, 0.2)],
        [hit("c", 1.0, 0.9, 0.7), hit("d", 0.6)],
    )
    assert merged((SHOP, little), (DOCS, much)) == ["/w/docs/c", "/w/docs/d", "/w/shop/a", "/w/shop/b"]
    assert merged((SHOP, little), (DOCS, much), limit=1) == ["/w/docs/c"]


def test_the_words_of_an_index_without_vectors_speak_alone() -> None:
    assert merged((SHOP, [hit("a", 1.0, 0.9)]), (DOCS, [hit("b", 1.0, 0.5, 0.7)]))[0] == "/w/shop/a"


def test_of_folders_in_each_other_the_inner_one_tells_of_its_files() -> None:
    outer, inner = [hit("inner/a", 1.0, 1.0), hit("b", 0.5, 0.5)], [hit("a", 0.9, 1.0)]
    assert merged((Path("/w"), outer), (Path("/w/inner"), inner)) == ["/w/inner/a", "/w/b"]
    assert merged((Path("/w"), outer)) == ["/w/inner/a", "/w/b"]


def test_nothing_found_is_nothing_to_merge() -> None:
    assert merged() == merged((SHOP, []), (DOCS, [])) == []
    assert merged((SHOP, [hit("a", 1.0)]), (DOCS, [])) == ["/w/shop/a"]


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Index]]:
    base = tmp_path_factory.mktemp("folders")
    options = IndexOptions(embedding=EmbeddingOptions(provider="none"), home=base / "home")
    shop, garden = write_workspace(base / "shop"), base / "garden"
    garden.mkdir()
    for name in ("hose", "spade", "rake"):
        text = (
            f'def use_{name}(session):\n    """What the {name} is for: where the garden is signed for."""\n'
        )
        (garden / f"{name}.py").write_text(text, encoding="utf-8")
    opened = [Index.open(folder, options) for folder in (garden, shop)]
    for index in opened:
        index.update()
    yield opened
    for index in opened:
        index.stop_owner()
        index.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "folder", "path"),
    [
        ("where is the cookie of a session signed", "shop", "shop/sessions.py"),
        ("what is the rake for", "garden", "rake.py"),
        ("gross_price", "shop", "shop/prices.py"),
    ],
)
def test_the_folder_that_answers_comes_first(
    indexes: list[Index], question: str, folder: str, path: str
) -> None:
    found = [(index.folder, index.search(question)) for index in indexes]
    best_folder, best = merge_hits(found, 5)[0]
    assert (best_folder.name, best.path) == (folder, path)


def test_a_chunk_that_holds_the_whole_question_holds_all_its_information(indexes: list[Index]) -> None:
    garden, _ = indexes
    (all_of_it,) = garden.search("use_rake rake", 1)
    (some_of_it,) = garden.search("use_rake rake lighthouse keeper", 1)
    assert 0 < some_of_it.words < all_of_it.words <= 1
