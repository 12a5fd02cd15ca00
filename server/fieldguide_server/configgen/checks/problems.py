"""Problems of a single command: what is wrong, how certain that is, and which existing name resembles the wrong one."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from fieldguide_server.configgen.reading.repository import folder_of

# How messages call the root of the repository.
ROOT = "the root folder"
_SHORT_NAME, _SHORT_CUTOFF = 3, 0.6


class Certainty(Enum):
    """How certain a problem is, given what other commands may have done before."""

    CERTAIN = auto()
    UNLESS_CREATED = auto()  # An earlier command may create what is missing.
    LIKELY = auto()  # The word may not be a name at all.


@dataclass(frozen=True, slots=True)
class CommandProblem:
    """A problem of one command.

    Attributes:
        message: One sentence for the user.
        certainty: How certain it is that this is a problem.
        word: The wrong word of the command, "" if it is no single word.
        suggestion: The existing name that was probably intended, "" if there is none.
        path: The missing file or folder, "" if the problem is of another kind.
    """

    message: str
    certainty: Certainty = Certainty.UNLESS_CREATED
    word: str = ""
    suggestion: str = ""
    path: str = ""


def closest_match(name: str, candidates: Iterable[str], cutoff: float = 0.7) -> str:
    """Return the candidate that ``name`` probably stands for; "" if none is similar enough."""
    # In a name of up to three letters, one wrong letter already is a large part.
    cutoff = min(cutoff, _SHORT_CUTOFF) if len(name) <= _SHORT_NAME else cutoff
    return next(iter(difflib.get_close_matches(name, sorted(candidates), 1, cutoff)), "")


def closest_path(path: str, candidates: Iterable[str]) -> str:
    """Return the last part of the candidate in the same folder that resembles ``path``, "" if there is none."""
    folder, name = folder_of(path), path.rpartition("/")[2]
    siblings = (item.rpartition("/")[2] for item in candidates if item and folder_of(item) == folder)
    return closest_match(name, siblings)
