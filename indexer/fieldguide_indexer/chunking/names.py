"""Names and signatures of definitions in a normalized form: dotted, on one line."""

import re

_MAX_NAME = 200
_MAX_SIGNATURE = 300
# Maximum number of bytes of a signature, and of the text before it on its line: lines may be megabytes long.
HEAD_BYTES = 4_000
_LINE_BYTES = 80

_GENERICS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
# The JavaScript object to which a function is assigned is not part of its name.
_EXPORTS = re.compile(r"^(?:module\.)?exports\.|\.prototype\b|^this\.")
_OPERATOR = re.compile(r"(?:.*::)?operator(?: ?\(\)| ?[^\w\s(][^(]*| \w[^(]*)")
_MODIFIERS = re.compile(rb"[\w\s@]*")
_ANNOTATIONS = re.compile(r"(?:@(?!interface\b)[\w.]+(?:\([^()]*\))?\s+)+")
_ANNOTATION_ROW = re.compile(
    r"\s*(?:@(?!interface|implementation|protocol)[\w.:]+(?:\([^()]*\))?\s*|#?\[[^\[\]]*\]\s*)+$"
)


def dotted(name: str) -> str:
    """Return a name with ``.`` between its parts, without type arguments, quotes and white space."""
    if name.isidentifier():
        return name
    name = " ".join(name[:_MAX_NAME].split())
    # Names of operators are kept: ``operator[]``, ``operator bool``, ``<=>``, ``::``.
    if operator := _OPERATOR.match(name):
        return operator[0].replace("::", ".")
    if not any(map(str.isalnum, name)):
        return name
    bare, nested = _GENERICS.subn("", name)
    while nested:
        bare, nested = _GENERICS.subn("", bare)
    bare = "".join(bare.split()).strip("\"'`&:*").replace("::", ".").replace(":", ".")
    return _EXPORTS.sub("", bare).strip(".") or name


def signature(source: bytes, start: int, end: int, is_value: bool) -> str:
    """Return a definition's signature: ``source[start:end]`` with the text before it on its line, at most 300 characters.

    Of a value (``is_value``), only the first line is used; annotations on separate lines are left out.
    """
    line = source.rfind(b"\n", max(0, start - _LINE_BYTES), start) + 1
    if (line or start < _LINE_BYTES) and _MODIFIERS.fullmatch(source, line, start):
        start = line
    rows = source[start : min(end, start + HEAD_BYTES)].decode("utf-8", "replace").strip().split("\n")
    if is_value:
        rows = rows[:1]
    while len(rows) > 1 and len(rows[0]) < _MAX_SIGNATURE and _ANNOTATION_ROW.match(rows[0]):
        rows = rows[1:]
    head = " ".join(" ".join(rows).split())
    return _ANNOTATIONS.sub("", head, count=1).rstrip("{=:; ")[:_MAX_SIGNATURE].rstrip()
