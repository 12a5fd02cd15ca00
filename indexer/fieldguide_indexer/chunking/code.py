"""Outline of source code: definitions with their comments and decorators, nested."""

from bisect import bisect_right
from collections.abc import Sequence

from fieldguide_indexer.chunking.comments import comment_text, string_text
from fieldguide_indexer.chunking.layout import Block, Label, Outline
from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.chunking.symbols import Scan, Symbol, scan
from fieldguide_indexer.types import Definition

# A function inside one of these is a method.
_TYPES = frozenset(
    ("class", "struct", "interface", "trait", "impl", "enum", "protocol", "object", "extension", "table")
)
# A type alias (C's ``typedef struct node {...} node_t``) does not qualify the names inside of it.
_TRANSPARENT = frozenset(("type", "variable"))
# Deeper definitions are listed, but do not delimit chunks.
_MAX_DEPTH = 40


def outline_code(lines: Lines, path: str, language: str) -> Outline | None:
    """Return the outline of a source file; None if its language has no grammar or it defines nothing."""
    found = scan(lines, language)
    if not found.symbols:
        return None
    symbols = _nest(found.symbols)
    _attach_docs(symbols, found.docs)
    leads = [_take_lead(symbol, found, lines) for symbol in symbols]
    root = Block(0, len(lines), Label("module"))
    _add_blocks(root, symbols, leads)
    return Outline(root, [_definition(symbol, path) for symbol in symbols])


def _nest(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Find the parent of each symbol, qualify its name, and join the clauses of one function."""
    nested: list[Symbol] = []
    around: list[Symbol] = []
    clause: Symbol | None = None
    for symbol in symbols:
        while around and around[-1].end <= symbol.start:
            around.pop()
        symbol.parent = around[-1] if around else None
        _qualify(symbol)
        if symbol.kind == "clause":
            if clause and clause.name == symbol.name and clause.parent is symbol.parent:
                clause.end, clause.last_row = symbol.end, symbol.last_row
                around.append(clause)
                continue
            clause = symbol
        around.append(symbol)
        nested.append(symbol)
    for symbol in nested:
        symbol.kind = _kind(symbol)
    return nested


def _qualify(symbol: Symbol) -> None:
    parent = symbol.parent
    while parent and parent.kind in _TRANSPARENT:
        parent = parent.parent
    if parent:
        symbol.name = f"{parent.name}.{symbol.name}"


def _kind(symbol: Symbol) -> str:
    inside_type = symbol.parent is not None and symbol.parent.kind in _TYPES
    match symbol.kind:
        case "function" | "clause":
            return "method" if inside_type else "function"
        case "method" if symbol.parent is None and "." not in symbol.name:
            return "function"
        case "variable" if symbol.name.isupper() and len(symbol.name) > 1:
            return "constant"
        case kind:
            return kind


def _attach_docs(symbols: Sequence[Symbol], docs: Sequence[tuple[int, str]]) -> None:
    """Give each documentation string to the innermost definition around it."""
    starts = [symbol.start for symbol in symbols]
    for position, text in docs:
        place = bisect_right(starts, position)
        owner = symbols[place - 1] if place else None
        while owner and owner.end <= position:
            owner = owner.parent
        if owner and not owner.doc:
            owner.doc = string_text(text)


def _take_lead(symbol: Symbol, found: Scan, lines: Lines) -> int:
    """Add the decorators and comments directly above a definition to it; return the row at which they start.

    Decorators are part of the definition, comments only its documentation. Each is used once, for the
    outermost definition that starts there.
    """
    comments: list[str] = []
    row = symbol.first_row = found.decorators.pop(symbol.first_row, symbol.first_row)
    while True:
        above = row - 1
        if not comments and _ends_doc_block(above - 1, found, lines):
            above -= 1
        if above in found.comments:
            row = found.comments.pop(above)
            comments.append(lines.slice(row, above + 1))
        elif above in found.decorators:
            symbol.first_row = row = found.decorators.pop(above)
        else:
            break
    if comments and not symbol.doc:
        symbol.doc = comment_text("\n".join(reversed(comments)))
    return row


def _ends_doc_block(row: int, found: Scan, lines: Lines) -> bool:
    """Return whether ``/** ... */`` ends here above a blank line, which some put between it and the definition."""
    first = found.comments.get(row, 0)
    # The first comment of a file is about the file.
    return first > 0 and not lines.rows[row + 1].strip() and lines.rows[first].lstrip().startswith("/**")


def _add_blocks(root: Block, symbols: Sequence[Symbol], leads: Sequence[int]) -> None:
    around: list[tuple[int, Block]] = []
    for symbol, lead in zip(symbols, leads, strict=True):
        while around and around[-1][0] <= symbol.start:
            around.pop()
        if len(around) == _MAX_DEPTH:
            continue
        label = Label(symbol.kind, symbol.name, symbol.signature, symbol.doc)
        block = Block(lead, symbol.last_row + 1, label, weight=symbol.last_row - symbol.first_row + 1)
        (around[-1][1] if around else root).children.append(block)
        around.append((symbol.end, block))


def _definition(symbol: Symbol, path: str) -> Definition:
    first, last = symbol.first_row + 1, symbol.last_row + 1
    name = symbol.name.rpartition(".")[2] or symbol.name
    return Definition(path, first, last, name, symbol.name, symbol.kind, symbol.signature, symbol.doc)
