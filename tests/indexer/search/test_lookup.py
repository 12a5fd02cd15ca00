"""The lookup of a name: its definitions, callers, tests and documentation."""

from collections.abc import Iterator

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, Lookup

FILES = {
    "shop/basket.py": (
        "class Basket:\n"
        "    def add_item(self, item):\n"
        "        self.items.append(item)\n"
        "\n"
        "\n"
        "class Crate:\n"
        "    def add_item(self, item):\n"
        "        pass\n"
    ),
    "shop/checkout.py": (
        "from shop.basket import Basket, add_item\n"
        "\n"
        "\n"
        "def check_out(basket):\n"
        "    basket.add_item('fee')\n"
        "    hook = basket.add_item\n"
        "    return readd_item(hook)\n"
    ),
    "tests/test_basket.py": "def test_a_basket_takes_items():\n    Basket().add_item('apple')\n",
    "docs/guide.md": "# Guide\n\nCall `add_item` for each thing.\n",
    "a_docs/history.md": "# History\n" + "Mentions `open_store` again.\n" * 400,
    "shop/opening.py": "def open_store():\n    pass\n\n\ndef morning():\n    open_store()\n",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Lookup]]:
    folder = tmp_path_factory.mktemp("workspace")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    options = IndexOptions(
        embedding=EmbeddingOptions(provider="none"), home=tmp_path_factory.mktemp("module-home")
    )
    with Index.open(folder, options) as index:
        index.update()
        names = ("open_store", "add_item", "Crate.add_item", "Basket", "nothing_of_the_kind", "no name", "")
        yield {name: index.lookup(name) for name in names}
        index.stop_owner()


@pytest.mark.slow
def test_every_definition_of_a_name_is_told(found: dict[str, Lookup]) -> None:
    assert [d.symbol for d in found["add_item"].definitions] == ["Basket.add_item", "Crate.add_item"]


def test_a_qualified_name_is_only_its_own_definition(found: dict[str, Lookup]) -> None:
    assert [d.symbol for d in found["Crate.add_item"].definitions] == ["Crate.add_item"]


def test_a_caller_is_told_with_the_function_it_stands_in(found: dict[str, Lookup]) -> None:
    (caller,) = found["add_item"].callers
    assert (caller.path, caller.line, caller.within) == ("shop/checkout.py", 5, "check_out")


def test_imports_and_mere_mentions_are_no_calls(found: dict[str, Lookup]) -> None:
    usages = {(r.path, r.line): r.usage for r in found["add_item"].references if r.path == "shop/checkout.py"}
    assert usages == {
        ("shop/checkout.py", 1): "import",
        ("shop/checkout.py", 5): "call",
        ("shop/checkout.py", 6): "mention",
    }


def test_tests_and_docs_are_told_apart_from_callers(found: dict[str, Lookup]) -> None:
    assert [(r.path, r.within) for r in found["add_item"].tests] == [
        ("tests/test_basket.py", "test_a_basket_takes_items")
    ]
    assert [(r.path, r.line) for r in found["add_item"].docs] == [("docs/guide.md", 3)]


def test_a_longer_name_that_holds_it_is_no_reference(found: dict[str, Lookup]) -> None:
    assert 7 not in {r.line for r in found["add_item"].references if r.path == "shop/checkout.py"}


@pytest.mark.parametrize("name", ["nothing_of_the_kind", "no name", ""])
def test_what_is_no_known_name_has_nothing(found: dict[str, Lookup], name: str) -> None:
    assert (found[name].definitions, found[name].references) == ((), ())


def test_many_mentions_do_not_hide_the_caller(found: dict[str, Lookup]) -> None:
    assert [(r.path, r.line) for r in found["open_store"].callers] == [("shop/opening.py", 6)]
    assert len(found["open_store"].docs) == 50
