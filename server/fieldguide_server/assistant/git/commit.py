"""The commit that is checked out, read from git's files without starting a program."""

import re
from pathlib import Path

_HASH = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")
_REF = re.compile(r"refs/(?!.*\.\.)[^\s\x00-\x1f\\:?*\[^~]+")
_SHORT_LENGTH = 10


def current_commit(folder: Path) -> str:
    """Return the short hash of the commit; "" outside of git, before the first commit, and with reftables."""
    try:
        found = next((each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None)
        return _head_commit(_git_folder(found))[:_SHORT_LENGTH] if found else ""
    except (OSError, ValueError):
        return ""


def _git_folder(dot_git: Path) -> Path:
    """Return the folder with git's files; in a linked work tree, ``.git`` is a file with its path."""
    if dot_git.is_dir():
        return dot_git
    return dot_git.parent / dot_git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()


def _head_commit(git: Path) -> str:
    head = _line(git / "HEAD")
    name = head.removeprefix("ref:").strip()
    if _HASH.fullmatch(head) or not _REF.fullmatch(name):
        return head if _HASH.fullmatch(head) else ""
    shared = git / _line(git / "commondir") if (git / "commondir").is_file() else git
    loose = _line(shared / name)
    if _HASH.fullmatch(loose):
        return loose
    packed = shared / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")


def _line(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""
