"""Where an existing install has fallen behind the repository's lock file, and what it should read now."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import PRUNED, Repository, folder_of, join
from fieldguide_server.configgen.reading.shell import SimpleCommand, split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_LOCKS, NODE_MANAGERS

INSTALL = re.compile(
    r"\b(?:npm (?:ci|install|i)|yarn(?: install)?|pnpm (?:install|i)|bun (?:install|i))(?=\s*(?:$|&&|;|\|))"
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text within a command line that evidence contradicts, and the text to put there."""

    old: str
    new: str
    reason: str


def replacements(line: str, folder: str | None, repo: Repository) -> Iterator[Replacement]:
    """Yield what to change in one command line that starts in ``folder``."""
    for command in split_quietly(line, folder):
        if command.folder is None:
            continue
        if command.program in NODE_MANAGERS:
            yield from _manager(line, command, repo)


def _manager(line: str, command: SimpleCommand, repo: Repository) -> Iterator[Replacement]:
    """Yield an install by one manager beside the lock file of another."""
    locks = _locks(repo, command.folder or "")
    if (
        not PRUNED.isdisjoint((command.folder or "").split("/"))
        or not locks
        or command.program in locks.values()
    ):
        return
    found = next(
        (item for item in INSTALL.finditer(line) if item.group().split()[0] == command.program), None
    )
    if found is not None:
        path, manager = next(iter(locks.items()))
        yield Replacement(found.group(), f"{manager} install", f"the lock file is {path}")


def _locks(repo: Repository, folder: str) -> dict[str, str]:
    """Return the lock files of a folder, else of the nearest one above: path → manager."""
    while True:
        found = {
            path: name for lock, name in NODE_LOCKS.items() if (path := join(folder, lock)) in repo.files
        }
        if found or not folder:
            return found
        folder = folder_of(folder)
