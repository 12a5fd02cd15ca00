"""A manifest as a source of evidence: what it declares, with the line that declares it."""

from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, folder_of
from fieldguide_server.configgen.types import STATED, Evidence, Key


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of one ecosystem."""

    repo: Repository
    path: str
    stack: str

    @property
    def folder(self) -> str:
        """The folder of the file, where its commands run."""
        return folder_of(self.path)

    @property
    def text(self) -> str:
        """The text of the file, "" if it cannot be read."""
        return self.repo.read(self.path)

    def evidence(
        self, key: Key, value: str, *needles: str, confidence: float = STATED, note: str = ""
    ) -> Evidence:
        """Return evidence with the line of the last of ``needles``, each searched after the one before."""
        line = self.repo.line(self.path, *needles)
        return Evidence(key, value, self.path, line, confidence, self.folder, self.stack, note)

    def evidence_at(
        self, key: Key, value: str, offset: int, confidence: float = STATED, note: str = ""
    ) -> Evidence:
        """Return evidence with the line of the character at ``offset``."""
        line = self.text.count("\n", 0, offset) + 1
        return Evidence(key, value, self.path, line, confidence, self.folder, self.stack, note)

    def not_in_images(self, name: str, *needles: str) -> Evidence:
        """Return evidence that the environment has to be given a tool in some other way."""
        return self.evidence(Key.UNKNOWN, missing_from_images(name), *needles)


def missing_from_images(name: str) -> str:
    """Return the sentence for a tool that no image or feature of the targets provides."""
    return f"{name} is not part of the usual images and has to be installed first"
