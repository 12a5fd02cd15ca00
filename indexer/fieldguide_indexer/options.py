"""The options of an index, with their defaults."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """Which model makes the vectors.

    ``provider`` is ``local`` (ONNX: the shipped model, or the one in ``folder``), ``openai`` (any endpoint that
    speaks OpenAI's ``/embeddings``, at ``base_url``) or ``none`` (lexical and symbol search only). ``off`` is why the
    endpoint must not be used, in one sentence; "" if it may. The certificates in ``ca_file`` are trusted beside those of
    the system.
    """

    provider: str = "local"
    folder: Path | None = None
    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)
    batch_size: int = 64
    timeout_seconds: float = 60.0
    off: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where the vectors are kept: in the index's own folder, or on the Chroma server at ``url``.

    ``collection`` is the name of a collection that a team shares there; "" takes the repository's first commit. The
    model's name is added.
    """

    url: str = ""
    api_key: str = field(default="", repr=False)
    collection: str = ""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How a workspace is indexed.

    Attributes:
        embedding: Which model makes the vectors.
        store: Where the vectors are kept.
        max_file_bytes: Larger files are skipped.
        threads: How many threads compute vectors (0: one per core, at most four), and how many processes read files (0: one
            a core, at most two).
        nice: The priority of the work below everything else, 0 to 19. Searches have normal priority.
        rescan_seconds: How often every file is looked at while the folder is watched; 0 for only while file events are
            not reliable.
        memory_mib: How much memory all processes of the index may take together, as far as possible.
        exclude: Patterns in gitignore syntax.
        editor_exclude: The patterns of an editor's own settings. None, from a client that is no editor, stands for
            those of the last editor that opened this folder.
        home: The folder of everything Fieldguide stores; None for ``FIELDGUIDE_HOME`` or the platform's cache.
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
        """All patterns. Those of ``exclude`` come last, and can include files again with ``!``."""
        return (*(self.editor_exclude or ()), *self.exclude)
