"""Layout of chunks from an outline: complete blocks if they fit, small neighbours joined, large blocks split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.chunking.text import split
from fieldguide_indexer.types import Definition

# Neighbours are joined up to about this many tokens, so that small functions do not become thousands of chunks.
_TARGET_TOKENS = 200
# A closing brace or a single comment joins its neighbour wherever there is room.
_TINY_TOKENS = 12
# Blank lines between neighbours: more are left out of a notebook, and what is around them does not belong together.
_MAX_GAP = 12


@dataclass(frozen=True, slots=True)
class Label:
    """The metadata of a chunk: see ``Chunk``."""

    kind: str = "text"
    symbol: str = ""
    signature: str = ""
    doc: str = ""


@dataclass(slots=True)
class Block:
    """Consecutive lines that belong together, half-open from 0, with the blocks inside of them in order.

    ``weight`` decides which label a chunk of several blocks gets.
    """

    start: int
    end: int
    label: Label
    weight: int = 0
    children: list["Block"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks of a text, and its definitions."""

    root: Block
    definitions: Sequence[Definition] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """The content of one chunk. ``is_complete`` is false for a part of a line."""

    start: int
    end: int
    text: str
    label: Label
    weight: int = 0
    is_complete: bool = True


def plain(lines: Lines) -> Outline:
    """Return the outline of a text without known structure."""
    return Outline(Block(0, len(lines), Label()))


def lay_out(lines: Lines, root: Block) -> list[Piece]:
    """Return pieces of at most ``MAX_TOKENS`` tokens that contain every line of a block that is not blank."""
    return [
        replace(piece, text=piece.text or lines.slice(piece.start, piece.end))
        for piece in _divide(lines, root)
    ]


def _divide(lines: Lines, block: Block) -> list[Piece]:
    if not block.children:
        return _cut(lines, block)
    pieces: list[Piece] = []
    closed = 0  # pieces before this one come from a block that had to be split: they are not joined with neighbours
    for segment in _segments(lines, block):
        start, end = lines.trim(segment.start, segment.end)
        if start == end:
            continue
        if lines.fits(start, end):
            _append(lines, pieces, Piece(start, end, "", segment.label, segment.weight), len(pieces) > closed)
            continue
        first, *rest = _divide(lines, segment)
        _append(lines, pieces, first, is_open=False)
        pieces += rest
        closed = len(pieces)
    return pieces


def _cut(lines: Lines, block: Block) -> list[Piece]:
    runs = split(lines, block.start, block.end)
    return [
        Piece(start, end, text, block.label, block.weight, is_complete=lines.fits(start, end))
        for start, end, text in runs
    ]


def _append(lines: Lines, pieces: list[Piece], piece: Piece, is_open: bool) -> None:
    """Add a piece, or extend the last one if the two are small enough."""
    if pieces and pieces[-1].is_complete and piece.is_complete and piece.start - pieces[-1].end <= _MAX_GAP:
        last = pieces[-1]
        small = is_open and lines.tokens(last.start, piece.end) <= _TARGET_TOKENS
        if small or (_has_tiny(lines, last, piece) and lines.fits(last.start, piece.end)):
            heavier = max(last, piece, key=lambda candidate: candidate.weight)
            pieces[-1] = Piece(last.start, piece.end, "", heavier.label, heavier.weight)
            return
    pieces.append(piece)


def _has_tiny(lines: Lines, *pieces: Piece) -> bool:
    return any(lines.tokens(piece.start, piece.end) <= _TINY_TOKENS for piece in pieces)


def _segments(lines: Lines, block: Block) -> Iterator[Block]:
    """Return the children of a block and the lines between them as consecutive blocks without gaps."""
    # The head of a block gets its label; lines between its children only get it when they are alone.
    weight = block.weight
    position = block.start
    for child in _disjoint(block.children):
        if not lines.blank(position, child.start):
            yield Block(position, child.start, block.label, weight)
            weight = 0
        yield child
        position = child.end
    if not lines.blank(position, block.end):
        yield Block(position, block.end, block.label)


def _disjoint(blocks: Sequence[Block]) -> Iterator[Block]:
    """Join blocks that share a line."""
    current = blocks[0]
    for block in blocks[1:]:
        if block.start >= current.end:
            yield current
            current = block
        else:
            heavier = max(current, block, key=lambda candidate: candidate.weight)
            current = Block(current.start, max(current.end, block.end), heavier.label, heavier.weight)
    yield current
