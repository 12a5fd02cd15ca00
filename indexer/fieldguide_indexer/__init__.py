"""A library and a shell tool that index a codebase: walk, chunk, embed, search, look up.

It knows no editor and no language model. Names that are not exported here are not public.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from fieldguide_indexer.errors import (
    CertificateError,
    EmbeddingError,
    FieldguideError,
    StorageError,
    WorkspaceError,
)
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions, StoreOptions
from fieldguide_indexer.types import (
    Chunk,
    Definition,
    Document,
    FileGroup,
    FileStatus,
    HealthCheck,
    Hit,
    IndexEvent,
    IndexPlan,
    IndexStatus,
    Lookup,
    Progress,
    Reference,
    SkippedFile,
    State,
    UpdateReport,
)

if TYPE_CHECKING:
    from fieldguide_indexer.child_process import ChildProcess, claim_stdout, exit_with_parent
    from fieldguide_indexer.chunking.grammar import syntax_errors
    from fieldguide_indexer.chunking.languages import detect_language
    from fieldguide_indexer.doctor import diagnose
    from fieldguide_indexer.embedding.certificates import trusted_certificates
    from fieldguide_indexer.embedding.openai_client import check_host, remove_ambient_headers
    from fieldguide_indexer.index import Index
    from fieldguide_indexer.paths import absolute_home
    from fieldguide_indexer.redaction import PLACEHOLDER, redact
    from fieldguide_indexer.search.merge import merge_hits
    from fieldguide_indexer.sources.encoding.decode import decode
    from fieldguide_indexer.sources.names import reason_to_skip
    from fieldguide_indexer.sources.notebook import notebook_text
    from fieldguide_indexer.sources.safe_git import git_command, git_environment
    from fieldguide_indexer.sources.source_list import SourceList, is_source_name
    from fieldguide_indexer.store.lexical import ascii_shape, find_words, split_word
    from fieldguide_indexer.tokens import count_tokens, estimate_tokens
    from fieldguide_indexer.updating.dry_run import plan_index
else:
    # Imported when first used: a language server answers `initialize` with the names above alone.
    _LAZY = {
        "PLACEHOLDER": "redaction",
        "ChildProcess": "child_process",
        "check_host": "embedding.openai_client",
        "remove_ambient_headers": "embedding.openai_client",
        "Index": "index",
        "SourceList": "sources.source_list",
        "claim_stdout": "child_process",
        "count_tokens": "tokens",
        "decode": "sources.encoding.decode",
        "detect_language": "chunking.languages",
        "diagnose": "doctor",
        "estimate_tokens": "tokens",
        "exit_with_parent": "child_process",
        "git_command": "sources.safe_git",
        "git_environment": "sources.safe_git",
        "is_source_name": "sources.source_list",
        "merge_hits": "search.merge",
        "absolute_home": "paths",
        "ascii_shape": "store.lexical",
        "find_words": "store.lexical",
        "split_word": "store.lexical",
        "notebook_text": "sources.notebook",
        "plan_index": "updating.dry_run",
        "reason_to_skip": "sources.names",
        "redact": "redaction",
        "syntax_errors": "chunking.grammar",
        "trusted_certificates": "embedding.certificates",
    }

    def __getattr__(name: str) -> object:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


__all__ = [
    "PLACEHOLDER",
    "CertificateError",
    "ChildProcess",
    "Chunk",
    "Definition",
    "Document",
    "EmbeddingError",
    "EmbeddingOptions",
    "FieldguideError",
    "FileGroup",
    "FileStatus",
    "HealthCheck",
    "Hit",
    "Index",
    "IndexEvent",
    "IndexOptions",
    "IndexPlan",
    "IndexStatus",
    "Lookup",
    "Progress",
    "Reference",
    "SkippedFile",
    "SourceList",
    "State",
    "StorageError",
    "StoreOptions",
    "UpdateReport",
    "WorkspaceError",
    "absolute_home",
    "ascii_shape",
    "check_host",
    "claim_stdout",
    "count_tokens",
    "decode",
    "detect_language",
    "diagnose",
    "estimate_tokens",
    "exit_with_parent",
    "find_words",
    "git_command",
    "git_environment",
    "is_source_name",
    "merge_hits",
    "notebook_text",
    "plan_index",
    "reason_to_skip",
    "redact",
    "remove_ambient_headers",
    "split_word",
    "syntax_errors",
    "trusted_certificates",
]
