"""Chunks: small enough, disjoint, in order and complete; split where the text has boundaries."""

import random
from collections.abc import Sequence

import pytest

from fieldguide_indexer.chunking import MAX_TOKENS, chunk, detect_language
from fieldguide_indexer.tokens import count_tokens
from fieldguide_indexer.types import Chunk, Document


def chunks_of(path: str, text: str) -> tuple[Chunk, ...]:
    return chunk(Document(path, text)).chunks


def places(chunks: Sequence[Chunk]) -> list[tuple[int, int, str]]:
    return [(one.start_line, one.end_line, one.symbol) for one in chunks]


def method(name: str, statements: int) -> str:
    body = "".join(f"        value_{n} = self.compute(value_{n}, other={n})\n" for n in range(statements))
    return f"    def {name}(self):\n{body}\n"


def assert_sound(document: Document) -> None:
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    covered: dict[int, str] = {}
    last = 0
    for one in chunk(document).chunks:
        assert 1 <= one.start_line <= one.end_line <= len(lines)
        assert count_tokens(one.text) <= MAX_TOKENS
        if one.text == "\n".join(lines[one.start_line - 1 : one.end_line]):
            assert one.start_line > last
            covered |= dict(enumerate(lines[one.start_line - 1 : one.end_line], one.start_line))
        else:  # a part of one long line
            assert one.start_line == one.end_line >= last
            covered[one.start_line] = covered.get(one.start_line, "") + one.text
        last = one.end_line
    for number, line in enumerate(lines, 1):
        assert covered.get(number, "").split() == line.split()


_RANDOM = random.Random(7)
HARD_TEXTS = {
    "empty.py": "",
    "blank.go": "\n\n \t\n",
    "no_final_newline.py": "def f():\n    return 1",
    "windows.py": "def f():\r\n    return 1\r\n\r\n" * 300,
    "old_mac.py": "def f():\r    return 1\r" * 300,
    "separators.py": "a = '\u2028\x0c\x85'\nb = 1\x1c\n" * 300,
    "nul.c": "int f(void) {\n\0\0 return 1;\0 }\n" * 300,
    "surrogates.py": "def f\ud800(): pass\n# \udfff\n" * 300,
    "byte_order_mark.py": "\ufeffdef f(): pass\n",
    "broken.ts": "class {{{ => function (((\n" * 400,
    "deep.js": "function f(){" * 5_000,
    "deep_classes.py": "".join(" " * n + f"class C{n}:\n" for n in range(300)),
    "one_line.js": "".join(f"function f{n}(a){{return a}}" for n in range(2_000)),
    "one_word.txt": "x" * 100_000,
    "spaces.txt": " " * 300_000 + "x",
    "data.json": "[" * 30_000,
    "slashes.cpp": ("}\n" + "/" * 300 + "\n") * 200,
    "titles.md": "".join("#" * (n % 7) + f" t{n}\n===\n" for n in range(800)),
    "titles.rst": "Title\n=====\n" * 500,
    "emoji.md": "👩‍👩‍👧 é, " * 5_000,
    "C:\\repo\\main.py": "def f(): pass\n",
    "noise.py": "".join(_RANDOM.choice(" \n\t():#'\"defclass@\\") for _ in range(30_000)),
    "noise.cpp": "".join(_RANDOM.choice(" \n{}()<>;:=*&/'\"template") for _ in range(30_000)),
    "noise.rb": "".join(_RANDOM.choice(" \n{}()|%/'\"defclassendo") for _ in range(30_000)),
}


@pytest.mark.parametrize("path", HARD_TEXTS)
def test_chunks_of_any_text_are_small_disjoint_ordered_and_complete(path: str) -> None:
    assert_sound(Document(path, HARD_TEXTS[path]))


def test_an_unknown_language_is_cut_as_text() -> None:
    assert_sound(Document("x", "some words\n" * 2_000, language="../cobol"))


@pytest.mark.slow
def test_nested_nonsense_that_a_parser_cannot_finish_is_cut_as_text() -> None:
    result = chunk(Document("slow.scala", "a{([" * 20_000))
    assert result.chunks
    assert result.definitions == ()


def test_tiny_functions_share_a_chunk() -> None:
    text = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(60))
    chunks = chunks_of("many.py", text)
    assert 2 <= len(chunks) <= 5
    assert chunks[0].symbol == "f0"


def test_a_class_that_fits_stays_whole() -> None:
    text = "import os\n\n\nclass Whole:\n" + "".join(method(f"m{n}", 4) for n in range(4))
    whole = chunks_of("whole.py", text)[-1]
    assert whole.symbol == "Whole"
    assert whole.text.count("def ") == 4


def test_a_large_class_is_cut_at_its_members_with_its_head_first() -> None:
    members = [method("first", 20), method("second", 20), method("third", 20)]
    text = (
        "class Large(Base):\n    '''Does more than one class should, and says so at some length.'''\n\n"
        + "".join(members)
    )
    assert places(chunks_of("large.py", text)) == [
        (1, 2, "Large"),
        (4, 24, "Large.first"),
        (26, 46, "Large.second"),
        (48, 68, "Large.third"),
    ]


def test_a_closing_brace_goes_with_the_last_member() -> None:
    member = "".join(f"    int value{n} = compute(other, {n});\n" for n in range(15))
    text = (
        "class A {\n" + "".join(f"  int m{n}() {{\n{member}    return 1;\n  }}\n" for n in range(5)) + "}\n"
    )
    last = chunks_of("A.java", text)[-1]
    assert last.symbol == "A.m4"
    assert last.text.endswith("  }\n}")


def test_a_long_function_is_cut_before_statements_and_not_inside_them() -> None:
    step = "    for item in items:\n        handle(item, first=1, second=2)\n        log(item, 'handled')\n\n"
    chunks = chunks_of("long.py", "def long(items):\n" + step * 60)
    assert len(chunks) > 2
    assert {one.symbol for one in chunks} == {"long"}
    assert all(one.text.startswith("    for item") for one in chunks[1:])


def test_comments_and_decorators_stay_with_what_they_precede() -> None:
    filler = method("filler", 30)
    text = f"class A:\n{filler}    # Opens it.\n    @cached\n    def open(self):\n        pass\n\n{filler}"
    chunks = chunks_of("a.py", text)
    opening = next(one for one in chunks if "def open" in one.text)
    assert opening.text.startswith("    # Opens it.\n    @cached\n    def open")
    assert opening.doc == "Opens it."


def test_a_long_line_is_cut_into_chunks_of_the_same_line() -> None:
    line = "A sentence of some words. " * 400
    chunks = chunks_of("line.txt", f"before\n{line}\nafter")
    parts = [one.text for one in chunks if one.start_line == one.end_line == 2]
    assert "".join(parts) == line
    assert all(part.endswith(". ") for part in parts)


def test_prose_is_cut_between_paragraphs() -> None:
    paragraph = "A sentence of some words on a line.\n" * 6
    chunks = chunks_of("notes.txt", f"{paragraph}\n" * 30)
    assert len(chunks) > 1
    assert all(one.text.count("\n") % 7 == 5 for one in chunks)
    assert {one.kind for one in chunks} == {"text"}


WORDS = "Some words of prose that fill this section.\n" * 40
SECTIONS = [
    (
        "guide.md",
        f"---\ntitle: Guide\n---\n# Guide\n\n{WORDS}\n## Install `pip`\n\n{WORDS}\n```sh\n# no heading\n```\n\n"
        f"Under\nline\n\nUsage\n-----\n\n{WORDS}\n### On [Windows](w.md)\n\n{WORDS}",
        ["Guide", "Guide > Install pip", "Guide > Usage", "Guide > Usage > On Windows"],
    ),
    (
        "guide.rst",
        f"=====\nGuide\n=====\n\n{WORDS}\nInstall\n-------\n\n{WORDS}\nOn Windows\n~~~~~~~~~~\n\n{WORDS}\n"
        f"Usage\n-----\n\n{WORDS}",
        ["Guide", "Guide > Install", "Guide > Install > On Windows", "Guide > Usage"],
    ),
    (
        "guide.adoc",
        f"= Guide\n\n{WORDS}\n== Install\n\n{WORDS}\n----\n== no heading\n----\n\n=== Deep\n\n{WORDS}",
        ["Guide", "Guide > Install", "Guide > Install > Deep"],
    ),
]


@pytest.mark.parametrize(("path", "text", "symbols"), SECTIONS, ids=["markdown", "rst", "asciidoc"])
def test_prose_with_headings_is_cut_into_sections_named_by_their_path(
    path: str, text: str, symbols: list[str]
) -> None:
    result = chunk(Document(path, text))
    assert [one.symbol for one in result.chunks] == symbols
    assert {one.kind for one in result.chunks} == {"section"}
    assert result.definitions == ()
    assert_sound(Document(path, text))


@pytest.mark.parametrize(
    "front",
    ['---\ntitle: "Get started"\nsidebar: 2\n---\n', "+++\ndate = 2024\ntitle = 'Get started'\n+++\n"],
)
def test_the_title_in_the_front_matter_is_above_every_heading(front: str) -> None:
    text = f"{front}{WORDS}\n## Install\n\n{WORDS}\n## Use\n\n{WORDS}"
    found = [one.symbol for one in chunk(Document("start.mdx", text)).chunks]
    assert found == ["Get started", "Get started > Install", "Get started > Use"]


@pytest.mark.parametrize(
    ("path", "first_line", "language"),
    [
        ("src/a.py", "", "python"),
        ("C:\\src\\Main.JAVA", "", "java"),
        ("web/App.tsx", "", "tsx"),
        ("lib.h", "", "cpp"),
        ("Dockerfile", "", "dockerfile"),
        ("docker/Dockerfile.dev", "", "dockerfile"),
        ("bin/run", "#!/usr/bin/env python3", "python"),
        ("bin/run", "#!/usr/bin/env -S node --no-warnings", "javascript"),
        ("bin/run", "#! /bin/sh -e", "bash"),
        ("View.m", "#import <UIKit/UIKit.h>", "objc"),
        ("solve.m", "function x = solve(a)", "matlab"),
        ("data.unheard", "", ""),
        ("LICENSE", "MIT License", ""),
        ("", "", ""),
    ],
)
def test_languages_are_known_by_name_or_first_line(path: str, first_line: str, language: str) -> None:
    assert detect_language(path, first_line) == language
