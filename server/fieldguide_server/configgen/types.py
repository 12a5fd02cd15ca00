"""The values that travel through config generation: evidence in, one environment in the middle, files out.

Lines are 1-based; paths and folders are relative to the repository with ``/``, and ``""`` is its root.
"""

from dataclasses import dataclass
from enum import StrEnum

from fieldguide_indexer.errors import FieldguideError


class ConfigError(FieldguideError):
    """No config can be made at all: the folder cannot be read, or the target is unknown."""


class Key(StrEnum):
    """What a piece of evidence speaks of."""

    INSTALL = "install"
    SETUP = "setup"
    BUILD = "build"
    START = "start"
    COMPANION = "companion"
    SERVICE = "service"
    PORT = "port"
    DATABASE = "database"
    VERSION = "version"
    PREPARE = "prepare"
    PACKAGE = "package"
    EXTENSION = "extension"
    COVERS = "covers"
    MANAGER = "package manager"
    UNKNOWN = "unknown"


# How sure a fact is: a config states it; people wrote it down; the tool's own default; a habit of the field.
STATED = 0.95
DOCUMENTED = 0.8
DEFAULT = 0.65
CONVENTION = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact and the line that caused it.

    ``value`` is a shell command for the command keys, a number for ports, a name otherwise. ``folder`` is where a
    command runs, ``stack`` the ecosystem, ``note`` says in words how the line leads to the value.
    """

    key: Key
    value: str
    path: str
    line: int
    confidence: float
    folder: str = ""
    stack: str = ""
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """The promised five keys, and the three that help to read them."""
        return {
            "key": str(self.key),
            "value": self.value,
            "path": self.path,
            "line": self.line,
            "confidence": self.confidence,
            "folder": self.folder,
            "stack": self.stack,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Task:
    """One terminal: ``before`` runs at every start, ``init`` once, ``command`` at every start and may stay."""

    name: str
    before: tuple[str, ...] = ()
    init: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing but entering the folder is left."""
        return not (self.init or self.command or any(not line.startswith("cd ") for line in self.before))


@dataclass(frozen=True, slots=True)
class Port:
    """A port something will listen on. ``opens`` is ``preview``, ``notify`` or ``ignore``."""

    number: int
    name: str
    opens: str
    source: str


@dataclass(frozen=True, slots=True)
class DevEnvironment:
    """What a developer needs to work here, before any file format is thought of."""

    tasks: tuple[Task, ...] = ()
    ports: tuple[Port, ...] = ()
    extensions: tuple[str, ...] = ()
    image: str = ""
    packages: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file to offer: its path in the repository and its whole text."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that an offered file did not pass. ``command`` is the offending task line, "" for the file as a whole."""

    message: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class GeneratedConfig:
    """The answer: files that passed every check, why they say what they say, and what nobody could know.

    ``problems`` holds sentences: manifests that could not be read, and what a check removed.
    """

    target: str
    files: tuple[ConfigFile, ...]
    evidence: tuple[Evidence, ...]
    unknown: tuple[str, ...]
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The shape that ``fieldguide generate-config --json`` promises."""
        return {
            "target": self.target,
            "files": [{"path": file.path, "content": file.content} for file in self.files],
            "evidence": [item.to_json() for item in self.evidence],
            "unknown": list(self.unknown),
            "problems": list(self.problems),
        }
