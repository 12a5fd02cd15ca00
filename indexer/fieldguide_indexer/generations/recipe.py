"""What an index is made with, and which of its generations is the current one."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fieldguide_indexer.chunking import CHUNKER_VERSION
from fieldguide_indexer.embedding import CONDENSE_VERSION
from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.redaction import REDACTION_VERSION
from fieldguide_indexer.store.catalog import SCHEMA_VERSION
from fieldguide_indexer.store.lexical import LEXICAL_VERSION

_POINTER = "current"
_RECIPE = "recipe.json"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an index is made with. Two indexes of one recipe are interchangeable."""

    model: str
    chunker: int = CHUNKER_VERSION
    condense: int = CONDENSE_VERSION
    redaction: int = REDACTION_VERSION
    lexical: int = LEXICAL_VERSION
    schema: int = SCHEMA_VERSION
    store: str = ""

    @property
    def name(self) -> str:
        """A folder name that changes with any part of the recipe."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:12]

    @property
    def vectors(self) -> str:
        """The part of the recipe that determines vectors: if it is equal, equal content hashes have equal vectors."""
        return f"{self.model}\n{self.condense}"

    def serves(self, requested: "Recipe") -> bool:
        """Return whether an index of this recipe can be used for the requested one.

        Words and symbols do not depend on the model, so one without a model may use any.
        """
        if requested.model:
            return self == requested
        return self == replace(requested, model=self.model, store=self.store)


def current_name(home: Path) -> str:
    """Return the name of the current generation, "" when there is none yet."""
    try:
        return (home / _POINTER).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def make_current(home: Path, name: str) -> None:
    """Make a generation the current one, atomically.

    Raises:
        StorageError: The index folder cannot be written.
    """
    temporary = home / f"{_POINTER}.new"
    try:
        temporary.write_text(name, encoding="utf-8")
        temporary.replace(home / _POINTER)
    except OSError as error:
        raise StorageError(f"The index cannot be written to {home}: {error.strerror}.") from error


def read_recipe(folder: Path) -> Recipe | None:
    """Return the recipe of an existing generation, ``None`` when it cannot be read."""
    try:
        return Recipe(**json.loads((folder / _RECIPE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write the recipe of a generation into its folder."""
    (folder / _RECIPE).write_text(json.dumps(asdict(recipe), indent=1), encoding="utf-8")
