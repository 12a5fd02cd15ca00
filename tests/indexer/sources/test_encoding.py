"""Text is read as it was written: declared encodings, UTF-8, a guess that is right, or none."""

import random
from pathlib import Path

import pytest

from fieldguide_indexer import Document, IndexOptions, decode
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.reader import read_document

TEXTS = {
    "chinese": (
        "gb18030 gbk gb2312 utf-16-le utf-16-be",
        "计算仓库库存|库存不足时返回|读取配置文件并检查用户权限",
    ),
    "taiwanese": ("big5 cp950", "計算倉庫庫存|庫存不足時返回錯誤|讀取設定檔並檢查使用者權限"),
    "japanese": (
        "shift_jis cp932 euc_jp iso2022_jp utf-16-le",
        "在庫数を計算する|設定ファイルを読み込み、権限を確認する",
    ),
    "korean": ("euc_kr cp949 utf-16-be", "재고 수량을 계산한다|설정 파일을 읽고 사용자 권한을 확인한다"),
    "russian": ("cp1251 koi8-r iso8859-5 cp866 utf-16-le", "Расчёт остатка товара на складе|Вернуть ошибку"),
    "ukrainian": ("cp1251 koi8-u", "Обчислення залишку товару на складі|Повернути помилку"),
    "polish": (
        "iso8859-2 cp1250",
        "Oblicza ilość towaru w magazynie|Zwróć błąd, jeśli zabraknie towaru|Łączna kwota",
    ),
    "czech": ("iso8859-2 cp1250", "Vypočítá množství zboží na skladě|Vrátí chybu, když zboží chybí"),
    "hungarian": (
        "iso8859-2 cp1250",
        "Kiszámítja a raktárkészletet|Hibát ad vissza, ha nincs elég áru, őrült űr",
    ),
    "german": ("latin-1 cp1252 utf-32-le", "Größe des Lagers prüfen|Übergröße der Aufträge"),
    "french": ("latin-1 cp1252", "Calcule la quantité en stock|Réessaie la connexion à trois reprises"),
    "spanish": ("latin-1 cp1252", "Cálculo del almacén|Lee la configuración del año"),
    "greek": ("cp1253 iso8859-7", "Υπολογισμός αποθέματος|Επιστρέφει σφάλμα όταν δεν υπάρχει προϊόν"),
    "turkish": ("cp1254 iso8859-9", "Ürün yetmezse hata döndürür|Bağlantıyı üç kez yeniden dener, şu iş"),
    "hebrew": ("cp1255 iso8859-8", "חישוב המלאי במחסן|מחזיר שגיאה אם אין מספיק"),
    "arabic": ("cp1256 iso8859-6", "حساب المخزون في المستودع|يقرأ ملف الإعدادات ويفحص صلاحيات المستخدم"),
    "thai": ("cp874 tis-620", "คำนวณสินค้าคงคลัง|อ่านไฟล์การตั้งค่าและตรวจสอบสิทธิ์"),
}
CODE = "/* {} */\nint stock_left{}(int warehouse, int item) {{\n    return table[warehouse][item];\n}}\n\n"


def source(comments: str) -> str:
    return "#include <stdio.h>\n\n" + "".join(map(CODE.format, comments.split("|"), range(9)))


@pytest.mark.parametrize(
    ("language", "encoding"), [(each, name) for each, (names, _) in TEXTS.items() for name in names.split()]
)
def test_an_undeclared_encoding_is_recognized(language: str, encoding: str) -> None:
    text = source(TEXTS[language][1])
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("language", "encoding"), [(each, name) for each, (names, _) in TEXTS.items() for name in names.split()]
)
def test_one_short_comment_is_read_right_or_not_at_all(language: str, encoding: str) -> None:
    for comment in TEXTS[language][1].split("|"):
        text = source(comment)
        assert decode(text.encode(encoding)) in (text, None)


@pytest.mark.parametrize(
    "text",
    [
        "# Copyright © 2001 Acme\n",
        "// Jürgen Åström\n",
        "author = 'José'\n",
        "t = 20  # °C ± 3 µm\n",
        "# grüße\n",
        "// Søren\n",
    ],
)
def test_a_single_letter_of_western_europe_suffices(text: str) -> None:
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("# -*- coding: {} -*-\n", "euc_jp"),
        ("#!/usr/bin/env python\n# vim: set fileencoding={} :\n", "shift_jis"),
        ("# coding={}\n", "koi8-r"),
        ("# encoding: {}\n", "euc-kr"),
        ("<?xml version='1.0' encoding='{}'?>\n", "iso-8859-5"),
        ('<!doctype html>\n<head><meta charset="{}">\n', "windows-1253"),
        ("<html><meta http-equiv='Content-Type' content='text/html; charset={}'>\n", "gb2312"),
        ('@charset "{}";\n', "iso-8859-2"),
        ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset={}\\n"\n', "ISO-8859-7"),
        ("\\documentclass{{a}}\n\\usepackage[{}]{{inputenc}}\n", "cp1250"),
        ("# -*- coding: {} -*-\n", "utf-16-le"),
    ],
)
def test_an_encoding_declared_in_the_text_is_used(head: str, encoding: str) -> None:
    # Too little for a guess.
    letters = {
        "euc_jp": "在",
        "shift_jis": "在",
        "koi8-r": "я",
        "euc-kr": "재",
        "iso-8859-5": "я",
        "windows-1253": "ώ",
    }
    text = (
        head.format(encoding)
        + letters.get(encoding, "")
        + {"gb2312": "库", "iso-8859-2": "ł", "ISO-8859-7": "ώ", "cp1250": "Ł"}.get(encoding, "")
        + "\n"
    )
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("file", "content", "encoding"),
    [
        (".gitattributes", "*.c working-tree-encoding=SHIFT-JIS\n", "shift_jis"),
        (".gitattributes", "src/** encoding=koi8-r\n", "koi8-r"),
        ("src/.gitattributes", "a.c working-tree-encoding=UTF-16LE\n", "utf-16-le"),
        (".gitattributes", "* working-tree-encoding=EUC-KR\n*.py -working-tree-encoding\n", "euc_kr"),
        (".editorconfig", "root = true\n[*]\ncharset = utf-8\n[*.{c,h}]\ncharset = utf-16be\n", "utf-16-be"),
        (".editorconfig", "[src/**.c]\ncharset = latin1\n", "cp1252"),
        (".editorconfig", "[{a,b}.c]\ncharset: gb18030\n", "gb18030"),
        (".vscode/settings.json", '{\n  // old\n  "files.encoding": "windows1251"\n}\n', "cp1251"),
        (".vscode/settings.json", '{\n  "files.encoding": "shiftjis"\n}\n', "cp932"),
    ],
)
def test_an_encoding_declared_for_the_file_is_used(
    tmp_path: Path, file: str, content: str, encoding: str
) -> None:
    (tmp_path / ".git").mkdir()
    for path in (tmp_path / file, tmp_path / "src/a.c"):
        path.parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content, encoding="utf-8")
    text = {
        "utf-16-le": "aя\n",
        "utf-16-be": "aя\n",
        "cp1252": "÷\n",
        "gb18030": "库\n",
        "koi8-r": "я\n",
        "cp1251": "я\n",
    }.get(encoding, "在\n" if encoding != "euc_kr" else "재\n")
    (tmp_path / "src/a.c").write_bytes(text.encode(encoding))
    found = read_document(tmp_path, FileEntry("src/a.c", len(text.encode(encoding)), 0), IndexOptions())
    assert isinstance(found, Document)
    assert found.text == text


@pytest.mark.parametrize(
    "head",
    [
        "# coding: latin-1\n",
        "<meta charset='iso-8859-1'>\n",
        "# coding: no-such-thing\n",
        "# coding: rot13\n",
    ],
)
def test_a_wrong_declaration_does_not_spoil_utf_8(head: str) -> None:
    text = head + "# größe 库存\n"
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "blob",
    [
        b"\xb3\xc4\xda\n",
        "größe 日本語\n".encode() + b"caf\xe9 na\xefve\n",
        bytes(random.Random(1).choices(range(128, 256), k=400)),
        b"key = " + bytes(random.Random(2).choices(range(160, 256), k=64)),
    ],
)
def test_what_no_encoding_explains_is_skipped_with_that_reason(tmp_path: Path, blob: bytes) -> None:
    (tmp_path / "a.c").write_bytes(blob)
    found = read_document(tmp_path, FileEntry("a.c", len(blob), 0), IndexOptions())
    assert not isinstance(found, Document)
    assert found.reason == "unknown encoding"
