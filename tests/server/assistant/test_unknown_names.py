"""Names in an answer that occur nowhere in the workspace are marked; everything else stays as it is."""

from pathlib import Path

import pytest

from fieldguide_server.assistant.citations.checker import CitationChecker
from fieldguide_server.assistant.citations.unknown_names import MARK, MarkedText, mark_unknown
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace


@pytest.fixture
def index(tmp_path: Path) -> MemoryIndex:
    return MemoryIndex(write_workspace(tmp_path / "shop"))


def marked(index: MemoryIndex, text: str) -> MarkedText:
    def is_known(name: str) -> bool:
        found = index.lookup(name)
        return bool(found.definitions or found.references)

    def is_defined(name: str) -> bool:
        return bool(index.lookup(name).definitions)

    checker = CitationChecker(index.folder, index.read, ("shop/prices.py",), is_known)
    return mark_unknown(text, checker.is_known, is_defined, checker.is_file)


@pytest.mark.parametrize(
    "name",
    [
        "sign_cookies",
        "signCookie()",
        "SessionStore.sign_all",
        "SessionStore.signs",
        "self.sign_everything",
        "SESSION_COOKIE_NAME",
        "shop/cookies.py",
        "cookies.py",
        "format_price_list(price)",
    ],
)
def test_a_name_that_occurs_nowhere_is_marked(index: MemoryIndex, name: str) -> None:
    named = marked(index, f"The digest comes from `{name}` at once.")
    assert named == MarkedText(f"The digest comes from `{name}` {MARK} at once.", (name,))


@pytest.mark.parametrize(
    "text",
    [
        "It calls `sign_cookie`, `SessionStore.rollback` and `format_price(price)`.",
        "See `shop/sessions.py`, `prices.py`, `README.md` and `make serve`.",
        "It uses `hmac.new`, `os.path.join_all`, `contextlib.aclosing` and `FileNotFoundError`.",
        "`store.flush_everything` is called on a variable that may be of another package.",
        "You could add `sign_twice`, or create `shop/twice.py`.",
        "There is no `sign_all`, and `sign_none` is not defined.",
        "React's `useEffect` is general knowledge, from another library.",
        "Set `YOUR_API_KEY`, `my_value`, `fooBar` or `<a_name>`.",
        "Plain words such as `cookie`, `digest`, `True`, `main` and `--max-lines` are no names.",
        "A route `/users/list`, a branch `feature/new_shop`, a glob `*.py` and `a b_c`.",
        "```python\nsign_everything(cookie_jar)\n`sign_cookies`\n```",
        "sign_cookies without backticks",
    ],
)
def test_what_exists_or_is_proposed_or_denied_or_general_stays_as_it_is(
    index: MemoryIndex, text: str
) -> None:
    assert marked(index, text) == MarkedText(text)


def test_a_name_is_marked_once_a_sentence_and_listed_once(index: MemoryIndex) -> None:
    named = marked(index, "`sign_all` calls `sign_all`. Then `sign_all` ends.")
    assert named.text == f"`sign_all` {MARK} calls `sign_all`. Then `sign_all` {MARK} ends."
    assert named.unknown == ("sign_all",)


def test_many_names_are_looked_up_a_bounded_number_of_times(index: MemoryIndex) -> None:
    lookups: list[str] = []

    def is_known(name: str) -> bool:
        lookups.append(name)
        return True

    mark_unknown(" ".join(f"`get_name_{n}`." for n in range(500)), is_known, is_known, is_known)
    assert 0 < len(lookups) <= 60
