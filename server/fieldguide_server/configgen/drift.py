"""Where an existing command has fallen behind its repository, and what it should read now."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks import check_command
from fieldguide_server.configgen.detect.node import LOCKS
from fieldguide_server.configgen.detect.runners import runner_file
from fieldguide_server.configgen.repository import Repository, as_object, folder_of, join
from fieldguide_server.configgen.shell import SimpleCommand, split_quietly

INSTALL = re.compile(
    r"\b(?:npm (?:ci|install|i)|yarn(?: install)?|pnpm (?:install|i)|bun (?:install|i))(?=\s*(?:$|&&|;|\|))"
)
MANAGERS = frozenset(LOCKS.values())


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text within a command line that evidence contradicts, and the text to put there.

    ``proven`` is False where only the likeness of two names speaks for the new one.
    """

    old: str
    new: str
    reason: str
    proven: bool


def replacements(line: str, folder: str | None, repo: Repository) -> Iterator[Replacement]:
    """What to change in one command line that starts in ``folder``."""
    for command in split_quietly(line, folder):
        if command.folder is None:
            continue
        if command.program in MANAGERS:
            yield from _manager(line, command, repo)
        yield from _renamed(command, repo)


def _manager(line: str, command: SimpleCommand, repo: Repository) -> Iterator[Replacement]:
    """An install by one manager beside the lock file of another."""
    locks = _locks(repo, command.folder or "")
    if not locks or command.program in locks.values():
        return
    found = next(
        (item for item in INSTALL.finditer(line) if item.group().split()[0] == command.program), None
    )
    if found is not None:
        path, manager = next(iter(locks.items()))
        yield Replacement(found.group(), f"{manager} install", f"the lock file is {path}", proven=True)


def _locks(repo: Repository, folder: str) -> dict[str, str]:
    """The lock files of a folder, else of the nearest one above: path → manager."""
    while True:
        found = {path: name for lock, name in LOCKS.items() if (path := join(folder, lock)) in repo.files}
        if found or not folder:
            return found
        folder = folder_of(folder)


def _renamed(command: SimpleCommand, repo: Repository) -> Iterator[Replacement]:
    """A script or target that is gone, where one of a like name is there."""
    words = [word for word in command.positional() if word not in {"run", "run-script"}]
    if not words or not any(check_command(command, repo, set())):
        return
    if command.program in MANAGERS:
        path = join(command.folder or "", "package.json")
        known = set(as_object(repo.json(path).get("scripts")))
        plain = command.words[1:2] in {("run",), ("run-script",)} or command.program != "npm"
    else:
        runner = runner_file(repo, command.folder or "")
        path, known = (runner[1], set(runner[2])) if runner and runner[0] == command.program else ("", set())
        plain = True
    if (
        plain
        and words[0] not in known
        and (close := difflib.get_close_matches(words[0], sorted(known), 1, 0.7))
    ):
        yield Replacement(words[0], close[0], f"{path} has {close[0]}, and no {words[0]}", proven=False)
