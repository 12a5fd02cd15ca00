"""The commit that a workspace stands on, read from git's own files: an answer starts no program."""

import re
from pathlib import Path

_HASH = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")
_REF = re.compile(r"refs/(?!.*\.\.)[^\s\x00-\x1f\\:?*\[^~]+")
_SHOWN = 10


def current_commit(folder: Path) -> str:
    """Return the short hash of the commit; "" outside of git, before the first one, and where refs are kept in a database."""
    try:
        found = next((each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None)
        return _commit(_own(found))[:_SHOWN] if found else ""
    except (OSError, ValueError):
        return ""


def _own(found: Path) -> Path:
    """Return the folder of git's files; in a work tree beside another one, ``.git`` is a file that names it."""
    if found.is_dir():
        return found
    return found.parent / found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()


def _commit(git: Path) -> str:
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
