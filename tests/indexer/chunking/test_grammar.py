"""Syntax errors: what the indexer's public functions report about a source."""

import pytest

from fieldguide_indexer import detect_language, syntax_errors


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("go", "func add(a int) int {\n\treturn a\n}\n", "func add(a int) int {\n\treturn a +\n"),
        ("typescript", "const a: number = 1;\n", "const a: number = ;\n"),
        ("rust", "fn main() { let a = 1; }\n", "fn main() { let a = ; }\n"),
        ("java", "class A { int a() { return 1; } }\n", "class A { int a() { return 1; \n"),
    ],
)
def test_whole_sources_parse_and_broken_ones_name_a_line(language: str, good: str, bad: str) -> None:
    assert syntax_errors(good, language) == ()
    assert syntax_errors(bad, language)


def test_the_line_is_where_the_fault_is() -> None:
    assert syntax_errors("const a = 1;\nconst b = 2;\nconst = 3;\n", "javascript") == (3,)


def test_a_language_without_a_grammar_is_not_judged() -> None:
    assert syntax_errors("MOVE A TO B.", "cobol") is None
    assert syntax_errors("anything", "") is None


def test_the_words_after_a_fence_are_known_by_their_suffix() -> None:
    assert detect_language("x.ts", "") == "typescript"
