"""Which repository a workspace is a checkout of: the id that its clones and worktrees share."""

import contextlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from fieldguide_indexer.sources.gitfiles import first_commit
from fieldguide_indexer.sources.source_list import Root

_FILE = "origin.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """What an index belongs to: its workspace ``folder``, and its ``repository`` by the first commit.

    A folder outside any repository has a random id instead, beginning with ``-``, which it shares with no other.
    """

    folder: str
    repository: str


def origin_of(folder: Root, home: Path) -> Origin:
    """Return the origin of the workspace ``folder`` whose index is kept in ``home``, and store it there."""
    stored = read_origin(home)
    if stored is not None and stored.folder == str(folder) and not stored.repository.startswith("-"):
        return stored
    commit = first_commit(folder) if isinstance(folder, Path) else ""
    if not commit and stored is not None:
        return stored
    origin = Origin(str(folder), commit or f"-{secrets.token_hex(16)}")
    with contextlib.suppress(OSError):
        (home / _FILE).write_text(json.dumps(asdict(origin)), encoding="utf-8")
    return origin


def read_origin(home: Path) -> Origin | None:
    """Return the stored origin of an index; None when there is none or it cannot be read."""
    try:
        return Origin(**json.loads((home / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
