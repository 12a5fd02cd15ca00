"""Unsaved buffers: their own client finds them as if they were saved, and no other client does."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import EmbeddingOptions, Hit, Index, IndexOptions
from tests.conftest import owners
from tests.fakes.workspace import CHECKOUT, PRICES, README, SESSIONS, write_workspace
from tests.patience import PATIENCE

FILES = {
    "shop/sessions.py": SESSIONS,
    "shop/prices.py": PRICES,
    "shop/checkout.py": CHECKOUT,
    "README.md": README,
}
REFUND = '\n\ndef refund_customer(sale):\n    """Gives the money back."""\n    return -sale.total\n'


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_workspace(tmp_path_factory.mktemp("overlaid") / "workspace")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / ".gitignore").write_text("private/\n", encoding="utf-8")
    (folder / "private").mkdir()
    return folder


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> IndexOptions:
    embedding = EmbeddingOptions(provider="none")
    return IndexOptions(
        embedding=embedding, max_file_bytes=50_000, home=tmp_path_factory.mktemp("module-home")
    )


@pytest.fixture(scope="module")
def shell(workspace: Path, options: IndexOptions) -> Iterator[Index]:
    """A client without buffers."""
    with Index.open(workspace, options) as index:
        index.update()
        yield index
        index.stop_owner()


@pytest.fixture
def editor(workspace: Path, options: IndexOptions, shell: Index) -> Iterator[Index]:
    with Index.open(workspace, options) as index:
        yield index


def places(hits: list[Hit]) -> list[tuple[str, int, int]]:
    return [(hit.path, hit.start_line, hit.end_line) for hit in hits]


@pytest.mark.slow
def test_buffers_have_exactly_the_scores_of_their_files(shell: Index, editor: Index) -> None:
    # The text differs, so the buffers are used; the chunks are the same.
    assert editor.overlay({path: f"{text}\n\n" for path, text in FILES.items()}) == []
    for question in (
        "where is the session cookie signed so that visitors cannot forge it",
        "gross_price",
        "SessionStore.commit",
        'File "shop/sessions.py", line 15: it said "add the value added tax to a net price"',
        "close a sale\n\ncommit the session and show the gross price",
        "port of the shop",
    ):
        hits = shell.search(question, 50)
        assert hits
        assert editor.search(question, 50) == hits
        assert editor.search(question, 2, "docs") == shell.search(question, 2, "docs")
    for name in ("commit", "SessionStore.sign_cookie", "gross_price"):
        assert editor.lookup(name).definitions == shell.lookup(name).definitions
        assert set(editor.lookup(name).references) == set(shell.lookup(name).references)
    assert editor.definitions_in("shop/sessions.py") == shell.definitions_in("shop/sessions.py")


def test_lines_and_names_are_those_of_the_buffer_for_its_client_only(shell: Index, editor: Index) -> None:
    before = shell.search("gross_price", 1)
    edited = "# One.\n# Two.\n" + PRICES.replace("def format_price", "def show_price") + REFUND
    editor.overlay({"shop/prices.py": edited})
    for hit in editor.search("gross_price"):
        lines = edited if hit.path == "shop/prices.py" else FILES[hit.path]
        assert "\n".join(lines.splitlines()[hit.start_line - 1 : hit.end_line]) == hit.text
    assert "def refund_customer" in editor.search("refund_customer", 1)[0].text
    assert not any("def format_price" in hit.text for hit in editor.search("format_price"))
    assert [each.name for each in editor.definitions_in("shop/prices.py")][-1] == "refund_customer"
    assert [(each.path, each.start_line) for each in editor.lookup("show_price").definitions] == [
        ("shop/prices.py", 13)
    ]
    assert not editor.lookup("format_price").definitions
    assert {each.path for each in editor.lookup("format_price").references} == {"shop/checkout.py"}
    assert shell.search("gross_price", 1) == before
    assert not shell.lookup("refund_customer").definitions
    editor.overlay({"shop/prices.py": None})
    assert editor.search("gross_price", 1) == before


def test_a_buffer_is_found_without_a_file_on_disk(workspace: Path, shell: Index, editor: Index) -> None:
    removed = workspace / "shop" / "vouchers.py"
    removed.write_text("def redeem_voucher(): ...\n", encoding="utf-8")
    shell.update(["shop/vouchers.py"])
    buffers = {"shop/refunds.py": REFUND, "shop/vouchers.py": "# Once.\ndef redeem_voucher(): ...\n"}
    assert editor.overlay(buffers) == []
    assert editor.search("refund_customer")[0].path == "shop/refunds.py"
    removed.unlink()
    assert shell.update(["shop/vouchers.py"]).removed == 1
    assert not shell.lookup("redeem_voucher").definitions
    assert [each.start_line for each in editor.lookup("redeem_voucher").definitions] == [2]
    editor.overlay({"shop/vouchers.py": None, "shop/refunds.py": ""})
    assert not editor.lookup("redeem_voucher").definitions
    assert not editor.search("refund_customer")


def test_a_saved_buffer_gives_the_same_results_as_its_file(
    workspace: Path, shell: Index, editor: Index
) -> None:
    coupons = 'def print_coupon():\n    """On both sides."""\n'
    editor.overlay({"shop/coupons.py": coupons})
    unsaved = editor.search("print_coupon")
    assert not shell.lookup("print_coupon").definitions
    (workspace / "shop" / "coupons.py").write_text(coupons, encoding="utf-8", newline="\r\n")
    shell.update(["shop/coupons.py"])
    saved = editor.search("print_coupon")
    assert saved == shell.search("print_coupon")
    assert places(saved[:1]) == places(unsaved[:1]) == [("shop/coupons.py", 1, 2)]


def test_a_buffer_of_a_file_that_is_not_indexed_is_rejected(
    workspace: Path, shell: Index, editor: Index
) -> None:
    (workspace / "private" / "there.py").write_text("x = 1\n", encoding="utf-8")
    editor.overlay({"shop/prices.py": f"# Rounded.\n{PRICES}"})
    rejected = editor.overlay(
        {
            ".env": "TOKEN=melon\n",
            "private/new.py": "def melon(): ...\n",
            "private/there.py": "def melon(): ...\n",
            "node_modules/a/index.js": "function melon() {}\n",
            "../melon.py": "def melon(): ...\n",
            "package-lock.json": '{"melon": 1}\n',
            "shop/prices.py": "def melon(): ...\n" * 5_000,
            "shop/bytes.py": "melon\0\n",
        }
    )
    assert {each.path: each.reason for each in rejected} == {
        ".env": "secret",
        "private/new.py": "ignored",
        "private/there.py": "ignored",
        "node_modules/a/index.js": "ignored",
        "../melon.py": "ignored",
        "package-lock.json": "lock file",
        "shop/prices.py": "too large",
        "shop/bytes.py": "binary",
    }
    assert not editor.search("melon")
    # Where the newest text cannot be used, an older one must not be used either.
    assert editor.search("gross_price") == shell.search("gross_price")


def test_secrets_in_a_buffer_are_redacted(editor: Index) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "F6g7H8"
    editor.overlay({"shop/token.py": f'def token():\n    return "{secret}"\n'})
    (hit,) = editor.search("def token return", 1)
    assert hit.path == "shop/token.py"
    assert secret not in hit.text


@pytest.mark.slow
def test_a_new_owner_gets_the_buffers_again(editor: Index, options: IndexOptions) -> None:
    editor.overlay({"shop/refunds.py": REFUND, "shop/prices.py": PRICES + REFUND})
    editor.overlay({"shop/prices.py": None})
    assert options.home is not None
    (owner,) = owners(options.home)
    owner.kill()
    psutil.wait_procs([owner], timeout=PATIENCE)
    assert {hit.path for hit in editor.search("refund_customer")} == {"shop/refunds.py"}


def test_buffers_are_removed_with_their_client(workspace: Path, options: IndexOptions, editor: Index) -> None:
    editor.overlay({"shop/prices.py": PRICES + REFUND})
    editor.close()
    with Index.open(workspace, options) as other:
        assert not other.search("refund_customer")
