"""Hover cards: which word is a name, and the text of its card."""

from pathlib import Path

import pytest
from lsprotocol import types
from markdown_it import MarkdownIt

from fieldguide_indexer import Definition, Lookup, Reference
from fieldguide_server.hover_cards.card import CursorPlace, name_card
from fieldguide_server.hover_cards.symbol_at import Name, NameStyle, name_at
from tests.server.lsp_client import Client

MARKDOWN, PLAIN = types.MarkupKind.Markdown, types.MarkupKind.PlainText
FOLDER = Path(Path.cwd().anchor) / "w"
CODE, MARKED, PROSE = NameStyle.CODE, NameStyle.MARKED, NameStyle.PROSE


def read(text: str, path: str = "a.py") -> Name | None:
    """The name where ``text`` has a ``|``."""
    at = text.index("|")
    text = text.replace("|", "")
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    return name_at(text, start, line, at - start, path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = n|aïve.run()", "naïve"),
        ("x = naïve.r|un()", "naïve.run"),
        ("x = naïve|.run()", "naïve"),
        ("run|(x)", "run"),
        ("(|run", "run"),
        ("self.sessions.o|pen", "sessions.open"),
        ("std::io::r|ead", "std::io::read"),
        ("a().o|pen", "open"),
        ("4|2", None),
        ("x =| 1", None),
        ("x" * 20_000 + "|", None),
    ],
)
def test_the_name_under_the_cursor_is_qualified(text: str, expected: str | None) -> None:
    name = read(text)
    assert (name and name.text) == expected


@pytest.mark.parametrize(
    ("path", "text", "style"),
    [
        ("a.py", "ru|n = 1  # why", CODE),
        ("a.py", "x = 1  # ru|n it", PROSE),
        ("a.py", "x = 1  # ru|n() it", MARKED),
        ("a.py", "x = 1  # `ru|n` it", MARKED),
        ("a.py", "x = 'ru|n it'", PROSE),
        ("a.py", "x = f'{ru|n} it'", MARKED),
        ("a.py", "x = f'{run} i|t'", PROSE),
        ("a.py", '"""First.\n\nThen ru|n it.\n"""\n', PROSE),
        ("a.py", '"""First."""\nru|n\n', CODE),
        ("a.py", "x = 'it\\'s' + ru|n", CODE),
        ("a.py", "x = 'open\nru|n", CODE),
        ("a.ts", "// ru|n it", PROSE),
        ("a.ts", "/* first\n ru|n it */", PROSE),
        ("a.ts", "/* first */ ru|n", CODE),
        ("a.ts", "x = `a ${ru|n} b`", MARKED),
        ("a.ts", "x = `a ru|n b`", PROSE),
        ("a.rs", "fn f<'a>(x: &'a ru|n) {}", CODE),
        ("a.rs", "x = '\"'; ru|n", CODE),
        ("a.go", "x := `raw\nru|n`", PROSE),
        ("a.sh", "ru|n # it", CODE),
        ("a.sql", "-- ru|n it", PROSE),
        ("a.md", "First ru|n it", PROSE),
        ("a.md", "First `ru|n` it", MARKED),
        ("a.md", "```\nru|n\n```\n", MARKED),
        ("a.md", "```\nx\n```\nru|n\n", PROSE),
        ("a.yml", "ru|n: it", PROSE),
        ("Makefile", "ru|n: it", PROSE),
    ],
)
def test_code_is_distinguished_from_comments_strings_and_documents(
    path: str, text: str, style: NameStyle
) -> None:
    name = read(text, path)
    assert name is not None
    assert name.style is style


def define(path: str, line: int = 12, name: str = "open", **more: str) -> Definition:
    given = {"symbol": f"Index.{name}", "kind": "method", **more}
    return Definition(path, line, line + 8, name, **given)


def card(lookup: Lookup, name: Name, path: str, kind: types.MarkupKind = PLAIN, line: int = 1) -> list[str]:
    return name_card(name, lookup, CursorPlace(FOLDER, path, line), kind).splitlines()


OPEN = Name("open", "open", CODE)


def test_a_hover_has_at_most_twelve_lines_and_links_to_the_place() -> None:
    long = "\n".join(f"line {number}" for number in range(30))
    definitions = tuple(define(f"{name}.py", signature=long, doc=long) for name in "abcd")
    lines = card(Lookup("open", definitions, (Reference("x.py", 1, "open"),)), OPEN, "b.py", MARKDOWN)
    assert len(lines) <= 12
    assert lines[0] == "```python"
    place = (FOLDER / "b.py").as_uri()
    assert f"`Index.open` in [`b.py:12`]({place}#L12) · 1 reference" in lines
    assert lines[-1].startswith("Also [`a.py:12`](")
    assert lines[-1].endswith(" and 1 more")


def test_a_hover_prefers_the_nearest_definition() -> None:
    far = [define("z.go"), define("y.py"), define("here.py", 1), define("here.py", 40), define("here.py", 80)]
    lookup = Lookup("open", tuple(far))
    assert card(lookup, OPEN, "here.py", line=44)[1].startswith("Index.open in here.py:40 ")
    assert card(lookup, OPEN, "here.py", line=39)[1].startswith("Index.open in here.py:1 ")
    assert card(lookup, OPEN, "other.py")[1].startswith("Index.open in y.py:12 ")
    assert card(Lookup("open"), OPEN, "here.py") == []


@pytest.mark.parametrize(
    ("name", "path", "is_shown"),
    [
        (Name("open", "open", CODE), "a.py", True),
        (Name("open", "open", CODE), "a.pyi", True),
        (Name("open", "open", CODE), "a.ts", False),
        (Name("open", "open", PROSE), "a.py", False),
        (Name("open", "open", MARKED), "a.ts", True),
        (Name("open", "open", PROSE), "README.md", False),
        (Name("open_it", "open_it", PROSE), "README.md", True),
        (Name("openIt", "openIt", CODE), "a.ts", True),
    ],
)
def test_a_word_of_prose_is_not_taken_for_a_name(name: Name, path: str, *, is_shown: bool) -> None:
    lookup = Lookup(name.word, (define("lib.py", name=name.word),))
    assert bool(card(lookup, name, path)) is is_shown


def test_a_capitalized_word_of_prose_is_a_type_or_nothing() -> None:
    name = Name("Session", "Session", PROSE)
    assert card(Lookup("Session", (define("a.py", name="Session", kind="class"),)), name, "README.md")
    assert not card(Lookup("Session", (define("a.go", name="Session", kind="function"),)), name, "README.md")


def test_a_hover_without_a_signature_names_the_kind_and_symbol() -> None:
    lookup = Lookup("open", (define("a.py", symbol="open"),))
    assert card(lookup, OPEN, "a.py") == ["method open", "a.py:12 · 0 references"]


def test_parameters_on_separate_lines_are_joined_without_extra_spaces() -> None:
    lookup = Lookup("open", (define("a.py", signature="def open( self, path: str, ) -> dict[ str, int ]"),))
    assert card(lookup, OPEN, "a.py")[0] == "def open(self, path: str) -> dict[str, int]"


def test_no_number_is_shown_for_more_references_than_are_counted() -> None:
    many = tuple(Reference("x.py", number, "open") for number in range(150))
    assert card(Lookup("open", (define("a.py"),), many), OPEN, "a.py")[-1].endswith(
        " · more than 100 references"
    )


def test_a_repository_puts_no_image_link_or_html_into_a_hover() -> None:
    doc = "See ![x](http://evil/x.png), [y](http://evil) and <img src=z>; `a[0]` stays."
    lookup = Lookup("open", (define("__init__.py", signature="def f(x='```\n![](http://evil)\n')", doc=doc),))
    lines = card(lookup, OPEN, "a.py", MARKDOWN)
    assert r"See !\[x\](http://evil/x.png), \[y\](http://evil) and \<img src=z>; `a[0]` stays." in lines
    assert [line for line in lines if line.startswith("```")] == ["```python", "```"]
    evil = Lookup("open", (define("`](http://evil) [`.py"),))
    text, link, _ = card(evil, OPEN, "a.py", MARKDOWN)[-1].partition("](file:")
    assert link
    assert "evil" in text
    assert "`](http://evil)" not in text


FORGED = "[x](command:fieldguide.chat.ask?%5B%5D)"


@pytest.mark.parametrize(
    "doc",
    [
        FORGED,
        f"\\{FORGED}",
        f"\\\\\\{FORGED}",
        f"``{FORGED}",
        f"`{FORGED}``",
        f"\\`{FORGED}`",
        f"one ` tick\n`{FORGED}`",
        f"`` `{FORGED}` ``",
        f"a|b\n-|-\n`y|{FORGED}|`",
        "`[x`](command:ask)",
        "[x]: command:ask\n[x]",
        "`[x]:command:ask`\n`[x]`",
        "<command:ask>",
        "`\\`<command:ask>`",
        "comm&#97;nd: [x](comm&#97;nd:ask)",
    ],
)
def test_no_docstring_forges_a_link_to_a_command(doc: str) -> None:
    links = " · [Ask](command:ours)"
    name = Name("open", "open", CODE)
    shown = name_card(
        name, Lookup("open", (define("a.py", doc=doc),)), CursorPlace(FOLDER, "a.py", 1), MARKDOWN, links
    )
    assert link_targets(shown) == [f"{(FOLDER / 'a.py').as_uri()}#L12", "command:ours"]


@pytest.mark.parametrize(
    "forged",
    [
        define("a.py", symbol=f"Guide `{FORGED}"),
        define("a.x`", signature=FORGED),
        define(f"a\n\n{FORGED}.py"),
        define("a.py", signature=f"f()\n~~~\n```{FORGED}"),
    ],
)
def test_no_name_of_a_file_or_symbol_forges_a_link_to_a_command(forged: Definition) -> None:
    shown = "\n".join(card(Lookup("open", (forged,)), OPEN, forged.path, MARKDOWN))
    assert [each.partition(":")[0] for each in link_targets(shown)] == ["file"]


def test_code_in_a_docstring_stays_code() -> None:
    doc = "Takes ``dict[str, int]`` or `List<T>`, gives `x`."
    assert doc in card(Lookup("open", (define("a.py", doc=doc),)), OPEN, "b.py", MARKDOWN)


def link_targets(markdown: str) -> list[str]:
    """Where the links and images of a text lead, by a parser that lets every address pass, as VS Code's does."""

    def every(url: str) -> bool:
        return bool(url)

    parser = MarkdownIt("commonmark").enable("table")
    parser.validateLink = every  # type: ignore[method-assign]
    inline = [child for token in parser.parse(markdown) for child in token.children or []]
    return [
        str(each.attrs.get("href") or each.attrs.get("src"))
        for each in inline
        if each.type in ("link_open", "image")
    ]


async def test_hover_shows_definitions_and_counts_references_next_to_wide_characters(
    client: Client, tmp_path: Path
) -> None:
    client.index.definitions["main"] = (
        Definition("lib.py", 9, 9, "main", "main", "function", "def main(x)", ""),
        Definition("app.py", 1, 4, "main", "main", "function", "def main()", "Starts it."),
    )
    await client.initialize(tmp_path)
    uri = client.opened(tmp_path / "app.py", 'x = "😀"; main()\n')
    await client.request("fieldguide/search", {"query": "x"})
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 10}}
    shown = (await client.request("textDocument/hover", place))["contents"]["value"]
    assert shown.splitlines() == ["def main()", "Starts it.", "", "app.py:1 · 1 reference", "Also lib.py:9"]
    place["position"] = {"line": 0, "character": 5}
    assert await client.request("textDocument/hover", place) is None


async def test_hover_can_be_disabled_by_initialization_options(client: Client, tmp_path: Path) -> None:
    client.index.definitions["main"] = (Definition("app.py", 1, 4, "main", "main", "function"),)
    await client.initialize(tmp_path, initializationOptions={"hover": {"enabled": False}})
    uri = client.opened(tmp_path / "app.py", "main()\n")
    await client.request("fieldguide/search", {"query": "x"})
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert await client.request("textDocument/hover", place) is None
