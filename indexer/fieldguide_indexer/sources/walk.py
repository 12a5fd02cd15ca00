"""Listing of files without git: an iterative walk that follows no links and never fails."""

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from fieldguide_indexer.sources.entries import PRUNED_FOLDERS
from fieldguide_indexer.sources.ignore import IgnoreRules
from fieldguide_indexer.types import SkippedFile

# Files whose presence means that everything in their folder is installed or generated.
_MARKERS = ("pyvenv.cfg", "CACHEDIR.TAG")
# Folders with common names, and the manifests that make them build folders if they are in the same folder.
_BUILD_FOLDERS = {"target": ("Cargo.toml", "pom.xml", "build.sbt"), "_build": ("mix.exs", "dune-project")}


def walk(root: Path, layers: Collection[IgnoreRules], start: str = "") -> Iterator[str | SkippedFile]:
    """Yield the path of each candidate below ``start``, and each folder that cannot be read.

    Paths are relative to ``root``, with ``/``. Links and pipes are yielded like files: the caller checks each
    one.

    Args:
        root: The workspace folder.
        layers: Rules for ignored files; a path that any of them ignores is left out.
        start: The file or folder below the root to start at; "" for the root itself.
    """
    if start and (_is_inside_pruned(root, start) or any(layer.ignored(start) for layer in layers)):
        return
    if start and not _is_plain_folder(root / start):
        yield start
        return
    folders = [start]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as listing:
                found = sorted((entry.name, _is_folder(entry)) for entry in listing)
        except OSError:
            yield SkippedFile(f"{folder}/", "unreadable folder")
            continue
        for name, is_folder in found:
            path = f"{folder}/{name}" if folder else name
            if is_folder and _is_pruned(f"{root}/{path}", name):
                continue
            if any(layer.ignored(path, is_folder=is_folder) for layer in layers):
                continue
            if is_folder:
                folders.append(path)
            else:
                yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and not _is_junction(Path(entry.path))
    except OSError:
        return False


def _is_plain_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode) and not _is_junction(path)
    except OSError:
        return False


def _is_junction(path: Path) -> bool:
    # Junctions of Windows: is_dir() is true for them, and they can form cycles.
    if os.name != "nt":
        return False
    tag = getattr(path.lstat(), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None))


def _is_inside_pruned(root: Path, path: str) -> bool:
    parts = path.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return any(_is_pruned(f"{root}/{folder}", folder.rpartition("/")[2]) for folder in above)


def _is_pruned(folder: str, name: str) -> bool:
    if name in PRUNED_FOLDERS or any(_exists(f"{folder}/{marker}") for marker in _MARKERS):
        return True
    return any(_exists(f"{folder}/../{manifest}") for manifest in _BUILD_FOLDERS.get(name, ()))


def _exists(path: str) -> bool:
    # os.path is faster than pathlib, and this runs twice for every folder.
    return os.path.lexists(path)
