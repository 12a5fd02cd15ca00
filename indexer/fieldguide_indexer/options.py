"""What can be chosen about an index, with every default in sight."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """Which model makes the vectors.

    ``provider`` is ``local`` (ONNX: the shipped model, or the one in ``folder``), ``openai`` (any endpoint that
    speaks OpenAI's ``/embeddings``) or ``none`` (lexical and symbol search only).
    """

    provider: str = "local"
    folder: Path | None = None
    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)
    batch_size: int = 64
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How a workspace is indexed. ``threads`` 0 means: one a core, at most four."""

    embedding: EmbeddingOptions = field(default_factory=EmbeddingOptions)
    max_file_bytes: int = 1_000_000
    threads: int = 0
    exclude: tuple[str, ...] = ()
    home: Path | None = None
