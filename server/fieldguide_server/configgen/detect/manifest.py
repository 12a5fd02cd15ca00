"""A manifest as a witness: what it says becomes evidence with the line where it says so."""

from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, folder_of
from fieldguide_server.configgen.types import STATED, Evidence, Key


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file of one ecosystem; ``folder`` is where its commands run."""

    repo: Repository
    path: str
    stack: str

    @property
    def folder(self) -> str:
        """The folder of the file."""
        return folder_of(self.path)

    @property
    def text(self) -> str:
        """The whole text, "" when it cannot be read."""
        return self.repo.read(self.path)

    def says(
        self, key: Key, value: str, *needles: str, confidence: float = STATED, note: str = ""
    ) -> Evidence:
        """Return evidence of this file; ``needles`` lead to its line, each searched after the one before."""
        line = self.repo.line(self.path, *needles)
        return Evidence(key, value, self.path, line, confidence, self.folder, self.stack, note)

    def at(self, key: Key, value: str, offset: int, confidence: float = STATED, note: str = "") -> Evidence:
        """Return evidence of this file, where the character at ``offset`` of its text stands."""
        line = self.text.count("\n", 0, offset) + 1
        return Evidence(key, value, self.path, line, confidence, self.folder, self.stack, note)
