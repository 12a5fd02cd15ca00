"""The generations of an index: the one that answers, and the one that is built beside it to take its place."""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fieldguide_indexer.generations.generation import Generation, VectorBackend
from fieldguide_indexer.generations.recipe import current_name, make_current, read_recipe
from fieldguide_indexer.generations.status import is_ready
from fieldguide_indexer.store.database import ClosedCatalogError
from fieldguide_indexer.updating.updater import COMPLETE

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Generations:
    """``serving`` answers, and ``building`` will when it is whole; mostly there is none.

    Any thread may ask; one at a time may change which they are.
    """

    def __init__(self, home: Path, means: VectorBackend) -> None:
        self._home = home
        self._swapping = threading.Lock()
        self.open(means)

    def open(self, means: VectorBackend) -> None:
        """Open what there is, and what is to be made by these means."""
        self.serving, self.building = _open(self._home, means)

    def replace(self, means: VectorBackend, *, remove: bool = False) -> None:
        """Close all, and removes what is stored if that is wanted; opens them by these means. Who asks waits."""
        with self._swapping:
            for each in self.all:
                each.close()
                if remove:
                    shutil.rmtree(each.folder, ignore_errors=True)
            self.open(means)

    @property
    def newest(self) -> Generation:
        """The one that is to be kept up to date with the settings."""
        return self.building or self.serving

    @property
    def all(self) -> set[Generation]:
        """Both, or the only one."""
        return {self.serving, self.newest}

    def ask(self, question: Callable[[Generation], T]) -> T:
        """Ask the generation that serves; again when another one took its place meanwhile."""
        while True:
            generation = self.serving
            try:
                return question(generation)
            except ClosedCatalogError:
                with self._swapping:
                    if generation is self.serving:
                        raise

    def promote_if_complete(self) -> None:
        """Let the one that was built answer from now on, if it can."""
        built = self.building
        if built is not None and built.catalog.facts().get(COMPLETE) and is_ready(built):
            make_current(self._home, built.recipe.name)
            old, self.serving, self.building = self.serving, built, None
            old.close()

    def close(self) -> None:
        """Close all."""
        for each in self.all:
            each.close()


def _open(home: Path, means: VectorBackend) -> tuple[Generation, Generation | None]:
    """Return the generation that answers and, when its recipe is not the wanted one, the one to be built beside it."""
    wanted = means.recipe()
    current = current_name(home)
    old = read_recipe(home / current) if current else None
    if old is not None and old.name != current:
        old = None
    if old is not None and old.serves(wanted):
        _remove_others(home, frozenset({current}))
        return Generation(home, old, means if old.model == wanted.model else VectorBackend(None)), None
    _remove_others(home, frozenset({wanted.name, current}))
    if old is None or old.schema != wanted.schema:
        make_current(home, wanted.name)
        return Generation(home, wanted, means), None
    logger.info("Rebuilding %s beside %s", wanted.name, current)
    return Generation(home, old, VectorBackend(None)), Generation(home, wanted, means)


def _remove_others(home: Path, keep: frozenset[str]) -> None:
    """Remove the folders of generations that nothing needs any more."""
    for child in home.iterdir():
        if child.is_dir() and child.name not in keep:
            shutil.rmtree(child, ignore_errors=True)
