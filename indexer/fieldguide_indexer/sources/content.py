"""Classification of content: text or binary, written by hand or minified."""

import codecs
import re

_SNIFFED_BYTES = 8192
_MAGIC = (
    b"%PDF-", b"%!PS", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!\x1a", b"\x28\xb5\x2f\xfd",
    b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3\x03",
    b"ID3\x04", b"wOFF", b"wOF2", b"SQLite format 3", b"\x80\x02}", b"\x80\x04\x95", b"!<arch>\n",
)  # fmt: skip
# Longer marks first: the mark of UTF-32 starts with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b")) + b"\x7f"
# Legacy encodings of any alphabet have almost no control characters; in compressed data, one byte in ten is one.
_MAX_CONTROL_SHARE = 0.02

_PROSE = re.compile(
    r"(?i)\.(?:md|markdown|mdx|rst|txt|adoc|asciidoc|org|tex|textile|ipynb|csv|tsv|srt|po)$|(?:^|/)[^./]+$"
)
_MINIFIED_MIN_CHARACTERS = 5_000
_MINIFIED_LINE_LENGTH = 300  # mean; handwritten source stays below 60


def decode(blob: bytes) -> str | None:
    """Return the text of a file with LF line ends; None if it is not text."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if blob.startswith(mark):
            return unified(_try(blob, encoding))
    head = blob[:_SNIFFED_BYTES]
    if b"\0" in blob or head.startswith(_MAGIC):
        return None
    text = _try(blob, "utf-8")
    if text is None and _control_share(head) <= _MAX_CONTROL_SHARE:
        text = _try(blob, "cp1252") or blob.decode("latin-1")
    return unified(text)


def is_minified(path: str, text: str) -> bool:
    """Return whether lines are too long for handwritten code. Prose may have a paragraph on each line."""
    if len(text) < _MINIFIED_MIN_CHARACTERS or _PROSE.search(path):
        return False
    return len(text) / (text.count("\n") + 1) > _MINIFIED_LINE_LENGTH


def unified(text: str | None) -> str | None:
    """Return the text with LF line ends; None if it is not text."""
    if text is None or "\0" in text:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _try(blob: bytes, encoding: str) -> str | None:
    try:
        return blob.decode(encoding)
    except UnicodeError:
        return None


def _control_share(head: bytes) -> float:
    return (len(head) - len(head.translate(None, _CONTROLS))) / max(1, len(head))
