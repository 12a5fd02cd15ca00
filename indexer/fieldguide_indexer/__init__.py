"""A library and a shell tool that keep an index of a codebase: walk, chunk, embed, search, look up.

It knows no editor and no language model. What is not named here is not public.
"""

from fieldguide_indexer.errors import EmbeddingError, FieldguideError, StorageError, WorkspaceError
from fieldguide_indexer.index import Index
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions
from fieldguide_indexer.redaction import redact
from fieldguide_indexer.tokens import count_tokens, estimate_tokens
from fieldguide_indexer.types import (
    Chunk,
    Definition,
    Document,
    FileStatus,
    Hit,
    IndexStatus,
    Lookup,
    Progress,
    Reference,
    SkippedFile,
    State,
    UpdateReport,
)

__all__ = [
    "Chunk",
    "Definition",
    "Document",
    "EmbeddingError",
    "EmbeddingOptions",
    "FieldguideError",
    "FileStatus",
    "Hit",
    "Index",
    "IndexOptions",
    "IndexStatus",
    "Lookup",
    "Progress",
    "Reference",
    "SkippedFile",
    "State",
    "StorageError",
    "UpdateReport",
    "WorkspaceError",
    "count_tokens",
    "estimate_tokens",
    "redact",
]
