"""The files of a workspace: git's list if there is a repository, else a walk."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.errors import WorkspaceError
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.entries import MAX_FILES, PRUNED_FOLDERS, FileEntry, Scan
from fieldguide_indexer.sources.gitfiles import GitUnavailableError, is_ignored, list_files
from fieldguide_indexer.sources.ignore import OWN_IGNORE_FILE, IgnoreRules
from fieldguide_indexer.sources.names import reason_to_skip
from fieldguide_indexer.sources.reader import document_of_buffer, read_document
from fieldguide_indexer.sources.source_list import Root, SourceList
from fieldguide_indexer.sources.walk import walk
from fieldguide_indexer.types import SkippedFile

__all__ = ["FileEntry", "Scan", "document_of_buffer", "read_document", "reason_to_skip", "scan", "would_list"]

# More paths may exceed the length of a command line; a full scan is as fast by then.
_MAX_PATHSPECS = 200


def scan(folder: Root, options: IndexOptions, only: Collection[str] | None = None) -> Scan:
    """List the candidate files of a workspace folder, or of every source of a list.

    These are tracked files and untracked ones that are not ignored, in submodules and nested repositories too.
    ``.fieldguideignore`` files and ``options.excluded`` (both in gitignore syntax) apply everywhere. Links are
    not followed. A source that cannot be read has no files, and a note with the reason.

    Args:
        folder: The workspace folder, which may be inside a larger repository; or the sources.
        options: Only ``excluded`` is used.
        only: Files or folders (relative, with ``/``) to scan; None for all. Those that are not among
            the entries of the result do not exist, or are ignored or skipped.

    Raises:
        WorkspaceError: The workspace folder does not exist or cannot be read.
    """
    if isinstance(folder, SourceList):
        return _scan_sources(folder, options, only)
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise WorkspaceError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    return _Scanner(folder, options, only).run()


def _scan_sources(sources: SourceList, options: IndexOptions, only: Collection[str] | None) -> Scan:
    entries: list[FileEntry] = []
    skipped: list[SkippedFile] = []
    notes: list[str] = []
    for name, folder in sorted(sources.folders().items()):
        below = None if only is None or name in only else _below(name, only)
        if below is not None and not below:
            continue
        try:
            found = scan(folder, options, below)
        except WorkspaceError as error:
            notes.append(f"{name}: {error}")
            continue
        entries += [replace(each, path=f"{name}/{each.path}") for each in found.entries]
        skipped += [replace(each, path=f"{name}/{each.path}") for each in found.skipped]
        notes += [f"{name}: {note}" for note in found.notes]
    return Scan(tuple(entries), tuple(skipped), tuple(notes))


def _below(source: str, paths: Collection[str]) -> list[str]:
    """Return the paths in a source, relative to its folder."""
    return [path.removeprefix(f"{source}/") for path in paths if path.startswith(f"{source}/")]


def would_list(folder: Root, path: str, options: IndexOptions) -> bool:
    """Return whether ``scan`` lists a file, or would if a file of this name existed."""
    if isinstance(folder, SourceList):
        found = folder.locate(path)
        return found is not None and would_list(*found, options)
    return _Scanner(folder, options, [path]).would_list(path)


class _Scanner:
    """One scan: collects candidates, repository by repository, and checks each once."""

    def __init__(self, folder: Path, options: IndexOptions, only: Collection[str] | None) -> None:
        self._root = folder
        self._real_folders: dict[str, bool] = {"": True}
        self._only = None if only is None else frozenset(path for path in only if self._is_inside(path))
        self._towards = frozenset(above for path in self._only or () for above in _folders_above(path))
        self._rules = [IgnoreRules(folder, patterns=options.excluded), IgnoreRules(folder, OWN_IGNORE_FILE)]
        self._entries: dict[str, FileEntry] = {}
        self._skipped: dict[str, SkippedFile] = {}
        self._notes: list[str] = []

    def run(self) -> Scan:
        repositories = [""]
        while repositories and len(self._entries) < MAX_FILES:
            prefix = repositories.pop()
            for candidate in self._candidates(prefix):
                if isinstance(candidate, SkippedFile):
                    self._skip(candidate.path, candidate.reason)
                elif self._add(candidate):
                    repositories.append(f"{candidate}/")
                if len(self._entries) >= MAX_FILES:
                    self._note_limit()
                    break
        return Scan(
            entries=tuple(self._entries[path] for path in sorted(self._entries)),
            skipped=tuple(self._skipped[path] for path in sorted(self._skipped)),
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _note_limit(self) -> None:
        self._notes.append(
            f"The folder has more than {MAX_FILES:,} files, and the rest was skipped; open a subfolder to index all of its files."
        )

    def would_list(self, path: str) -> bool:
        if path not in (self._only or ()):
            return False
        if os.path.lexists(self._root / path):
            return any(entry.path == path for entry in self.run().entries)
        folders = path.split("/")[:-1]
        if not PRUNED_FOLDERS.isdisjoint(folders) or any(rules.ignored(path) for rules in self._rules):
            return False
        tops = [above for above in _folders_above(path) if os.path.lexists(self._root / above / ".git")]
        top = f"{tops[-1]}/" if tops else ""
        try:
            return not is_ignored(self._root / top, path[len(top) :])
        except GitUnavailableError:
            return not IgnoreRules(self._root, ".gitignore").ignored(path)

    def _candidates(self, prefix: str) -> Iterator[str | SkippedFile]:
        """Yield the candidates in the repository at ``prefix`` ("", or a folder ending in ``/``)."""
        if self._only is not None and not self._only:
            return
        pathspecs = self._pathspecs(prefix)
        names = self._from_git(prefix, pathspecs)
        if names is not None:
            for name in names:
                path = f"{prefix}{name}".rstrip("/")
                if self._is_requested(path) and not any(rules.ignored(path) for rules in self._rules):
                    yield path
            return
        layers = [*self._rules, IgnoreRules(self._root, ".gitignore")]
        for start in pathspecs or [""]:
            yield from walk(self._root, layers, f"{prefix}{start}".rstrip("/"))

    def _from_git(self, prefix: str, pathspecs: list[str]) -> list[str] | None:
        """Return the names that git lists; None if git is not available."""
        repository = self._root / prefix
        # A nested folder without a repository is a submodule that is not checked out.
        if prefix and not os.path.lexists(repository / ".git"):
            return None
        try:
            names = list_files(repository, pathspecs if len(pathspecs) <= _MAX_PATHSPECS else ())
            if len(names) > MAX_FILES:
                self._note_limit()
            # An empty list: the enclosing repository ignores this folder, but the user opened it.
            return names if names or (pathspecs and list_files(repository)) else None
        except GitUnavailableError as error:
            self._notes.extend(note for note in [str(error)] if note)
            return None

    def _pathspecs(self, prefix: str) -> list[str]:
        """Return pathspecs that limit a listing of the repository at ``prefix``; empty for no limit."""
        found = set()
        for path in self._only or ():
            if prefix.startswith(f"{path}/"):
                return []
            if path.startswith(prefix):
                found.add(self._within_repository(prefix, path))
        return sorted(found)

    def _within_repository(self, prefix: str, path: str) -> str:
        for above in _folders_above(path):
            if len(above) > len(prefix) and os.path.lexists(self._root / above / ".git"):
                return above[len(prefix) :]
        return path[len(prefix) :]

    def _is_requested(self, path: str) -> bool:
        if self._only is None or path in self._only or path in self._towards:
            return True
        return any(above in self._only for above in _folders_above(path))

    def _add(self, path: str) -> bool:
        """Add a file, or note why it is skipped; return whether the path is a folder, which is a nested repository."""
        if not self._is_inside(path):
            self._skip(path, "unreadable name" if not _is_text(path) else "outside")
            return False
        try:
            found = os.lstat(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            self._skip(path, "unreadable")
            return False
        if stat.S_ISREG(found.st_mode):
            self._entries[path] = FileEntry(path, found.st_size, found.st_mtime_ns)
        elif not stat.S_ISDIR(found.st_mode):
            self._skip(path, "link" if stat.S_ISLNK(found.st_mode) else "not a regular file")
        return stat.S_ISDIR(found.st_mode)

    def _is_inside(self, path: str) -> bool:
        """Return whether a path is below the workspace folder, with real folders only (no links) on the way."""
        parent = path.rpartition("/")[0]
        if parent not in self._real_folders:
            self._real_folders[parent] = all(self._is_real(above) for above in [*_folders_above(path)])
        return self._real_folders[parent] and path not in {"", ".", ".."} and _is_text(path)

    def _is_real(self, folder: str) -> bool:
        if folder not in self._real_folders:
            try:
                is_folder = stat.S_ISDIR(os.lstat(f"{self._root}/{folder}").st_mode)
            except OSError:
                is_folder = False
            self._real_folders[folder] = is_folder and folder.rpartition("/")[2] not in {"", ".", ".."}
        return self._real_folders[folder]

    def _skip(self, path: str, reason: str) -> None:
        name = path.encode("utf-8", "replace").decode()
        self._skipped[name] = SkippedFile(name, reason)


def _folders_above(path: str) -> Iterator[str]:
    return (path[:end] for end, character in enumerate(path) if character == "/")


def _is_text(path: str) -> bool:
    # Names that are not valid UTF-8 have lone surrogates, which SQLite and JSON reject.
    return path.isascii() or path.encode("utf-8", "replace").decode() == path
