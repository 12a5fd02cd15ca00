"""What is proposed, what proves it, and why it was not taken. Lines are 1-based, folders ``""`` for the root."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from fieldguide_server.configgen.types import Evidence, Key

COMMANDS = frozenset({Key.INSTALL, Key.SETUP, Key.BUILD, Key.TEST, Key.START, Key.COMPANION, Key.SERVICE})
KINDS = COMMANDS | {Key.VERSION, Key.PORT, Key.DATABASE, Key.PACKAGE, Key.EXTENSION, Key.VARIABLE}
# Less than what any rule found: a line says it, but nobody has weighed it against the others.
PROPOSED = 0.4


class Why(StrEnum):
    """On what ground an addition was refused."""

    FORM = "form"
    PROOF = "proof"
    CHECK = "check"
    CONFLICT = "conflict"
    KNOWN = "known"
    UNSAFE = "unsafe"
    NO_PLACE = "no place"


# What whoever proposed it can put right; the other grounds are final.
MENDABLE = frozenset({Why.FORM, Why.PROOF, Why.CHECK})


@dataclass(frozen=True, slots=True)
class Addition:
    """One fact that is proposed, and the place that is said to prove it.

    ``value`` is a command, a number, a version or a name; ``name`` is a version's language, a variable's name or a
    port's title.
    """

    key: Key
    value: str
    path: str
    line: int
    quote: str
    folder: str = ""
    name: str = ""

    def __str__(self) -> str:
        shown = f"{self.name}={self.value}" if self.key is Key.VARIABLE else self.value
        version = f"{self.name} " if self.key is Key.VERSION else ""
        where = f" in {self.folder}" if self.folder else ""
        return f"{self.key} `{version}{shown}`{where}"

    def evidence(self, proposer: str) -> Evidence:
        """Return the addition as evidence, once its place has been found."""
        value = f"{self.name}={self.value}" if self.key is Key.VARIABLE else self.value
        stack = self.name if self.key is Key.VERSION else ""
        note = f"proposed by {proposer}; the quote stands there"
        return Evidence(self.key, value, self.path, self.line, PROPOSED, self.folder, stack, note)

    def to_json(self) -> dict[str, object]:
        """Return the addition in the form that it was asked for."""
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
    """An addition that was not taken, with a sentence. ``addition`` is None where none could be read."""

    why: Why
    reason: str
    addition: Addition | None = None

    def __str__(self) -> str:
        return f"{self.addition or 'the answer'}: {self.reason}"

    @property
    def is_mendable(self) -> bool:
        """Whether it is worth to ask again."""
        return self.why in MENDABLE

    def to_json(self) -> dict[str, object]:
        """Return the refused addition, why, and the sentence."""
        shown = self.addition.to_json() if self.addition else None
        return {"why": str(self.why), "reason": self.reason, "addition": shown}


@dataclass(frozen=True, slots=True)
class Proof:
    """The lines where a quote stands, from ``line`` on, and some of those above them."""

    line: int
    text: str
    above: str = ""


Prove: TypeAlias = Callable[[Addition], Proof | str]
"""Looks for an addition's quote in the file as it is now; a sentence when it does not stand there."""
