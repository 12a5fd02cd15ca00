"""Why a scan does not list a file: the rule that excludes it, and where that is written."""

import os
from pathlib import Path

from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.entries import PRUNED_FOLDERS
from fieldguide_indexer.sources.gitfiles import ignoring_rule
from fieldguide_indexer.sources.ignore import OWN_IGNORE_FILE, IgnoreRules
from fieldguide_indexer.sources.workspace import scan
from fieldguide_indexer.types import FileStatus

_EDITOR = "the editor's settings (files.exclude, search.exclude or its index.exclude)"


def explain_unknown(folder: Path, path: str, options: IndexOptions) -> FileStatus:
    """Return the status of a file that is not in the index: it does not exist, a rule excludes it, or the next update adds it.

    Raises:
        WorkspaceError: the folder cannot be read.
    """
    place = Path(os.path.normpath(folder / path))
    if not place.is_relative_to(folder) or place == folder:
        return FileStatus(path, "unknown", f"outside of {folder}")
    if not os.path.lexists(place):
        return FileStatus(path, "unknown", "the file does not exist")
    if place.is_dir() and not place.is_symlink():
        return FileStatus(path, "unknown", "a folder")
    found = scan(folder, options, only=[path])
    if any(entry.path == path for entry in found.entries):
        return FileStatus(path, "unknown", "not indexed yet; the next update adds it")
    reasons = {each.path: each.reason for each in found.skipped}
    return FileStatus(path, "skipped", reasons.get(path) or _rule(folder, path, options))


def _rule(folder: Path, path: str, options: IndexOptions) -> str:
    if IgnoreRules(folder, patterns=options.excluded).ignored(path):
        by_index = IgnoreRules(folder, patterns=options.exclude).ignored(path)
        return f"excluded by {'the setting index.exclude' if by_index else _EDITOR}"
    if IgnoreRules(folder, OWN_IGNORE_FILE).ignored(path):
        return f"ignored by {OWN_IGNORE_FILE}"
    pruned = next((part for part in Path(path).parts[:-1] if part in PRUNED_FOLDERS), "")
    if pruned:
        return f"in {pruned}, a folder of tools or installed packages"
    if rule := ignoring_rule(folder, path):
        return f"ignored by {rule}"
    is_ignored = IgnoreRules(folder, ".gitignore").ignored(path)
    return (
        "ignored by .gitignore"
        if is_ignored
        else "in a folder of installed or generated files, or behind a link"
    )
