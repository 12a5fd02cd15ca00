"""Words in every script, the same for the index, a query and an answer."""

import unicodedata
from typing import Literal

import pytest

from fieldguide_indexer.store.lexical import ascii_shape, expand, find_words, split_word, stems, words_of


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("calcularAñoFiscal", ("calcular", "Año", "Fiscal")),
        ("größeÄndern_x2", ("größe", "Ändern", "x", "2")),
        ("РасчётНалога", ("Расчёт", "Налога")),
        ("ΑριθμόςΦόρου", ("Αριθμός", "Φόρου")),
        ("número_de_telefone", ("número", "de", "telefone")),
        ("计算仓库", ("计算", "算仓", "仓库")),
        ("用户login登录", ("用户", "login", "登录")),
        ("データベース", ("デー", "ータ", "タベ", "ベー", "ース")),
        ("재고수량", ("재고", "고수", "수량")),
        ("ภาษา", ("ภา", "าษ", "ษา")),
        ("हिन्दी", ("हिन्दी",)),
        ("العربية", ("العربية",)),
        ("עברית", ("עברית",)),
        ("HTTPServer2", ("HTTP", "Server", "2")),
        ("parse_config", ("parse", "config")),
        ("日", ("日",)),
    ],
)
def test_a_word_of_any_script_is_split_into_its_parts(word: str, parts: tuple[str, ...]) -> None:
    assert find_words(word) == [word]
    assert split_word(word) == parts


@pytest.mark.parametrize("word", ["año", "größe", "ёж", "한국어", "प्रश्न", "Việt", "ﬁnden", "ＡＢＣ", "é_1"])
def test_every_form_of_unicode_has_the_same_words(word: str) -> None:
    expected = words_of(unicodedata.normalize("NFKC", word))
    forms: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
    for form in forms:
        assert words_of(unicodedata.normalize(form, word)) == expected


def test_marks_belong_to_their_word_in_the_table_too() -> None:
    assert stems(["हिन्दी", "year"]) == {"हिन्दी": "हिन्दी", "year": "year"}


def test_accents_make_no_other_stem() -> None:
    assert set(stems(["año", "ano"]).values()) == {"ano"}


def test_a_long_run_of_a_script_without_spaces_is_cut_into_pairs() -> None:
    assert "仓库" in expand("计算" * 40 + "仓库").split()


def test_a_shape_has_the_length_of_its_text() -> None:
    assert ascii_shape("größeÄndern(用户, ٣)") == "graaeAndern(  , 0)"
