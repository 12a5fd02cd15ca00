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
class StoreOptions:
    """Where the vectors are kept: in the index's own folder, or on the Chroma server at ``url``.

    ``collection`` names what a team shares there; "" takes the repository's first commit. The model's name is added.
    """

    url: str = ""
    api_key: str = field(default="", repr=False)
    collection: str = ""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How a workspace is indexed.

    ``threads`` make vectors (0: one a core, at most four) and as many processes read files (0: one a core, at most
    two). ``rescan_seconds`` is how often every file is looked at where changes are watched for, 0 for only while events
    cannot be trusted. ``nice`` is how far the work stands behind everything else, 0 to 19; searches are not held back.

    ``memory_mib`` is what all processes of the index may take together, as far as that can be kept.

    ``exclude`` are patterns in gitignore syntax. ``editor_exclude`` are those of an editor's own settings; None, from a
    client that is no editor, means: whatever the last editor said of this folder.
    """

    embedding: EmbeddingOptions = field(default_factory=EmbeddingOptions)
    store: StoreOptions = field(default_factory=StoreOptions)
    max_file_bytes: int = 1_000_000
    threads: int = 0
    nice: int = 10
    rescan_seconds: int = 0
    memory_mib: int = 450
    exclude: tuple[str, ...] = ()
    editor_exclude: tuple[str, ...] | None = None
    home: Path | None = None

    @property
    def excluded(self) -> tuple[str, ...]:
        """All patterns of what is left out; ``exclude`` has the last word, and can let in again with ``!``."""
        return (*(self.editor_exclude or ()), *self.exclude)
