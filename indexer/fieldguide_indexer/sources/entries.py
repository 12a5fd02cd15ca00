"""What a scan finds: files with the few facts that tell whether they changed, and what was left out."""

from dataclasses import dataclass

from fieldguide_indexer.types import SkippedFile

# Beyond this a folder is somebody's disk rather than a project: 100 MB of names alone.
MAX_FILES = 500_000

# Folders of tools and of installed packages. They are left out unless git tracks what is in them.
PRUNED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", ".yarn", ".pnpm-store",
        ".venv", "venv", "__pycache__", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        ".gradle", ".terraform", ".next", ".nuxt", ".turbo", ".parcel-cache", ".dart_tool", ".ipynb_checkpoints",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file of the workspace. ``path`` is relative, with ``/``, spelled as it is on disk."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The files of a workspace, ordered by path.

    ``skipped`` names what is there but is no readable file (links, pipes, closed folders); what is ignored is
    not named. ``notes`` are sentences for the user, such as why git was not asked.
    """

    entries: tuple[FileEntry, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    notes: tuple[str, ...] = ()
