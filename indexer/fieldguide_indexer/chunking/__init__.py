"""Cutting documents into chunks: by symbol for code, by heading for prose, by tokens for everything else."""

from fieldguide_indexer.chunking.chunker import CHUNKER_VERSION, chunk
from fieldguide_indexer.chunking.languages import detect_language
from fieldguide_indexer.chunking.lines import MAX_TOKENS

__all__ = ["CHUNKER_VERSION", "MAX_TOKENS", "chunk", "detect_language"]
