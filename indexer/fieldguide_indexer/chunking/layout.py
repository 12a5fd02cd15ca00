"""From an outline of a text to its chunks: whole blocks where they fit, small neighbours together, large ones cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.chunking.text import split
from fieldguide_indexer.types import Definition

# Neighbours are put together up to about this many tokens, so that tiny functions do not make thousands of chunks.
_TARGET_TOKENS = 200
# A closing brace, a lone comment: goes with its neighbour wherever that has room.
_TINY_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Label:
    """What a chunk says of itself: see ``Chunk``."""

    kind: str = "text"
    symbol: str = ""
    signature: str = ""
    doc: str = ""


@dataclass(slots=True)
class Block:
    """A run of lines that belongs together, half-open from 0, with the blocks inside it in their order.

    ``weight`` decides whose label a chunk of several blocks bears.
    """

    start: int
    end: int
    label: Label
    weight: int = 0
    children: list["Block"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks of a whole text, and what it defines."""

    root: Block
    definitions: Sequence[Definition] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one chunk. ``whole`` is false for a part of a line."""

    start: int
    end: int
    text: str
    label: Label
    weight: int = 0
    whole: bool = True


def plain(lines: Lines) -> Outline:
    """Return the outline of a text of which nothing is known."""
    return Outline(Block(0, len(lines), Label()))


def lay_out(lines: Lines, root: Block) -> list[Piece]:
    """Make pieces, each of at most ``MAX_TOKENS`` tokens, that hold every line of a block that is not blank."""
    return [
        replace(piece, text=piece.text or lines.slice(piece.start, piece.end))
        for piece in _divide(lines, root)
    ]


def _divide(lines: Lines, block: Block) -> list[Piece]:
    if not block.children:
        return _cut(lines, block)
    pieces: list[Piece] = []
    closed = 0  # pieces before this one came out of a block that had to be cut: they take no more neighbours
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
        Piece(start, end, text, block.label, block.weight, whole=lines.fits(start, end))
        for start, end, text in runs
    ]


def _append(lines: Lines, pieces: list[Piece], piece: Piece, is_open: bool) -> None:
    """Add a piece, or lets the last one grow by it where the two are small enough."""
    if pieces and pieces[-1].whole and piece.whole:
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
    """Give the children of a block and the lines between them as one row of blocks without a gap."""
    # The head of a block speaks for the whole of it; what lies between its children does so only when alone.
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
