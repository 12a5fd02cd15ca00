"""Secrets that the document around them tells: the data of Kubernetes secrets, columns of SQL inserts and of CSV files."""

import itertools
import re
from collections.abc import Iterator

from fieldguide_indexer.redaction.values import Kind, is_secret

_Span = tuple[int, int]
_KIND_SECRET = re.compile(
    r"""^[ \t]*["']?kind["']?:[ \t]*["']?(?:Sealed)?Secret["']?,?[ \t\r]*$""", re.MULTILINE
)
_DATA = re.compile(r"^(?P<indent>[ \t]*)[\"']?(?:data|stringData)[\"']?:[ \t]*\{?[ \t\r]*\n", re.MULTILINE)
_ENTRY = re.compile(r"""(?P<indent>[ \t]*)["']?[\w.-]{1,253}["']?:[ \t]*["']?(?P<value>[^\s"',{}]+)?""")
_DOCUMENT_END = re.compile(r"^---", re.MULTILINE)
_SECRET_COLUMN = re.compile(
    r"(?i)passw(?:or[dt]|d)|(?:^|_)(?:pass|pwd)$|secret|token|api_?key|private_?key|kennwort|contrase|senha|пароль|密码|mot_de_passe"
)
_SQL_VALUE = r"(?:=[ ]?)?(?:password)?[ ]?\(?[ ]?(?:n?'(?P<s>[^'\n]{4,256}+)'|\"(?P<d>[^\"\n]{4,256}+)\")"
_SQL_PASSWORDS = (
    re.compile(r"identified\s{1,8}(?:with\s{1,8}[\w'`]{1,40}\s{1,8})?by\s{1,8}" + _SQL_VALUE),
    re.compile(r"password(?: for \S{1,80})?[ ](?=[=n'(\"p])" + _SQL_VALUE),
    re.compile(r"crypt\(\s{0,8}'(?P<s>[^'\n]{6,256}+)'"),
)
_INSERT = re.compile(
    r"(?i)\bINSERT\s{1,8}(?:IGNORE\s{1,8})?INTO\s{1,8}[\w.`\"\[\]]{1,128}\s{0,8}\((?P<columns>[^()]{1,2000}+)\)\s{0,40}VALUES\s{0,40}(?=\()"
)
_ROW = re.compile(r"\s{0,40}+,?\s{0,40}+\((?P<row>(?:'(?:[^'\\]|\\.)*+'|[^()']|\([^()]*+\))*+)\)")
_FIELD = re.compile(r"\s{0,40}+(?:[NE]?'(?P<s>(?:[^'\\]|\\.)*+)'|(?P<b>[^,]*+))\s{0,40}+(?:,|$)")
_HEADER = re.compile(r"[\w\" -]{1,40}(?P<by>[,;\t|])[\w\",;\t| -]{1,400}")


def in_documents(text: str, lowered: str) -> Iterator[_Span]:
    """Yield the spans of secrets in Kubernetes secrets, SQL statements and tables."""
    if "Secret" in text and "kind" in text and _KIND_SECRET.search(text):
        yield from _kubernetes(text)
    for pattern in _SQL_PASSWORDS:
        for match in pattern.finditer(lowered):
            start, end = match.span(match.lastgroup or "s")
            if is_secret(text[start:end], Kind.PASSWORD):
                yield start, end
    if "insert into" in lowered or "INSERT" in text:
        yield from _inserts(text)
    yield from _table(text)


def _kubernetes(text: str) -> Iterator[_Span]:
    """Yield the values of ``data`` and ``stringData`` in the documents whose kind is Secret."""
    starts = [0, *(match.start() for match in _DOCUMENT_END.finditer(text)), len(text)]
    for start, end in itertools.pairwise(starts):
        if _KIND_SECRET.search(text, start, end):
            for data in _DATA.finditer(text, start, end):
                yield from _entries(text, data.end(), end, len(data["indent"]))


def _entries(text: str, at: int, end: int, depth: int) -> Iterator[_Span]:
    while at < end:
        line_end = text.find("\n", at)
        line_end = end if line_end < 0 else line_end
        entry = _ENTRY.match(text, at, line_end)
        if not entry or len(entry["indent"]) <= depth:
            return
        value = entry["value"] or ""
        if (len(value) >= 4 and is_secret(value, Kind.PASSWORD, 4)) or _is_base64(value):
            yield entry.span("value")
        at = line_end + 1


def _is_base64(value: str) -> bool:
    return (
        len(value) >= 8 and len(value) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value) is not None
    )


def _inserts(text: str) -> Iterator[_Span]:
    for insert in _INSERT.finditer(text):
        columns = [column.strip(' \t\r\n`"[]') for column in insert["columns"].split(",")]
        secret = {index for index, column in enumerate(columns) if _SECRET_COLUMN.search(column)}
        at = insert.end()
        while secret and (row := _ROW.match(text, at)):
            yield from _fields(text, row.start("row"), row.end("row"), secret)
            at = row.end()


def _fields(text: str, at: int, end: int, secret: set[int]) -> Iterator[_Span]:
    index = 0
    while at < end and (field := _FIELD.match(text, at, end)):
        group = field.lastgroup or "b"
        if index in secret and is_secret(field[group].strip(), Kind.PASSWORD):
            yield field.span(group)
        index += 1
        at = max(field.end(), at + 1)


def _table(text: str) -> Iterator[_Span]:
    """Yield the values in the columns of a CSV file whose header names a secret."""
    first, _, _ = text[:500].partition("\n")
    header = _HEADER.fullmatch(first.rstrip("\r"))
    if not header or not _SECRET_COLUMN.search(first):
        return
    by = header["by"]
    columns = [column.strip(' "') for column in first.rstrip("\r").split(by)]
    secret = {index for index, column in enumerate(columns) if _SECRET_COLUMN.search(column)}
    at = len(first) + 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield from _cells(text[at:end], at, by, secret, len(columns))
        at = end + 1


def _cells(line: str, at: int, by: str, secret: set[int], count: int) -> Iterator[_Span]:
    cells = line.split(by)
    if len(cells) != count:
        return
    for index, cell in enumerate(cells):
        value = cell.strip(' "\r')
        if index in secret and is_secret(value, Kind.PASSWORD):
            start = at + cell.index(value)
            yield start, start + len(value)
        at += len(cell) + 1
