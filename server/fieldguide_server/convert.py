"""The only translation between our values and the protocol's: URIs, positions, hover texts, workspace edits.

Positions on the wire count code units of the negotiated encoding (UTF-16 unless agreed otherwise) from 0; ours
count characters, and lines from 1.
"""

import re
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from fieldguide_indexer import Definition, IndexStatus, Lookup

# Together with the fence, the place and what else there is: twelve lines at most.
_SIGNATURE_LINES = 3
_DOC_LINES = 3
_ALSO = 2
_LONGEST_LINE = 10_000
_WORD = re.compile(r"[^\W\d][\w$]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_FENCES = {"py": "python", "ts": "typescript", "js": "javascript", "rs": "rust", "rb": "ruby", "kt": "kotlin"}


def path_of(uri: str) -> Path | None:
    """The file that a URI names; None for one that is no local file (``untitled:``, ``vscode-remote:`` …)."""
    try:
        name = to_fs_path(uri)
    except ValueError:
        return None
    return Path(name) if name and "\0" not in name else None


def uri_of(path: Path) -> str:
    """The URI of a local file."""
    return str(from_fs_path(str(path)))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines with their ends. Only LF, CRLF and CR end a line in LSP; a form feed does not."""
    return tuple(_LINE.findall(text))


def offset_of(text: str, position: types.Position, codec: PositionCodec) -> int:
    """Where a position is in ``text``, in characters; what lies past the end of a line or text is its end."""
    start, line = _line(text, position.line)
    return start + _column(line, position.character, codec)


def word_at(text: str, position: types.Position, codec: PositionCodec) -> str:
    """The identifier under the cursor or just before it, "" when there is none."""
    _, line = _line(text, position.line)
    if len(line) > _LONGEST_LINE:
        return ""
    column = _column(line, position.character, codec)
    words = [match for match in _WORD.finditer(line) if match.start() <= column <= match.end()]
    # A cursor right behind a word still means it, unless another word begins there.
    return words[-1][0] if words else ""


def _line(text: str, number: int) -> tuple[int, str]:
    """Where a line starts, and the line without its end; the end of the text for lines beyond."""
    match = next(islice(_LINE.finditer(text), number, None), None)
    return (match.start(), match[0].rstrip("\r\n")) if match else (len(text), "")


def _column(line: str, units: int, codec: PositionCodec) -> int:
    if line.isascii():
        return min(units, len(line))
    passed = 0
    for column, character in enumerate(line):
        passed += codec.client_num_units(character)
        if passed > units:
            return column
    return len(line)


def line_range(chosen: types.Range | None, position: types.Position | None) -> tuple[int, int]:
    """First and last line, from 1. A range that ends before a line's first character does not include that line."""
    if chosen is None:
        line = position.line + 1 if position else 1
        return line, line
    past = chosen.end.character == 0 and chosen.end.line > chosen.start.line
    return chosen.start.line + 1, chosen.end.line + (0 if past else 1)


def status_json(folder: str, status: IndexStatus) -> dict[str, Any]:
    """``fieldguide/indexStatus`` and the heart of ``fieldguide/status``."""
    return {"folder": folder, **asdict(status), "state": str(status.state)}


def hover_text(found: Lookup, here: str, folder: Path, kind: types.MarkupKind) -> str:
    """What a hover says about a name, at most twelve lines; "" when nothing is known.

    Args:
        found: What the index knows.
        here: The path of the document under the cursor; definitions in it, then in its language, come first.
        folder: The workspace folder that the paths are relative to.
        kind: Markdown or plain text.
    """
    if not found.definitions:
        return ""
    best, *others = sorted(found.definitions, key=lambda each: _distance(each, here))
    markdown = kind == types.MarkupKind.Markdown
    places = [_place(each, folder, markdown=markdown) for each in (best, *others[:_ALSO])]
    more = f" and {len(others) - _ALSO} more" if len(others) > _ALSO else ""
    lines = [*_signature(best, markdown=markdown), *_doc(best)]
    lines.append(f"{places[0]} · {_count(len(found.references), 'reference')}")
    if others:
        lines += (
            ["", f"Also {', '.join(places[1:])}{more}"]
            if markdown
            else [f"Also {', '.join(places[1:])}{more}"]
        )
    return "\n".join(lines)


def _distance(definition: Definition, here: str) -> int:
    if definition.path == here:
        return 0
    return 1 if Path(definition.path).suffix == Path(here).suffix else 2


def _signature(definition: Definition, *, markdown: bool) -> list[str]:
    text = definition.signature or f"{definition.kind} {definition.symbol or definition.name}"
    lines = [line.rstrip() for line in text.splitlines() if line.strip()][:_SIGNATURE_LINES]
    if not markdown:
        return lines
    suffix = Path(definition.path).suffix[1:]
    return [f"```{_FENCES.get(suffix, suffix)}", *lines, "```"]


def _doc(definition: Definition) -> list[str]:
    """The first paragraph, and an empty line after it."""
    paragraph = re.split(r"\n\s*\n", definition.doc.strip(), maxsplit=1)[0]
    lines = [line.strip() for line in paragraph.splitlines() if not line.lstrip().startswith("```")]
    return [*lines[:_DOC_LINES], ""] if lines else []


def _place(definition: Definition, folder: Path, *, markdown: bool) -> str:
    place = f"{definition.path}:{definition.start_line}"
    if not markdown:
        return place
    return f"[{place}]({uri_of(folder / definition.path)}#L{definition.start_line})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def whole_range(text: str, codec: PositionCodec) -> types.Range:
    """The whole of a document."""
    lines = lines_of(text)
    if not lines or lines[-1].endswith(("\n", "\r")):
        return types.Range(types.Position(0, 0), types.Position(len(lines), 0))
    end = types.Position(len(lines) - 1, codec.client_num_units(lines[-1]))
    return types.Range(types.Position(0, 0), end)
