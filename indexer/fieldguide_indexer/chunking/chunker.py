"""The entry point: from a document to its chunks and definitions."""

from fieldguide_indexer.chunking.code import outline_code
from fieldguide_indexer.chunking.embedded import definitions_in_prose, outline_embedded
from fieldguide_indexer.chunking.headings import outline_headings
from fieldguide_indexer.chunking.languages import detect_language
from fieldguide_indexer.chunking.layout import Outline, lay_out, plain
from fieldguide_indexer.chunking.lines import Lines
from fieldguide_indexer.types import Chunk, ChunkedDocument, Document


def chunk(document: Document) -> ChunkedDocument:
    r"""Split a document into chunks of at most ``MAX_TOKENS`` tokens, and list its definitions.

    Chunks do not overlap, keep the order of the lines, and together contain every line that is not blank. A chunk's
    text is its lines joined by ``\n``: ``\r\n`` and a lone ``\r`` count as ends of lines too, and are not kept.
    Only a line of more than ``MAX_TOKENS`` is itself split; its chunks share its number. It never raises:
    text that cannot be parsed is split as plain text.
    """
    lines = Lines.of(document.text)
    language = document.language or detect_language(document.path, lines.rows[0])
    outline = _outline(lines, document.path, language)
    chunks = (
        Chunk(
            document.path,
            piece.start + 1,
            piece.end,
            piece.text,
            piece.label.kind,
            piece.label.symbol,
            piece.label.signature,
            piece.label.doc,
            language,
        )
        for piece in lay_out(lines, outline.root)
    )
    return ChunkedDocument(tuple(chunks), tuple(outline.definitions))


def _outline(lines: Lines, path: str, language: str) -> Outline:
    if sections := outline_headings(lines, language):
        return Outline(sections.root, definitions_in_prose(lines, path, language))
    return outline_embedded(lines, path, language) or outline_code(lines, path, language) or plain(lines)
