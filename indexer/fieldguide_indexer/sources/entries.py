"""Results of a scan: files with the metadata that shows whether they changed, and what was skipped."""

from dataclasses import dataclass

from fieldguide_indexer.types import SkippedFile

# A larger folder is a disk rather than a project: its names alone take 100 MB.
MAX_FILES = 500_000

# Folders of tools and installed packages. They are excluded unless git tracks files in them.
PRUNED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", ".yarn", ".pnpm-store",
        ".venv", "venv", "__pycache__", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        ".gradle", ".terraform", ".next", ".nuxt", ".turbo", ".parcel-cache", ".dart_tool", ".ipynb_checkpoints",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file of the workspace. ``path`` is relative, with ``/``, as spelled on disk."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The files of a workspace, ordered by path.

    ``skipped`` names what exists but is not a readable file (links, pipes, unreadable folders); ignored files are
    not named. ``notes`` are sentences for the user, such as why git was not used.
    """

    entries: tuple[FileEntry, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    notes: tuple[str, ...] = ()
