"""What is wrong with a command, how sure that is, and which name of the repository was meant instead."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fieldguide_server.configgen.reading.repository import folder_of
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter

SHORT, SHORT_CUTOFF = 3, 0.6
MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_NODE = ("--prefix", "--cwd", "--dir", "-C")
# The options by which a program is told to work in another place.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(MANAGERS, _NODE),
    **dict.fromkeys(("make", "just", "task", "go", "git"), ("-C", "--directory", "--dir", "-d")),
    **dict.fromkeys(("gradle", "gradlew"), ("-p", "--project-dir")),
    **dict.fromkeys(("mvn", "mvnw"), ("-f", "--file")),
    **dict.fromkeys(("docker", "docker-compose"), ("--project-directory",)),
    "cargo": ("--manifest-path",),
    "composer": ("-d", "--working-dir"),
    "poetry": ("-C", "--directory"),
    "uv": ("--directory", "--project"),
    "pdm": ("-p", "--project"),
    "cmake": ("-S",),
}


class Doubt(StrEnum):
    """Why a flaw may be none: an earlier command may make what is missing; the name may be no such name at all."""

    NONE = "none"
    MADE = "made"
    GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a command: a sentence, the ``word`` at fault, and what it may have meant ("" if nothing).

    ``path`` is what is missing in the repository, "" when that is no file or folder.
    """

    message: str
    doubt: Doubt = Doubt.MADE
    word: str = ""
    instead: str = ""
    path: str = ""


def like(name: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """Return the known name that ``name`` was most likely meant to be, "" when there is none of its kind."""
    # Of three letters or fewer one that is wrong is a lot.
    cutoff = min(cutoff, SHORT_CUTOFF) if len(name) <= SHORT else cutoff
    return next(iter(difflib.get_close_matches(name, sorted(known), 1, cutoff)), "")


def like_path(path: str, known: Iterable[str]) -> str:
    """Return the path beside a missing one that is written nearly so."""
    home, name = folder_of(path), path.rpartition("/")[2]
    return like(name, (item.rpartition("/")[2] for item in known if item and folder_of(item) == home))


def inner_folder(command: SimpleCommand) -> str:
    """Return where a command works: its own options may lead elsewhere."""
    named = command.option(*ELSEWHERE.get(command.program, ()))
    folder = enter(command.folder, named) if named else command.folder
    if named and command.program in {"cargo", "mvn", "mvnw"}:
        folder = folder_of(folder or "")
    return folder or ""
