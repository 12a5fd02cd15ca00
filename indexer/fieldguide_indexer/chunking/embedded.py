"""Code inside of other files: scripts of components and pages, code blocks of prose, cells of notebooks.

Each piece is parsed by the grammar of its language, in place: its definitions have the lines of the file.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from textwrap import dedent
from typing import NamedTuple

from fieldguide_indexer.chunking.code import outline_code
from fieldguide_indexer.chunking.headings import outline_headings
from fieldguide_indexer.chunking.languages import language_named
from fieldguide_indexer.chunking.layout import Block, Label, Outline
from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.types import Definition


class _Piece(NamedTuple):
    """Code in a language: the row where it starts, from 0, and its rows, without what surrounds it on them."""

    language: str
    start: int
    rows: Sequence[str]


# Code blocks of one document that are parsed.
_MAX_BLOCKS = 1_000
_SCRIPT = re.compile(r"<script\b([^>]{0,1000})>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script\b", re.IGNORECASE)
_KIND = re.compile(r"""\b(lang|type)\s*=\s*["']?([\w/+.-]+)""", re.IGNORECASE)
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+#-]*)")
_DIRECTIVE = re.compile(r"([ \t]*)\.\. (?:code-block|code|sourcecode|code-cell)::[ \t]*+([\w+#-]*+)[ \t]*+$")
_SOURCE_BLOCK = re.compile(r"\[(?:source|,)\s*+(?:,\s*+)?([\w+#-]+)")
_CELL = re.compile(r"# %% (\S+)$")
_MAGIC = re.compile(r"(?<!\s)(\s*+)[%!]")
_SCRIPT_TYPES = {
    "": "javascript",
    "module": "javascript",
    "ts": "typescript",
    "js": "javascript",
    "babel": "jsx",
}


def outline_embedded(lines: Lines, path: str, language: str) -> Outline | None:
    """Return the outline of a file that contains code of other languages; None for other files."""
    if language == "notebook":
        return _outline_notebook(lines, path)
    if language in _SCRIPTED:
        return _joined(lines, path, list(_SCRIPTED[language](lines)))
    return None


def definitions_in_prose(lines: Lines, path: str, language: str) -> list[Definition]:
    """Return the definitions in the code blocks of a document."""
    find = _CODE_BLOCKS.get(language)
    found = [_outline(piece, path) for piece in islice(find(lines.rows), _MAX_BLOCKS)] if find else []
    return [definition for outline in found if outline for definition in outline.definitions]


def _joined(lines: Lines, path: str, pieces: Sequence[_Piece]) -> Outline | None:
    outlines = [outline for piece in pieces if (outline := _outline(piece, path))]
    if not outlines:
        return None
    root = Block(0, len(lines), Label("module"))
    root.children = sorted(
        (block for outline in outlines for block in outline.root.children), key=lambda block: block.start
    )
    return Outline(root, [each for outline in outlines for each in outline.definitions])


def _outline(piece: _Piece, path: str) -> Outline | None:
    """Return the outline of a piece with the rows of the file."""
    text = dedent("\n".join(piece.rows))
    found = outline_code(Lines(text, text.split("\n"), []), path, piece.language)
    if found is None:
        return None
    _shift(found.root, piece.start)
    definitions = [
        replace(each, start_line=each.start_line + piece.start, end_line=each.end_line + piece.start)
        for each in found.definitions
    ]
    return Outline(found.root, definitions)


def _shift(block: Block, rows: int) -> None:
    waiting = [block]
    while waiting:
        each = waiting.pop()
        each.start, each.end = each.start + rows, each.end + rows
        waiting += each.children


def _scripts(lines: Lines) -> Iterator[_Piece]:
    """Yield the scripts of a page or component, without those that are data or templates."""
    text, row, counted, end = lines.text, 0, 0, 0
    while (start := _SCRIPT.search(text, end)) and (stop := _SCRIPT_END.search(text, start.end())):
        row, counted = row + text.count("\n", counted, start.end()), start.end()
        end = stop.end()
        kind = {name.lower(): value.lower() for name, value in _KIND.findall(start[1])}
        name = (kind.get("lang") or kind.get("type", "")).rpartition("/")[2].removeprefix("x-")
        if language := _SCRIPT_TYPES.get(name) or language_named(name):
            yield _Piece(language, row, text[start.end() : stop.start()].split("\n"))


def _astro(lines: Lines) -> Iterator[_Piece]:
    """Yield the code between the fences at the top, and the scripts."""
    first = next((row for row, line in enumerate(lines.rows) if line.strip()), 0)
    if lines.rows[first].strip() == "---":
        last = next(
            (row for row in range(first + 1, len(lines)) if lines.rows[row].strip() == "---"), len(lines)
        )
        yield _Piece("typescript", first + 1, lines.rows[first + 1 : last])
    yield from _scripts(lines)


def _fenced(rows: Sequence[str]) -> Iterator[_Piece]:
    fence, language, start = "", "", 0
    for row, line in enumerate(rows):
        mark = _FENCE.match(line)
        if fence and mark and mark[1].startswith(fence) and not line.strip(" \t>`~"):
            if language and row > start:
                yield _Piece(language, start, rows[start:row])
            fence = ""
        elif mark and not fence:
            fence, language, start = mark[1], language_named(mark[2]), row + 1


def _directives(rows: Sequence[str]) -> Iterator[_Piece]:
    for row, line in enumerate(rows):
        directive = _DIRECTIVE.match(line)
        if directive and (language := language_named(directive[2] or "python")):
            end = row + 1
            while end < len(rows) and (not rows[end].strip() or _indent(rows[end]) > len(directive[1])):
                end += 1
            start = row + 1
            while start < end and (rows[start].lstrip().startswith(":") or not rows[start].strip()):
                start += 1
            yield _Piece(language, start, rows[start:end])


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def _source_blocks(rows: Sequence[str]) -> Iterator[_Piece]:
    for row, line in enumerate(rows[:-1]):
        block = _SOURCE_BLOCK.match(line)
        if block and rows[row + 1].startswith("----") and (language := language_named(block[1])):
            mark = rows[row + 1].rstrip()
            end = next((at for at in range(row + 2, len(rows)) if rows[at].rstrip() == mark), len(rows))
            yield _Piece(language, row + 2, rows[row + 2 : end])


def _outline_notebook(lines: Lines, path: str) -> Outline | None:
    """Return the outline of a notebook: a block for each cell, within the sections of its Markdown cells."""
    starts = [row for row, line in enumerate(lines.rows) if _CELL.match(line)]
    if not starts:
        return None
    prose = [""] * len(lines)
    definitions: list[Definition] = []
    cells: list[Block] = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        language = lines.rows[start].rpartition(" ")[2]
        cell = Block(start, end, Label())
        if language == "markdown":
            prose[start + 1 : end] = lines.rows[start + 1 : end]
        elif code := _cell_outline(lines.rows[start + 1 : end], start + 1, language, path):
            cell.children = code.root.children
            definitions += code.definitions
        cells.append(cell)
    sections = outline_headings(Lines("\n".join(prose), prose, []), "markdown")
    assert sections is not None
    _add_cells(sections.root, cells)
    return Outline(sections.root, definitions)


def _cell_outline(rows: Sequence[str], start: int, language: str, path: str) -> Outline | None:
    # Commands of the notebook itself are not in the language.
    source = [_MAGIC.sub(r"\1# ", row, count=1) if _MAGIC.match(row) else row for row in rows]
    return _outline(_Piece(language_named(language), start, source), path)


def _add_cells(section: Block, cells: Sequence[Block]) -> None:
    """Add cells to the innermost sections around them. A cell ends at the first section that starts in it."""
    inner = section.children
    starts = [each.start for each in inner]
    within: dict[int, list[Block]] = {}
    own: list[Block] = []
    for cell in cells:
        place = bisect_right(starts, cell.start)
        if place and cell.start < inner[place - 1].end:
            within.setdefault(place - 1, []).append(cell)
        else:
            cell.end = min([cell.end, section.end, *starts[place : place + 1]])
            cell.label = Label(symbol=section.label.symbol)
            own.append(cell)
    for place, some in within.items():
        _add_cells(inner[place], some)
    section.children = sorted([*inner, *own], key=lambda each: each.start)


_SCRIPTED: dict[str, Callable[[Lines], Iterator[_Piece]]] = {
    "vue": _scripts,
    "svelte": _scripts,
    "html": _scripts,
    "astro": _astro,
}
_CODE_BLOCKS: dict[str, Callable[[Sequence[str]], Iterator[_Piece]]] = {
    "markdown": _fenced,
    "rst": _directives,
    "asciidoc": _source_blocks,
}
