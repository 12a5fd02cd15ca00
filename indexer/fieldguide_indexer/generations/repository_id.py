"""Which repository a workspace is a checkout of: what its clones and worktrees have in common."""

import contextlib
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from fieldguide_indexer.sources.gitfiles import first_commit
from fieldguide_indexer.sources.source_list import Root

logger = logging.getLogger(__name__)

ORIGIN_FILE = "origin.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an index comes from: its workspace ``folder``, and the ``repository`` by its first commit.

    A folder outside of any repository has a random name instead, which it shares with nobody.
    """

    folder: str
    repository: str


def origin_of(folder: Root, home: Path) -> Origin:
    """Return the origin of the workspace ``folder`` whose index lives in ``home``, kept there once it is known."""
    known = read_origin(home)
    if known is not None and known.folder == str(folder) and not known.repository.startswith("-"):
        return known
    commit = first_commit(folder) if isinstance(folder, Path) else ""
    if not commit and known is not None:
        return known
    made = Origin(str(folder), commit or f"-{secrets.token_hex(16)}")
    with contextlib.suppress(OSError):
        (home / ORIGIN_FILE).write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def read_origin(home: Path) -> Origin | None:
    """Return what an index notes of its origin; None when nothing can be read."""
    try:
        return Origin(**json.loads((home / ORIGIN_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
