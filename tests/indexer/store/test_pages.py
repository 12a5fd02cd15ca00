"""Texts of a file, compressed together: each is restored exactly, and together they are small."""

import zlib

import pytest

from fieldguide_indexer.store.pages import Pages, part


def test_every_part_comes_back_as_it_was() -> None:
    parts = ["def f():", "", "1,2\n3", "\0 \x1e", "ünïcode 🦆", "half a character \ud800", "\n"]
    pages = Pages(7)
    places = [pages.add(each) for each in parts]
    stored = dict(pages.packed())
    assert [part(stored[page], number) for page, number in places] == parts


def test_the_same_part_is_kept_once_on_a_page() -> None:
    pages = Pages(1)
    assert pages.add("signature", "doc", "text") == (1, 0, 1, 2)
    assert pages.add("signature", "doc") == (1, 0, 1)


def test_a_full_page_is_followed_by_another() -> None:
    pages = Pages(1)
    texts = [f"{number} " * 2_000 for number in range(20)]
    places = [pages.add(text) for text in texts]
    assert pages.count == len({page for page, _ in places}) > 2
    stored = dict(pages.packed())
    assert stored.keys() == {page for page, _ in places}
    assert [part(stored[page], number) for page, number in places] == texts


def test_a_file_without_parts_has_no_page() -> None:
    assert Pages(1).count == 0
    assert dict(Pages(1).packed()) == {}


def test_texts_of_a_file_take_less_together_than_each_alone() -> None:
    texts = [f"def load_{n}(self, path: Path) -> Document:\n    return self.read(path)\n" for n in range(50)]
    pages = Pages(1)
    for text in texts:
        pages.add(text)
    alone = sum(len(zlib.compress(text.encode())) for text in texts)
    assert sum(len(packed) for _, packed in pages.packed()) < alone / 4


def test_a_page_that_was_overwritten_is_no_text() -> None:
    with pytest.raises(zlib.error):
        part(b"\xff" * 99, 0)
