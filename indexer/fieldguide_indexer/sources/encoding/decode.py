"""The text of a file in the encoding that it was written in.

A declared encoding comes first: a byte order mark, a declaration in the text (PEP 263, XML, HTML, an editor's mode line),
``working-tree-encoding`` of ``.gitattributes``, ``charset`` of ``.editorconfig``, ``files.encoding`` of the workspace's
VS Code settings. Then UTF-8 is tried, then a guess.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import category

from fieldguide_indexer.sources.attributes import declared_encodings

_HEAD, _SNIFFED_BYTES = 2_048, 8_192
# Longer marks first: the mark of UTF-32 starts with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IN_FIRST_LINES = re.compile(
    rb"(?:coding|fenc|set charset)[:=][ \t]*[\"']?([-\w.]+)|^@charset \"([-\w.]+)|<\?xml[^>]*?encoding=[\"']([-\w.]+)"
    rb"|use encoding[ (]+[\"']([-\w.]+)"
)
_IN_HEAD = re.compile(
    rb"(?i)<meta[^>]+charset=[\"']?\s*([-\w.]+)|content-type: text/\w+; ?charset=([-\w.]+)"
    rb"|\\usepackage\[([-\w]+)\]\{inputenc\}"
)
# Names of editors, LaTeX and VS Code that Python does not have, and supersets that real files use.
_NAMES = {
    "ansinew": "cp1252", "applemac": "mac-roman", "utf8bom": "utf-8-sig", "utf-8-bom": "utf-8-sig", "utf8x": "utf-8",
    "shift_jis": "cp932", "shift-jis": "cp932", "shiftjis": "cp932", "sjis": "cp932", "windows-31j": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "euc-cn": "gb18030", "euc-kr": "cp949", "euckr": "cp949", "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso88591": "cp1252", "iso-latin-1": "cp1252",
    "utf-16le-bom": "utf-16-le", "koi8r": "koi8-r", "koi8u": "koi8-u", "x-sjis": "cp932",
}  # fmt: skip
_WINDOWS = re.compile(r"(?:windows|win)-?(\d{3,4})")
_ISO = re.compile(r"iso-?8859-?(\d{1,2})")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b")) + b"\x7f"
# Legacy encodings of any alphabet have almost no control characters; in compressed data, one byte in ten is one.
_MAX_CONTROL_SHARE = 0.02
# Formats that begin like this; only content that is not UTF-8 is judged by it.
_MAGIC = (
    b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!\x1a", b"\x28\xb5\x2f\xfd",
    b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3\x03",
    b"ID3\x04", b"wOFF", b"wOF2", b"SQLite format 3", b"\x80\x02}", b"\x80\x04\x95", b"!<arch>\n", b"\xff\xfe", b"\xfe\xff",
)  # fmt: skip
_PDF = re.compile(rb"%PDF-\d\.\d|%!PS-Adobe-\d")
_ESCAPES = (("iso2022_jp", b"\x1b$"), ("iso2022_kr", b"\x1b$)C"))


def decode(blob: bytes, path: Path | None = None, *, keep_line_ends: bool = False) -> str | None:
    r"""Return the text of a file; None if it is binary or its encoding is unknown.

    Args:
        blob: The content of the file.
        path: The file on disk; without it, only what the content itself declares is known.
        keep_line_ends: Return ``\r\n`` and ``\r`` as they are, instead of as ``\n``.
    """
    text = _decoded(blob, path)
    if text is None or "\0" in text:
        return None
    return text if keep_line_ends else unified(text)


def is_binary(blob: bytes) -> bool:
    """Return whether content that is not UTF-8 is data, rather than text in another encoding."""
    head = blob[:_SNIFFED_BYTES]
    if head.startswith(_MAGIC) or _PDF.match(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in blob or controls > _MAX_CONTROL_SHARE * len(head)


def unified(text: str) -> str | None:
    r"""Return the text with ``\n`` as the only end of line; None if it is not text."""
    if "\0" in text:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(blob: bytes, path: Path | None) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if blob.startswith(mark):
            return _try(blob, encoding)
    if _PDF.match(blob):
        return None
    if blob.isascii() and b"\0" not in blob and b"\x1b" not in blob:
        return blob.decode("ascii")
    utf8 = None if b"\0" in blob else _try(blob, "utf-8")
    for name in _declared(blob, path):
        text = _try(blob, name)
        # Many declarations are copied: what is well-formed UTF-8 was not written with one byte a letter.
        if text is not None and _is_text(text) and (utf8 is None or len(text) < len(blob)):
            return text
    return _guessed(blob) if utf8 is None else _escaped(blob) or utf8


def _guessed(blob: bytes) -> str | None:
    if b"\0" in blob:
        return _wide(blob)
    if is_binary(blob):
        return None
    from fieldguide_indexer.sources.encoding.guess import guess_text  # noqa: PLC0415 - tables that few files need

    return guess_text(blob)


def _declared(blob: bytes, path: Path | None) -> Iterator[str]:
    """Yield the Python names of the encodings that are declared for a file, the most specific first."""
    head = blob[:_HEAD].replace(b"\0", b"")
    first_lines = b"\n".join(head.split(b"\n", 2)[:2])
    found = _IN_FIRST_LINES.search(first_lines) or _IN_HEAD.search(head)
    names = [next(each for each in found.groups() if each).decode("ascii", "replace")] if found else []
    if path is not None:
        names += declared_encodings(path)
    for name in names:
        if (known := _python_name(name)) and known not in ("utf-8", "ascii"):
            yield known


def _python_name(name: str) -> str:
    lowered = name.lower().removesuffix("-unix").removesuffix("-dos")
    if known := _NAMES.get(lowered):
        return known
    lowered = _ISO.sub(r"iso8859-\1", _WINDOWS.sub(r"cp\1", lowered))
    try:
        found = codecs.lookup(lowered)
    except (LookupError, ValueError):
        return ""
    # Python's own codecs, such as "hex" and "rot13", are not encodings of text; the escapes are not to be undone.
    is_text = getattr(found, "_is_text_encoding", True)
    return (
        found.name
        if is_text and "escape" not in found.name and found.name not in ("idna", "punycode", "utf-7")
        else ""
    )


def _escaped(blob: bytes) -> str | None:
    """Return text in one of the seven-bit encodings that switch alphabets with escape sequences."""
    for encoding, sequence in _ESCAPES:
        if sequence in blob:
            text = _try(blob, encoding)
            if text is not None and not text.isascii() and "\x1b" not in text:
                return text
    return None


def _wide(blob: bytes) -> str | None:
    """Return text in UTF-16 or UTF-32 without a mark: nearly all its zero bytes are the upper halves of ASCII characters."""
    for encoding, width, low in (
        ("utf-32-le", 4, 0),
        ("utf-32-be", 4, 3),
        ("utf-16-le", 2, 0),
        ("utf-16-be", 2, 1),
    ):
        if len(blob) % width or b"\0" in blob[low::width]:
            continue
        text = _try(blob, encoding)
        if text and _is_text(text) and _looks_written(text):
            return text
    return None


def _looks_written(text: str) -> bool:
    """Return whether a text consists mostly of ASCII or of the letters of few alphabets."""
    foreign = [each for each in text[:4_096] if not each.isascii()]
    blocks = {ord(each) >> 8 if each < "\u2e80" or each > "\ud7a3" else 0x4E for each in foreign}
    return len(text[:4_096]) - len(foreign) >= 2 and len(blocks) <= 2 + len(foreign) // 8


def _is_text(text: str) -> bool:
    """Return whether every character is assigned, and none is a control character other than white space."""
    return not any(
        category(each) in ("Cc", "Cn", "Co", "Cs") and each not in "\t\n\r\f\b\x1b" for each in set(text)
    )


def _try(blob: bytes, encoding: str) -> str | None:
    try:
        return blob.decode(encoding)
    except (UnicodeError, LookupError):
        return None
