"""Chunking of documents: by symbol for code, by heading for prose, by tokens for everything else."""

from importlib import import_module
from typing import TYPE_CHECKING

# An index with another version is rebuilt: increase it with any change of the output.
CHUNKER_VERSION = 5

if TYPE_CHECKING:
    from fieldguide_indexer.chunking.chunker import chunk
    from fieldguide_indexer.chunking.languages import detect_language
    from fieldguide_indexer.chunking.lines import MAX_TOKENS
else:
    # Imported on first use: the owner of an index only needs the version; worker processes do the chunking.
    _LATER = {"chunk": "chunker", "detect_language": "languages", "MAX_TOKENS": "lines"}

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = ["CHUNKER_VERSION", "MAX_TOKENS", "chunk", "detect_language"]
