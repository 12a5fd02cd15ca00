"""Commands that run, but no longer match the repository: installs by another package manager than the lock file's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import PRUNED, Repository, folder_of, join
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_LOCKS, NODE_MANAGERS

INSTALL = re.compile(
    r"\b(?:npm (?:ci|install|i)|yarn(?: install)?|pnpm (?:install|i)|bun (?:install|i))(?=\s*(?:$|&&|;|\|))"
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A part of a command line that contradicts the repository, what to write instead, and why."""

    old: str
    new: str
    reason: str


def replacements(line: str, folder: str | None, repo: Repository) -> Iterator[Replacement]:
    """Yield what to replace in a command line that starts in ``folder``."""
    for command in split_quietly(line, folder):
        if command.folder is not None and command.program in NODE_MANAGERS:
            yield from _other_manager(line, command.program, command.folder, repo)


def _other_manager(line: str, program: str, folder: str, repo: Repository) -> Iterator[Replacement]:
    """Yield the install by one package manager where there is only the lock file of another."""
    locks = _lock_files(repo, folder)
    if not locks or program in locks.values() or not PRUNED.isdisjoint(folder.split("/")):
        return
    found = next((item for item in INSTALL.finditer(line) if item.group().split()[0] == program), None)
    if found is not None:
        path, manager = next(iter(locks.items()))
        yield Replacement(found.group(), f"{manager} install", f"the lock file is {path}")


def _lock_files(repo: Repository, folder: str) -> dict[str, str]:
    """Return the lock files of a folder, or of the nearest one above, with their package managers."""
    while True:
        found = {
            path: name for lock, name in NODE_LOCKS.items() if (path := join(folder, lock)) in repo.files
        }
        if found or not folder:
            return found
        folder = folder_of(folder)
