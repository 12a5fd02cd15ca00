"""Conversions between Fieldguide's values and LSP's: URIs, positions, texts.

LSP counts lines from 0 and columns in code units of the negotiated encoding (UTF-16 by default); Fieldguide counts
lines from 1 and columns in characters.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from fieldguide_indexer import IndexStatus

if TYPE_CHECKING:
    from fieldguide_server.configgen.reading.yaml import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_THIS_HOST = re.compile(r"^file://localhost/", re.IGNORECASE)


def path_of(uri: str) -> Path | None:
    """Return the path of a local file; None for any other URI (``untitled:``, ``vscode-remote:`` …)."""
    try:
        name = to_fs_path(_THIS_HOST.sub("file:///", uri))
    except ValueError:
        return None
    path = Path(name) if name and "\0" not in name else None
    # A drive of Windows is no path on another system.
    return path if path and path.is_absolute() else None


def uri_of(path: Path) -> str:
    """Return the URI of a local file."""
    return str(from_fs_path(str(path)))


def local_path(name: str) -> Path | None:
    """Return the local path that a URI or a path names; None for a URI that is not local."""
    return path_of(name) if "://" in name else Path(name)


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines with their ends. Only LF, CRLF and CR end a line in LSP; a form feed does not."""
    return tuple(_LINE.findall(text))


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which clients can leave in a document, with U+FFFD. No position changes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def offset_of(text: str, position: types.Position, codec: PositionCodec) -> int:
    """Return the offset of a position in ``text``, in characters, at most the end of its line or of the text."""
    start, line = line_at(text, position.line)
    return start + column_of(line, position.character, codec)


def line_at(text: str, number: int) -> tuple[int, str]:
    """Return the offset where a line starts, and the line without its end; past the last line, the end of the text.

    Args:
        text: A document.
        number: The line, from 0.
    """
    match = next(islice(_LINE.finditer(text), number, None), None)
    return (match.start(), match[0].rstrip("\r\n")) if match else (len(text), "")


def column_of(line: str, units: int, codec: PositionCodec) -> int:
    """Return the column of a position in its line, in characters.

    Args:
        line: The line without its end.
        units: The column in units of ``codec``.
        codec: What the client counts in.
    """
    if line.isascii():
        return min(units, len(line))
    passed = 0
    for column, character in enumerate(line):
        passed += codec.client_num_units(character)
        if passed > units:
            return column
    return len(line)


def line_range(chosen: types.Range | None, position: types.Position | None) -> tuple[int, int]:
    """Return the first and the last line of a range or position, from 1.

    A range that ends before a line's first character does not include that line.
    """
    if chosen is None:
        line = position.line + 1 if position else 1
        return line, line
    past = chosen.end.character == 0 and chosen.end.line > chosen.start.line
    return chosen.start.line + 1, chosen.end.line + (0 if past else 1)


def range_of(lines: Sequence[str], span: "Span", codec: PositionCodec) -> types.Range:
    """Return a span of a text as an LSP range; what lies past the end of the text is its end.

    Args:
        lines: The lines without their ends, including an empty last one.
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
    """Return an index's status as JSON, for the folder with this URI."""
    return {"folder": folder, **asdict(status), "state": str(status.state)}


def with_notice(result: dict[str, Any], sentence: str) -> dict[str, Any]:
    """Return the result with a sentence put before its ``notice``."""
    return {**result, "notice": " ".join(filter(None, (sentence, result.get("notice", ""))))}


def full_range(text: str, codec: PositionCodec) -> types.Range:
    """Return the range of an entire document."""
    lines = lines_of(text)
    if not lines or lines[-1].endswith(("\n", "\r")):
        return types.Range(types.Position(0, 0), types.Position(len(lines), 0))
    end = types.Position(len(lines) - 1, codec.client_num_units(lines[-1]))
    return types.Range(types.Position(0, 0), end)


def place_json(uri: str, position: types.Position) -> dict[str, Any]:
    """Return a place in a document as the argument of a command."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": position.line, "character": position.character},
    }


def command_uri(command: str, argument: Mapping[str, Any]) -> str:
    """Return the URI that runs a command with an argument, for a link in Markdown."""
    return f"command:{command}?{quote(json.dumps([argument], separators=(',', ':')), safe='')}"
