"""Proposed additions, the text that supports them, and the reasons of refusals. Lines count from 1; the root folder is ``""``."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from fieldguide_server.configgen.types import Evidence, Key

COMMANDS = frozenset({Key.INSTALL, Key.SETUP, Key.BUILD, Key.TEST, Key.START, Key.COMPANION, Key.SERVICE})
KINDS = COMMANDS | {Key.VERSION, Key.PORT, Key.DATABASE, Key.PACKAGE, Key.EXTENSION, Key.VARIABLE}
# Less than any rule's: a line says it, but nothing weighed it against the others.
PROPOSED = 0.4


class RefusalKind(StrEnum):
    """Why an addition is refused."""

    FORM = "form"
    PROOF = "proof"
    CHECK = "check"
    CONFLICT = "conflict"
    KNOWN = "known"
    UNSAFE = "unsafe"
    NO_PLACE = "no place"


# The refusals that the proposer can correct; the others are final.
CORRECTABLE = frozenset({RefusalKind.FORM, RefusalKind.PROOF, RefusalKind.CHECK})


@dataclass(frozen=True, slots=True)
class Addition:
    """One proposed fact, and the place that is to prove it.

    Attributes:
        key: What kind of fact it is.
        value: A command, a number, a version or a name.
        path: The quoted file.
        line: The line of the quote.
        quote: The text that proves it.
        folder: Where a command runs.
        name: The language of a version, the name of a variable, or the title of a port.
    """

    key: Key
    value: str
    path: str
    line: int
    quote: str
    folder: str = ""
    name: str = ""

    def __str__(self) -> str:
        language = f"{self.name} " if self.key is Key.VERSION else ""
        where = f" in {self.folder}" if self.folder else ""
        return f"{self.key} `{language}{self._assigned}`{where}"

    @property
    def _assigned(self) -> str:
        return f"{self.name}={self.value}" if self.key is Key.VARIABLE else self.value

    def evidence(self, proposer: str) -> Evidence:
        """Return the addition as evidence, once its quote has been found."""
        stack = self.name if self.key is Key.VERSION else ""
        note = f"proposed by {proposer}, which quotes this line"
        return Evidence(self.key, self._assigned, self.path, self.line, PROPOSED, self.folder, stack, note)

    def to_json(self) -> dict[str, object]:
        """Return the addition in the form in which models propose it."""
        return {
            "kind": str(self.key),
            "value": self.value,
            "folder": self.folder,
            "name": self.name,
            "file": self.path,
            "line": self.line,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusal of an addition, with its reason in one sentence; ``addition`` is None if none could be parsed."""

    kind: RefusalKind
    reason: str
    addition: Addition | None = None

    def __str__(self) -> str:
        return f"{self.addition or 'the answer'}: {self.reason}"

    @property
    def is_correctable(self) -> bool:
        """Whether the proposer can correct it."""
        return self.kind in CORRECTABLE

    def to_json(self) -> dict[str, object]:
        """Return the refused addition with the kind and the reason of the refusal."""
        addition = self.addition.to_json() if self.addition else None
        return {"why": str(self.kind), "reason": self.reason, "addition": addition}


@dataclass(frozen=True, slots=True)
class QuotedText:
    """The lines of a file that contain a quote, beginning at ``line``, and some lines ``above``."""

    line: int
    text: str
    above: str = ""


FindQuote: TypeAlias = Callable[[Addition], QuotedText | str]
"""Finds the quote of an addition in the current text of its file; returns the reason if it is not there."""
