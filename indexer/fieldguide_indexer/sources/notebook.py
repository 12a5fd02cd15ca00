"""Jupyter notebooks as text: the sources of the cells, each line where it is in the file; outputs are left out."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

NOTEBOOK_SUFFIX = ".ipynb"
# Pictures in the outputs make a notebook large; its text is what counts.
MAX_NOTEBOOK_BYTES = 50_000_000

# Marks the start of a cell, followed by its language. The row has none of the cell's source.
CELL_MARK = "# %% "

# The source of a cell in the third version: worksheets, its number, cells, its number, input, its line.
_DEEPEST = 6
# A string without an end goes to the end of the text: it would be searched again from each quote in it.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)
_LANGUAGES = {"ipython": "python", "python3": "python", "ir": "r"}


@dataclass(slots=True)
class _Cell:
    """A cell: the row of its first character, and the pieces of its source, each with its row."""

    row: int
    kind: str = "code"
    source: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Notebook:
    cells: list[_Cell] = field(default_factory=list)
    language: str = ""


def notebook_text(text: str) -> str | None:
    """Return a notebook with every row blank but the sources of its cells; None if the text is not a notebook.

    The row where a cell starts has ``CELL_MARK`` and the language. A source that is one JSON string is one row.
    """
    notebook = _read(text)
    if notebook is None:
        return None
    rows: list[list[str]] = [[] for _ in range(text.count("\n") + 1)]
    for cell in notebook.cells:
        for row, piece in cell.source:
            rows[row] += piece.rstrip("\n").split("\n")
    for cell in notebook.cells:
        if not rows[cell.row]:
            rows[cell.row] = [CELL_MARK + (notebook.language if cell.kind == "code" else cell.kind)]
    return "\n".join(map(" ".join, rows))


def _read(text: str) -> _Notebook | None:
    if not text.lstrip().startswith("{"):
        return None
    notebook = _Notebook()
    try:
        for keys, row, value in _values(text):
            _take(notebook, keys, row, value)
    except (ValueError, IndexError):
        return None
    notebook.language = _LANGUAGES.get(notebook.language, notebook.language) or "python"
    return notebook if notebook.cells else None


def _take(notebook: _Notebook, keys: tuple[str, ...], row: int, value: str) -> None:
    """Use one value of the notebook. ``keys`` lead to it; an item of an array has the key ""."""
    if keys[0] == "worksheets":
        keys = keys[2:]  # the third version of the format
    match keys:
        case ("cells", "") if value == "{":
            notebook.cells.append(_Cell(row))
        case ("cells", "", "cell_type") if value in ("markdown", "raw", "heading"):
            notebook.cells[-1].kind = "markdown" if value == "heading" else value
        case ("cells", "", "source" | "input") | ("cells", "", "source" | "input", "") if value not in (
            "[",
            "{",
        ):
            notebook.cells[-1].source.append((row, value))
        case ("metadata", "language_info", "name") | ("metadata", "kernelspec", "language"):
            notebook.language = value.lower()


def _values(text: str) -> Iterator[tuple[tuple[str, ...], int, str]]:
    """Yield the strings and the opening brackets of a JSON text, each with the keys that lead to it, and its row.

    Raises:
        ValueError, IndexError: The text is not JSON.
    """
    path: list[str] = []
    kinds: list[str] = []
    row = counted = 0
    is_key = False
    for found in _TOKEN.finditer(text):
        piece, at = found[0], found.start()
        row, counted = row + text.count("\n", counted, at), at
        if piece in ("{", "["):
            if 0 < len(path) <= _DEEPEST:
                yield tuple(path), row, piece
            kinds.append(piece)
            path.append("")
            is_key = piece == "{"
        elif piece in ("}", "]"):
            kinds.pop()
            path.pop()
        elif piece == ",":
            is_key = kinds[-1] == "{"
        elif is_key:
            path[-1] = json.loads(piece)
            is_key = False
        elif len(path) <= _DEEPEST:
            yield tuple(path), row, json.loads(piece)
    if kinds:
        raise ValueError("unbalanced brackets")
