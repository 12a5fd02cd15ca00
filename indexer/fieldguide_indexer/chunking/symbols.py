"""Definitions of a source file as plain data, from the matches of its language's query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldguide_indexer.chunking.grammar import Captures, matches
from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.chunking.names import HEAD_BYTES, dotted, signature

if TYPE_CHECKING:
    from tree_sitter import Node

_ROLES = frozenset(("name", "owner", "body", "comment", "decorator", "doc"))
_VALUES = frozenset(("constant", "variable"))


@dataclass(slots=True)
class Symbol:
    """A definition: its byte range (half-open), its rows (inclusive, from 0), its name and signature.

    ``name`` is only qualified by the definition itself (``Owner.name``). ``pattern`` is the index of the
    pattern that matched it.
    """

    start: int
    end: int
    first_row: int
    last_row: int
    kind: str
    name: str
    signature: str
    pattern: int
    parent: "Symbol | None" = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of one pass over a source.

    ``symbols`` are in the order of the text, outer before inner. ``comments`` and ``decorators`` map the last row
    of each to its first; ``docs`` are the documentation strings with their start bytes.
    """

    symbols: list[Symbol] = field(default_factory=list)
    comments: dict[int, int] = field(default_factory=dict)
    decorators: dict[int, int] = field(default_factory=dict)
    docs: list[tuple[int, str]] = field(default_factory=list)


def scan(lines: Lines, language: str) -> Scan:
    """Return the definitions of a source; none if its language has no grammar."""
    source = lines.text.encode("utf-8", "replace")
    result = Scan()
    symbols: dict[int, Symbol] = {}
    for pattern, captures in matches(language, source):
        if "name" in captures:
            _add_symbol(symbols, pattern, captures, source)
        elif "comment" in captures:
            _add_comment(result.comments, captures["comment"][0], lines.rows)
        elif "decorator" in captures:
            _add_rows(result.decorators, captures["decorator"][0])
        elif "doc" in captures:
            result.docs.append((captures["doc"][0].start_byte, _text(captures["doc"][0], source)))
    result.symbols.extend(sorted(symbols.values(), key=lambda symbol: (symbol.start, -symbol.end)))
    return result


def _add_symbol(symbols: dict[int, Symbol], pattern: int, captures: Captures, source: bytes) -> None:
    """Add the definition of a match, unless an earlier pattern has matched the same name."""
    name = _innermost(captures["name"][0])
    key = name.start_byte
    if key in symbols and symbols[key].pattern <= pattern:
        return
    kind = next(capture for capture in captures if capture not in _ROLES and capture[0] != "_")
    node = captures[kind][0]
    body = captures["body"][0] if "body" in captures else _body(node)
    # In some grammars the body is a sibling of the definition.
    last = body if body and body.end_byte > node.end_byte else node
    start, head_end = node.start_byte, body.start_byte if body else _end_of_head(node, name, source)
    head = signature(source, start, head_end, is_value=kind in _VALUES)
    rows = node.start_point.row, _last_row(last)
    symbols[key] = Symbol(start, last.end_byte, *rows, kind, _name(name, captures, source), head, pattern)


def _add_comment(comments: dict[int, int], node: "Node", rows: Sequence[str]) -> None:
    # A trailing comment is about the code before it, not about what follows.
    row, column = node.start_point
    if column == 0 or not rows[row][:column].strip():
        _add_rows(comments, node)


def _add_rows(rows: dict[int, int], node: "Node") -> None:
    first, last = node.start_point.row, _last_row(node)
    rows[last] = min(first, rows.get(last, first))


def _name(node: "Node", captures: Captures, source: bytes) -> str:
    owners = captures.get("owner")
    name = dotted(_text(node, source))
    return f"{dotted(_text(owners[0], source))}.{name}" if owners else name


def _text(node: "Node", source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _innermost(node: "Node") -> "Node":
    """Return the name inside of C's declarators (``*(*name(int))[3]``)."""
    while node.type.endswith("declarator"):
        inner = node.child_by_field_name("declarator") or node.named_child(node.named_child_count - 1)
        if inner is None:
            break
        node = inner
    return node


def _body(node: "Node") -> "Node | None":
    body = node.child_by_field_name("body")
    if body is None and node.named_child_count:
        last = node.named_child(node.named_child_count - 1)
        if last and last.type.lower().endswith(("body", "block")):
            return last
    return body


def _end_of_head(node: "Node", name: "Node", source: bytes) -> int:
    """Return the end of the signature of a definition without a body node: the end of its line, or of its brackets."""
    start, end = node.start_byte, node.end_byte
    if node.start_point.row == node.end_point.row:
        return end
    end = min(end, name.end_byte + HEAD_BYTES)
    line_end = source.find(b"\n", name.end_byte, end)
    while line_end >= 0 and source.count(b"(", start, line_end) > source.count(b")", start, line_end):
        line_end = source.find(b"\n", line_end + 1, end)
    return end if line_end < 0 else line_end


def _last_row(node: "Node") -> int:
    last = node.end_point
    # Some nodes include the end of their line.
    return last.row if last.column or last.row == node.start_point.row else last.row - 1
