"""Citations in a model's text: right ones stay, slightly wrong ones are corrected, wrong ones are removed."""

import time
from pathlib import Path

import pytest

from fieldguide_server.assistant.citations.checker import CheckedText, CitationChecker
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace

SESSIONS = "shop/sessions.py"


@pytest.fixture
def checker(tmp_path: Path) -> CitationChecker:
    index = MemoryIndex(write_workspace(tmp_path / "shop"))

    def is_known(name: str) -> bool:
        found = index.lookup(name)
        return bool(found.definitions or found.references)

    return CitationChecker(index.folder, index.read, (SESSIONS, "shop/prices.py"), is_known)


def places(checked: CheckedText) -> list[str]:
    return [str(citation) for citation in checked.citations]


def test_a_quote_in_the_cited_lines_is_verified_and_leaves_the_text(
    checker: CitationChecker,
) -> None:
    checked = checker.check(f'Cookies are signed [{SESSIONS}:14-17 "hmac.new(self.secret, value.encode()"].')
    assert checked.text == f"Cookies are signed [{SESSIONS}:14-17]."
    assert (places(checked), checked.removed, checked.corrected) == ([f"{SESSIONS}:14-17"], 0, 0)
    assert checked.citations[0].verified


@pytest.mark.parametrize(
    "quote",
    [
        "hmac.new( self.secret,value.encode(),  hashlib.sha256 )",
        "digest = hmac.new(self.secret, ... .hexdigest()",
        "16| digest = hmac.new(self.secret, value.encode()",
        'return f"{value}.{digest}"',
        'return f\\"{value}.{digest}\\"',
        '.hexdigest() return f"{value}',
    ],
)
def test_a_quote_may_differ_in_spaces_line_breaks_line_numbers_and_left_out_words(
    checker: CitationChecker, quote: str
) -> None:
    assert places(checker.check(f'It signs [{SESSIONS}:14-17 "{quote}"].')) == [f"{SESSIONS}:14-17"]


def test_a_quote_with_brackets_and_quotes_inside_ends_where_its_citation_ends(
    checker: CitationChecker,
) -> None:
    checked = checker.check(
        f'Rows [{SESSIONS}:21 "self.rows[session["id"]] = session"] and [README.md:3 "port 8080"].'
    )
    assert checked.text == f"Rows [{SESSIONS}:21] and [README.md:3]."


def test_a_quote_elsewhere_in_the_file_corrects_the_lines(checker: CitationChecker) -> None:
    checked = checker.check(f'Rows are cleared [{SESSIONS}:4 "self.rows.clear()"].')
    assert (checked.text, checked.corrected) == (f"Rows are cleared [{SESSIONS}:25].", 1)


def test_a_shortened_path_is_completed_when_only_one_shown_file_can_be_meant(
    checker: CitationChecker,
) -> None:
    checked = checker.check('The tax is added [prices.py:6-8 "net * (1 + VAT)"].')
    assert (checked.text, checked.corrected) == ("The tax is added [shop/prices.py:6-8].", 1)


@pytest.mark.parametrize(
    "sentence",
    [
        "`sign_cookie` appends the digest [shop/sessions.py:14-17]",
        "sign_cookie() appends the digest [shop/sessions.py:14-17]",
        "`SessionStore.sign_cookie` appends it [shop/sessions.py:L14-L17]",
        "Every row is forgotten on rollback [shop/sessions.py:23-25]",
        "`shop/sessions.py:23-25` holds `rollback`",
        "`rollback` is in shop/sessions.py:23-25",
        "- `rollback` forgets\n  all rows ([shop/sessions.py:23-25])",
        "`rollback` forgets all rows. [shop/sessions.py:23-25]",
        "The store and the till [shop/sessions.py:7-8, shop/checkout.py:7-8] know `SessionStore`",
        "### [shop/sessions.py:14-17] `sign_cookie`",
    ],
)
def test_a_claim_whose_names_or_rare_words_stand_in_the_lines_is_verified(
    checker: CitationChecker, sentence: str
) -> None:
    checked = checker.check(sentence)
    assert checked.removed == 0
    assert checked.citations


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("`sign_cookie` appends the digest [shop/sessions.py:19-21]", id="wrong lines"),
        pytest.param("`sign_cookie` appends the digest [shop/sessions.py:140-170]", id="no such lines"),
        pytest.param("`sign_cookie` appends the digest [shop/sessions.py:17-14]", id="lines backwards"),
        pytest.param("`sign_cookie` appends the digest [shop/sessions.py:0]", id="line nought"),
        pytest.param("`sign_cookie` appends the digest [shop/prices.py:6-8]", id="wrong file"),
        pytest.param("`sign_cookie` appends the digest [shop/cookies.py:14-17]", id="no such file"),
        pytest.param("`sign_cookie` appends it, see `shop/cookies.py:14`", id="no such file, in backticks"),
        pytest.param('It signs [shop/sessions.py:14-17 "hmac.digest(self.secret)"]', id="invented quote"),
        pytest.param('It signs [shop/prices.py:6-8 "hmac.new(self.secret"]', id="quote of another file"),
        pytest.param('It signs [shop/sessions.py:14-17 ").("]', id="quote that proves nothing"),
        pytest.param("`sign_cookies` appends the digest [shop/sessions.py:14-17]", id="renamed symbol"),
        pytest.param("`SessionStore.sign_all` signs [shop/sessions.py:14-17]", id="renamed method"),
        pytest.param(
            '`seal_cookie` signs [shop/sessions.py:14-17 "hmac.new(self.secret"]', id="renamed, quoted"
        ),
        pytest.param("It is fast and simple [shop/sessions.py:14-17]", id="nothing in common"),
        pytest.param("[shop/sessions.py:14-17]", id="no claim"),
        pytest.param('Passwords [/etc/passwd:1 "root:x:0:0"]', id="absolute path"),
        pytest.param('Passwords [../../etc/passwd:1 "root"]', id="path out of the folder"),
        pytest.param('Passwords [C:/secrets.txt:1 "root"]', id="drive"),
    ],
)
def test_a_wrong_statement_loses_its_citation(checker: CitationChecker, sentence: str) -> None:
    checked = checker.check(sentence)
    assert (checked.citations, checked.removed) == ((), 1)
    assert ":14" not in checked.text


def test_only_the_wrong_citation_of_several_in_a_bracket_is_removed(checker: CitationChecker) -> None:
    checked = checker.check("`rollback` clears (see [shop/sessions.py:23-25; shop/sessions.py:1-2]).")
    assert (checked.text, checked.removed) == ("`rollback` clears (see [shop/sessions.py:23-25]).", 1)


def test_a_removed_citation_leaves_no_gap(checker: CitationChecker) -> None:
    checked = checker.check("It is so [no.py:1]. And so ([no.py:2], [no.py:3]), thus.")
    assert checked.text == "It is so. And so, thus."


def test_a_link_that_leads_out_of_the_workspace_cannot_be_cited(
    checker: CitationChecker, tmp_path: Path
) -> None:
    (tmp_path / "outside.py").write_text("secret_word = 1\n", encoding="utf-8")
    try:
        (tmp_path / "shop" / "inside.py").symlink_to(tmp_path / "outside.py")
    except OSError:
        pytest.skip("links cannot be made here")
    assert checker.check('It is [inside.py:1 "secret_word = 1"].').citations == ()


@pytest.mark.parametrize(
    "text",
    [
        "Open http://localhost:8080 or `db.example.com:5432`; image `redis/redis-stack:7`, version 1.2:3.",
        "The slice `x[a:12]` and y[b.c:12], a footnote [1], 10:30 and [10:30].",
        "```python\nprint(rows[shop.start:12])\n```\n",
        "",
    ],
)
def test_what_only_looks_like_a_citation_stays_as_it_is(checker: CitationChecker, text: str) -> None:
    checked = checker.check(text)
    assert (checked.text, checked.removed, checked.citations) == (text, 0, ())


def test_paths_with_brackets_and_spaces_can_be_cited(tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop")
    (folder / "app").mkdir()
    checker = CitationChecker(folder, MemoryIndex(folder).read)
    (folder / "app" / "[id] page.tsx").write_text("export const UserPage = 1\n", encoding="utf-8")
    assert places(checker.check('It is [app/[id] page.tsx:1 "const UserPage"].')) == ["app/[id] page.tsx:1"]


ODD_PATHS = [
    "notes/C# tips #1.py",
    "routes/users.$userId.tsx",
    "My Docs/read me first.py",
    "app/docs/[[...slug]]/page.tsx",
    "app/(shop)/users/[id]/page.tsx",
    "src/a+b, c & d.ts",
    "Größen/größe.py",
    "web/@types/it's.d.ts",
    "plain/page.py",
]


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize(
    "form",
    [
        "[{}:2-3]",
        "`{}:2-3`",
        "({}:2-3)",
        "**{}:2-3**",
        "*`{}:2-3`*",
        "[{}#L2-L3]",
        "`{}#L2-L3`",
        "{}#L2-L3",
        "{}:2:1-3:9",
        "{} lines 2-3",
        "`{}` lines 2-3",
        "`{}` (lines 2-3)",
        "`{}`:2-3",
        "**{}**, lines 2–3",
        "[page.py]({}#L2-L3)",
        "[1]({}:2-3)",
        "[`rollback`](<{}#L2-L3>)",
        '[{}:2-3 "def rollback"]',
    ],
)
def test_the_longest_path_of_a_file_before_a_line_is_the_path(tmp_path: Path, path: str, form: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text("# first\ndef rollback(rows):\n    rows.clear()\n", encoding="utf-8")
    checked = CitationChecker(tmp_path, MemoryReader(tmp_path).read).check(
        f"`rollback` clears rows, see {form.format(path)}."
    )
    assert (places(checked), checked.removed) == ([f"{path}:2-3"], 0)
    assert f"[{path}:2-3]" in checked.text
    assert checked.text.count("2-3") == 1
    assert "\ue000" not in checked.text
    assert checked.text.count("`") % 2 == 0


class MemoryReader:
    """Reads the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None


@pytest.mark.parametrize(
    "text",
    ["a b:1 " * 5_000, "[a](b#L1) " * 3_000, "x" * 30_000 + ":1", "[" * 20_000, "`a` lines 1-2 " * 2_000],
)
def test_hostile_citations_are_read_in_linear_time(checker: CitationChecker, text: str) -> None:
    begun = time.perf_counter()
    checker.check(text)
    assert time.perf_counter() - begun < 5


def test_long_hostile_text_is_checked_without_harm(checker: CitationChecker) -> None:
    hostile = "[a" * 20_000 + "`" * 10_000 + "a/" * 20_000 + '[shop/sessions.py:1 "' * 2_000
    assert checker.check(hostile).citations == ()


CODE = """    def rollback(self) -> None:
        \"\"\"Forget every row that was written.\"\"\"
        self.rows.clear()
"""


@pytest.mark.parametrize(
    ("heading", "becomes"),
    [
        ("# shop/sessions.py:23-25", "# shop/sessions.py:23-25"),
        ("# [shop/sessions.py:23-25]", "# [shop/sessions.py:23-25]"),
        ("# shop/sessions.py:1-3", "# shop/sessions.py:23-25"),
        ("# sessions.py:23", "# shop/sessions.py:23-25"),
        ("# shop/prices.py:6-8", "# shop/prices.py"),
        ("# [shop/prices.py:6-8]", "# "),
        ("# shop/cookies.py:6-8", "# shop/cookies.py"),
        ('# [shop/cookies.py:6 "def cook"]', "# "),
        ('# [shop/sessions.py:25 "self.rows.clear()"]', "# [shop/sessions.py:25]"),
    ],
)
def test_a_place_above_code_in_a_block_is_proven_by_that_code(
    checker: CitationChecker, heading: str, becomes: str
) -> None:
    checked = checker.check(f"So:\n```python\n{heading}\n{CODE}```\nThat is all.")
    assert checked.text == f"So:\n```python\n{becomes}\n{CODE}```\nThat is all."


def test_each_line_of_a_listing_in_a_block_is_checked_by_itself(checker: CitationChecker) -> None:
    listing = "shop/sessions.py:25: self.rows.clear()\nshop/sessions.py:25: self.rows.pop()\nx[a:12] b.c:12"
    checked = checker.check(f"```\n{listing}\n```")
    assert checked.text == f"```\n{listing.replace(':25: self.rows.pop', ': self.rows.pop')}\n```"
    assert (checked.verified, checked.removed) == (1, 1)


def test_verified_corrected_and_removed_citations_are_counted(checker: CitationChecker) -> None:
    checked = checker.check(
        "`sign_cookie` signs [shop/sessions.py:14-17]. "
        '`rollback` clears [shop/sessions.py:2 "self.rows.clear()"]. '
        "`sign_cookie` signs [shop/sessions.py:14-17] and `rollback` is in [shop/prices.py:1-2]."
    )
    assert (checked.verified, checked.corrected, checked.removed) == (3, 1, 1)
    assert places(checked) == ["shop/sessions.py:14-17", "shop/sessions.py:25"]


@pytest.fixture
def routes(tmp_path: Path) -> CitationChecker:
    text = "".join(
        f"def view_{name}(request):\n    check(request)\n    return render(request, '{name}.html')\n\n\n"
        for name in ("login", "logout", "profile")
    )
    (tmp_path / "routes.py").write_text(text, encoding="utf-8")
    return CitationChecker(tmp_path, MemoryIndex(tmp_path).read)


@pytest.mark.parametrize(
    ("sentence", "becomes"),
    [
        ("`view_login` calls `check` [routes.py:2]", "[routes.py:2]"),
        ("`view_login` calls `check` [routes.py:7]", ""),
        ("`view_logout` calls `check` [routes.py:6-8]", "[routes.py:6-8]"),
        ('`view_logout` checks first [routes.py:7 "check(request)"]', "[routes.py:7]"),
        ('`view_profile` checks first [routes.py:7 "check(request)"]', "[routes.py:12]"),
        ("`view_login` is here [routes.py:11-13]", ""),
    ],
)
def test_a_quote_that_occurs_often_is_proven_only_where_the_claim_s_subject_is(
    routes: CitationChecker, sentence: str, becomes: str
) -> None:
    assert routes.check(sentence).text == f"{sentence[: sentence.index('[')]}{becomes}".strip()


def test_lines_that_say_far_less_than_others_of_the_file_are_the_wrong_ones(tmp_path: Path) -> None:
    text = "# retry: see below\n" + "x = 1\n" * 30 + "# Retry a failed upload with exponential backoff.\n"
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    checker = CitationChecker(tmp_path, MemoryIndex(tmp_path).read)
    claim = "A failed upload is tried again (retry) with exponential backoff"
    assert places(checker.check(f"{claim} [a.py:32].")) == ["a.py:32"]
    assert places(checker.check(f"{claim} [a.py:1-2].")) == []
