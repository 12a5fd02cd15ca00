"""The only translation between our values and the protocol's: URIs, positions, texts.

Positions on the wire count code units of the negotiated encoding (UTF-16 unless agreed otherwise) from 0; ours
count characters, and lines from 1.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from fieldguide_indexer import IndexStatus

if TYPE_CHECKING:
    from fieldguide_server.configgen.reading.yaml import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_THIS_HOST = re.compile(r"^file://localhost/", re.IGNORECASE)


def path_of(uri: str) -> Path | None:
    """Return the file that a URI names; None for one that is no local file (``untitled:``, ``vscode-remote:`` …)."""
    try:
        name = to_fs_path(_THIS_HOST.sub("file:///", uri))
    except ValueError:
        return None
    path = Path(name) if name and "\0" not in name else None
    # A drive of Windows is no place on another system.
    return path if path and path.is_absolute() else None


def uri_of(path: Path) -> str:
    """Return the URI of a local file."""
    return str(from_fs_path(str(path)))


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines with their ends. Only LF, CRLF and CR end a line in LSP; a form feed does not."""
    return tuple(_LINE.findall(text))


def whole(text: str) -> str:
    """Return the text without halves of characters, which clients can leave in a buffer; no position changes by it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def offset_of(text: str, position: types.Position, codec: PositionCodec) -> int:
    """Return where a position is in ``text``, in characters; what lies past the end of a line or text is its end."""
    start, line = line_at(text, position.line)
    return start + column_of(line, position.character, codec)


def line_at(text: str, number: int) -> tuple[int, str]:
    """Return where a line starts, and the line without its end; the end of the text for lines beyond.

    Args:
        text: A document.
        number: The line, from 0.
    """
    match = next(islice(_LINE.finditer(text), number, None), None)
    return (match.start(), match[0].rstrip("\r\n")) if match else (len(text), "")


def column_of(line: str, units: int, codec: PositionCodec) -> int:
    """Return where a position is in its line, in characters."""
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


def range_of(lines: Sequence[str], span: "Span", codec: PositionCodec) -> types.Range:
    """Return a stretch of a text as the protocol counts; what lies beyond the text is its end.

    Args:
        lines: The text's lines without their ends, the last one too if it is empty.
        span: Lines from 1, columns in characters.
        codec: What the client counts in.
    """
    start = _position_of(lines, span.line - 1, span.start, codec)
    return types.Range(start, _position_of(lines, span.end_line - 1, span.end, codec))


def _position_of(lines: Sequence[str], number: int, column: int, codec: PositionCodec) -> types.Position:
    if number >= len(lines):
        number, column = len(lines) - 1, len(lines[-1])
    return types.Position(number, codec.client_num_units(lines[number][:column]))


def status_json(folder: str, status: IndexStatus) -> dict[str, Any]:
    """Return ``fieldguide/indexStatus`` and the heart of ``fieldguide/status``."""
    return {"folder": folder, **asdict(status), "state": str(status.state)}


def with_notice(result: dict[str, Any], sentence: str) -> dict[str, Any]:
    """Return a result whose ``notice`` says this, too."""
    return {**result, "notice": " ".join(filter(None, (sentence, result.get("notice", ""))))}


def whole_range(text: str, codec: PositionCodec) -> types.Range:
    """Return the whole of a document."""
    lines = lines_of(text)
    if not lines or lines[-1].endswith(("\n", "\r")):
        return types.Range(types.Position(0, 0), types.Position(len(lines), 0))
    end = types.Position(len(lines) - 1, codec.client_num_units(lines[-1]))
    return types.Range(types.Position(0, 0), end)
