"""A listener that waits for changes from a watcher, and a folder to watch."""

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from fieldguide_indexer.watch.watcher import Change
from tests.patience import PATIENCE


class Listener:
    """Collects changes and lets a test wait until one was reported."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._arrived = threading.Condition()

    def __call__(self, change: Change) -> None:
        with self._arrived:
            self.changes.append(change)
            self._arrived.notify_all()

    @property
    def paths(self) -> set[str]:
        return {path for change in self.changes for path in change.paths}

    @property
    def everything(self) -> bool:
        return any(change.everything for change in self.changes)

    def wait_until(self, reached: Callable[["Listener"], bool]) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: reached(self), PATIENCE), self.changes

    def wait_for(self, *paths: str) -> None:
        self.wait_until(lambda self: self.everything or self.paths.issuperset(paths))

    def forget(self) -> None:
        with self._arrived:
            self.changes.clear()


def write_folder(root: Path) -> Path:
    """Write a small folder with code, docs and an installed package."""
    for name in ("src/deep", "docs", "node_modules/left-pad"):
        (root / name).mkdir(parents=True)
    (root / "src/app.py").write_text("a = 1\n", encoding="utf-8")
    (root / "src/deep/old.py").write_text("b = 2\n", encoding="utf-8")
    return root


def git(folder: Path, *arguments: str) -> None:
    """Run git with a name and an e-mail address."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
