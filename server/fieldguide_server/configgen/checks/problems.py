"""What is wrong with a command, how sure that is, and which name of the repository was meant instead."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fieldguide_server.configgen.reading.repository import folder_of

SHORT, SHORT_CUTOFF = 3, 0.6


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
