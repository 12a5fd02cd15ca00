"""Queries and their first results: the complete search over a small workspace, with the sentence model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_indexer.store.lexical import stems

FILES = {
    "shop/basket.py": (
        "class Basket:\n"
        '    """What a customer wants to buy."""\n'
        "\n"
        "    def total(self):\n"
        '        """The sum of the prices, discounts taken off."""\n'
        "        return sum(item.price for item in self.items) - self.discount\n"
    ),
    "shop/invoice.py": (
        "class Invoice:\n"
        "    def total(self):\n"
        "        return self.basket.total() + self.shipping\n"
        "\n"
        "\n"
        "def send_invoice(invoice, mailer):\n"
        "    if not invoice.address:\n"
        '        raise ValueError("An invoice without an address cannot be sent")\n'
        "    mailer.post(invoice.address, invoice)\n"
    ),
    "shop/login.py": (
        "def verify_credentials(name, phrase):\n"
        '    """Compares the hash of what was typed with the stored one."""\n'
        "    return stored_hash(name) == digest(phrase)\n"
    ),
    "shop/runtime.py": "def python():\n    python = find_python()\n    return python.version\n",
    "shop/stock.py": "def reserve(item, amount):\n    shelf = find_shelf(item)\n    shelf.count -= amount\n",
    "tests/test_basket.py": "def test_the_total_of_a_basket():\n    assert Basket().total() == 0\n",
    "docs/selling.md": "# Selling\n\nHow to send an invoice: call `send_invoice` once the basket is paid.\n",
    "docs/stock.md": "# Stock\n\nReserve things before they are sold.\n",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def index(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDGUIDE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
        with Index.open(workspace) as index:
            index.update()
            index.wait_until_ready(60)
            yield index


def first(index: Index, question: str, within: str = "all") -> tuple[str, str]:
    hit = index.search(question, within=within)[0]
    return hit.path, hit.symbol


@pytest.mark.slow
def test_a_question_in_other_words_than_the_code_is_answered(index: Index) -> None:
    assert first(index, "where is the password of a user checked?") == ("shop/login.py", "verify_credentials")


def test_a_bare_name_shows_its_definition_before_its_uses(index: Index) -> None:
    assert first(index, "send_invoice") == ("shop/invoice.py", "send_invoice")


@pytest.mark.parametrize(
    ("name", "path"), [("Basket.total", "shop/basket.py"), ("Invoice::total", "shop/invoice.py")]
)
def test_a_full_name_chooses_among_definitions_of_one_name(index: Index, name: str, path: str) -> None:
    assert first(index, name)[0] == path


def test_the_message_of_an_error_leads_to_where_it_is_raised(index: Index) -> None:
    message = "ValueError: An invoice without an address cannot be sent"
    assert first(index, message) == ("shop/invoice.py", "send_invoice")


def test_a_traceback_leads_to_its_file(index: Index) -> None:
    assert first(index, 'File "/srv/site/shop/stock.py", line 3, in reserve')[0] == "shop/stock.py"


def test_tests_are_shown_first_only_when_asked_for(index: Index) -> None:
    assert first(index, "total of a basket")[0] == "shop/basket.py"
    assert first(index, "tests for the total of a basket")[0] == "tests/test_basket.py"


def test_the_title_of_a_long_text_weighs_more_than_its_body(index: Index) -> None:
    issue = "Reserving from an empty shelf\n\nI had paid and sent the invoice, the address was right, then it failed.\n"
    assert first(index, issue)[0] in {"shop/stock.py", "docs/stock.md"}


@pytest.mark.parametrize(("within", "folders"), [("docs", {"docs"}), ("code", {"shop", "tests"})])
def test_a_search_within_a_part_shows_nothing_else(index: Index, within: str, folders: set[str]) -> None:
    hits = index.search("send the invoice", within=within)
    assert {hit.path.split("/")[0] for hit in hits} <= folders
    assert hits[0].path in {"docs/selling.md", "shop/invoice.py"}


@pytest.mark.slow
def test_the_language_that_all_is_written_in_tells_nothing(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path))
    with Index.open(workspace, IndexOptions(embedding=EmbeddingOptions(provider="none"))) as words_only:
        words_only.update()
        assert {hit.path for hit in words_only.search("python reserve")}.isdisjoint({"shop/runtime.py"})
        assert first(words_only, "python") == ("shop/runtime.py", "python")


def test_a_question_without_any_word_finds_nothing(index: Index) -> None:
    assert index.search("?!") == []


@pytest.mark.slow
def test_without_vectors_words_and_names_still_find(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path))
    with Index.open(workspace, IndexOptions(embedding=EmbeddingOptions(provider="none"))) as words_only:
        words_only.update()
        assert first(words_only, "where is stock reserved?")[0] in {"shop/stock.py", "docs/stock.md"}
        assert first(words_only, "verify_credentials")[1] == "verify_credentials"


def test_words_have_the_stems_of_the_full_text_table() -> None:
    assert stems(["running", "sessions", "load_config"]) == {
        "running": "run", "sessions": "session", "load_config": "load_config",
    }  # fmt: skip
    assert stems(["sessions"]) == stems(["sessions"])
