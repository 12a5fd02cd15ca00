"""Questions in other languages and scripts are answered from code with words of the same script."""

import unicodedata
from collections.abc import Iterator
from typing import Literal

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_server.assistant import AskContext, Assistant
from fieldguide_server.assistant.text.terms import code_names, is_foreign, question_terms
from fieldguide_server.settings import Settings

FILES = {
    "sueldo.py": 'def calcularAñoFiscal(fecha):\n    """Devuelve el año fiscal de una fecha."""\n    return fecha.year\n',
    "groesse.py": 'def größeÄndern(bild, faktor):\n    """Die Größe eines Bildes wird geändert."""\n    return bild * faktor\n',
    "nalog.py": 'def расчёт_налога(сумма):\n    """Расчёт налога с продажи."""\n    return сумма * 0.2\n',
    "stock.py": 'def stock_left(order):\n    """计算仓库库存，库存不足时返回零。"""\n    return max(0, order.left)\n',
    "soko.py": 'def soko(order):\n    """データベース接続を閉じる。"""\n    order.close()\n',
    "kar.py": 'def kar(order):\n    """उपयोगकर्ता का खाता बंद करें"""\n    order.lock()\n',
    "tax.py": "def tax(amount):\n    return amount\n\n\ndef year(date):\n    return date.year\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("workspace")
    for path, text in FILES.items():
        (folder / path).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDGUIDE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
        with Index.open(folder, IndexOptions(embedding=EmbeddingOptions(provider="none"))) as index:
            index.update()
            index.wait_until_ready(60)
            yield Assistant(index, lambda path: (folder / path).read_text("utf-8"), Settings(), folder)


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("¿dónde se calcula el año fiscal?", "sueldo.py"),
        ("Wo wird die Größe geändert?", "groesse.py"),
        ("где расчёт налога?", "nalog.py"),
        ("库存不足时返回什么？", "stock.py"),
        ("データベース接続はどこで閉じる？", "soko.py"),
        ("उपयोगकर्ता का खाता", "kar.py"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_question_in_the_language_of_the_comments_is_answered(
    assistant: Assistant, question: str, path: str, form: Literal["NFC", "NFD"]
) -> None:
    answer = await assistant.ask(unicodedata.normalize(form, question), AskContext())
    assert answer.citations
    assert answer.citations[0].path == path


@pytest.mark.parametrize(
    ("question", "foreign"),
    [
        ("¿se calcula el IVA?", True),
        ("Wo wird gespeichert?", True),
        ("где это?", True),
        ("库存在哪里", True),
        ("calculate_total 在哪里定义", True),
        ("Where is 登录 handled?", False),
        ("Where is the naïve approach?", False),
    ],
)
def test_a_question_of_another_language_is_recognized(question: str, foreign: bool) -> None:
    assert is_foreign(question) is foreign


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what does calcularAñoFiscal do", ("calcularAñoFiscal",)),
        ("größeÄndern and año_fiscal", ("größeÄndern", "año_fiscal")),
        ("使用API的用户", ()),
        ("get_user", ("get_user",)),
    ],
)
def test_names_of_code_may_have_letters_of_every_script(text: str, names: tuple[str, ...]) -> None:
    assert code_names(text) == names


def test_words_are_shown_whole_and_compared_without_accents() -> None:
    assert question_terms("Wo wird die Größe geändert?") == {"groß": "Größe", "geandert": "geändert"}
