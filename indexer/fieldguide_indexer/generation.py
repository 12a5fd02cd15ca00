"""One generation of an index: a catalog and its vectors, made with one model and one way of chunking.

A generation's folder is named by its *recipe*. When the recipe changes (another model, a new chunker) the next
generation is built beside the old one, which answers until the new one can.
"""

import hashlib
import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from fieldguide_indexer.chunking import CHUNKER_VERSION
from fieldguide_indexer.embedding import CONDENSE_VERSION, Embedder, condense
from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.redaction import REDACTION_VERSION
from fieldguide_indexer.store.catalog import SCHEMA_VERSION, Catalog, DamagedCatalogError
from fieldguide_indexer.store.lexical import LEXICAL_VERSION, question_words
from fieldguide_indexer.store.vectors import VectorStore

logger = logging.getLogger(__name__)

_POINTER = "current"
_RECIPE = "recipe.json"
_PROBE_WORDS = 6
_SAME = 0.98


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an index is made with. Two indexes of one recipe are interchangeable."""

    model: str
    dimension: int
    chunker: int = CHUNKER_VERSION
    condense: int = CONDENSE_VERSION
    redaction: int = REDACTION_VERSION
    lexical: int = LEXICAL_VERSION
    schema: int = SCHEMA_VERSION

    @property
    def name(self) -> str:
        """A folder name that changes when anything of the recipe does."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:12]


class Generation:
    """The stores of one recipe. Without an embedder it has no vectors and searches by words and symbols."""

    def __init__(self, folder: Path, recipe: Recipe, embedder: Embedder | None) -> None:
        self.folder = folder
        self.recipe = recipe
        self.embedder = embedder
        self.problem = ""
        self.catalog = self._open_catalog()
        self.vectors: VectorStore | None = None

    def _open_catalog(self) -> Catalog:
        file = self.folder / "catalog.sqlite"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _RECIPE).write_text(json.dumps(asdict(self.recipe), indent=1), encoding="utf-8")
        except OSError as error:
            raise StorageError(f"The index cannot be written to {self.folder}: {error.strerror}.") from error
        try:
            return Catalog(file)
        except DamagedCatalogError:
            logger.exception("The catalog %s is damaged; beginning anew", file)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            return Catalog(file)

    def open_vectors(self) -> None:
        """Opens the vectors: a second of imports, so it is done when the words can be searched already."""
        if self.embedder is None or self.vectors is not None:
            return
        vectors = VectorStore(self.folder / "vectors", self.embedder.dimension)
        if not vectors.open():
            self.catalog.forget_vectors()
        self.vectors = vectors

    def answers(self) -> bool:
        """The self-probe: a chunk known to be there is found by its words and, with an embedder, by its vector."""
        probe = self.catalog.probe()
        if probe is None:
            return True
        chunk_id, slot, chunk = probe
        words = question_words(chunk.text)[:_PROBE_WORDS]
        if words and chunk_id not in self.catalog.chunks_with_all(words):
            return False
        if self.embedder is None:
            return True
        if self.vectors is None:
            return False
        vector = self.embedder.embed_documents([condense(chunk)])[0]
        return any(found == slot or near > _SAME for found, near in self.vectors.query(vector, 10))

    def close(self) -> None:
        """Closes both stores."""
        if self.vectors is not None:
            self.vectors.close()
        self.catalog.close()


def current_name(folder: Path) -> str:
    """The name of the generation that answers, "" when there is none yet."""
    try:
        return (folder / _POINTER).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def make_current(folder: Path, name: str) -> None:
    """Points the index at a generation, atomically."""
    temporary = folder / f"{_POINTER}.new"
    try:
        temporary.write_text(name, encoding="utf-8")
        temporary.replace(folder / _POINTER)
    except OSError as error:
        raise StorageError(f"The index cannot be written to {folder}: {error.strerror}.") from error


def read_recipe(folder: Path) -> Recipe | None:
    """The recipe of an existing generation, ``None`` when it cannot be told."""
    try:
        return Recipe(**json.loads((folder / _RECIPE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_others(folder: Path, keep: frozenset[str]) -> None:
    """Removes the folders of generations that nothing needs any more."""
    for child in folder.iterdir():
        if child.is_dir() and child.name not in keep:
            shutil.rmtree(child, ignore_errors=True)
