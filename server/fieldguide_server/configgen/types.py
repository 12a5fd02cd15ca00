"""The values that travel through config generation: evidence in, one environment in the middle, files out.

Lines are 1-based; paths and folders are relative to the repository with ``/``, and ``""`` is its root.
"""

from dataclasses import dataclass
from enum import StrEnum

from fieldguide_indexer import FieldguideError


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
    TEST = "test"
    VARIABLE = "variable"
    OTHER_PORT = "other port"
    OTHER_MANAGER = "other package manager"
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
        """Return the promised five keys, and the three that help to read them."""
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
    """One terminal. ``prepare`` and ``late`` run at every start, ``setup`` once; only ``start`` may stay.

    ``late`` needs what listens on ``wait_port``. A task with ``after`` starts when the task that gives this
    ``signal`` has done its set-up. ``service`` marks containers in the background.
    """

    name: str
    folder: str = ""
    prepare: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    signal: str = ""
    after: str = ""
    wait_port: int = 0
    service: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """Every command line, in the order in which a first start runs them."""
        return (*self.prepare, *self.setup, *self.late, *self.start)


@dataclass(frozen=True, slots=True)
class Port:
    """A port something will listen on; ``needs`` are the commands of which one must run for that.

    ``opens`` is ``preview``, ``notify`` or ``ignore``; ``source`` is the ``path:line`` that names it.
    """

    number: int
    name: str
    opens: str
    source: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A language's tool chain: the version asked for ("" when none is) and the line that asks.

    ``manager`` is its package manager, ``manager_path`` the file that says so.
    """

    stack: str
    version: str = ""
    path: str = ""
    line: int = 0
    manager: str = ""
    manager_path: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A service of a compose file that the project needs beside it; ports are (host, container) pairs."""

    name: str
    image: str
    ports: tuple[tuple[int, int], ...]
    variables: tuple[tuple[str, str], ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Check:
    """A command that tells whether the project is sound, and the folder it runs in."""

    command: str
    folder: str
    stack: str


@dataclass(frozen=True, slots=True)
class DevEnvironment:
    """What a developer needs to work here, before any file format is thought of.

    ``variables`` are names with values that every terminal needs.
    """

    tasks: tuple[Task, ...] = ()
    ports: tuple[Port, ...] = ()
    extensions: tuple[str, ...] = ()
    database: str = ""
    packages: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    containers: tuple[Container, ...] = ()
    checks: tuple[Check, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to do and nothing to open."""
        return not (self.tasks or self.ports)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file to offer: its path in the repository and its whole text."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that an offered file did not pass.

    ``command`` is the offending command line, "" when it is none. ``path`` leads to the value in the document,
    ``offset`` counts lines within it. ``word`` is what is at fault in it and ``instead`` what was likely meant;
    ``enter`` is a folder that has to be entered before. Each is "" where there is none.
    """

    message: str
    command: str = ""
    path: tuple[str | int, ...] = ()
    offset: int = 0
    word: str = ""
    instead: str = ""
    enter: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A line of an offered file (1-based) and the evidence that it stands on."""

    path: str
    line: int
    text: str
    evidence: tuple[Evidence, ...]

    def to_json(self) -> dict[str, object]:
        """Return the line with the places that speak for it."""
        because = [
            {"key": str(e.key), "value": e.value, "path": e.path, "line": e.line} for e in self.evidence
        ]
        return {"path": self.path, "line": self.line, "text": self.text, "because": because}


@dataclass(frozen=True, slots=True)
class GeneratedConfig:
    """The answer: files that passed every check, why they say what they say, and what nobody could know.

    ``problems`` holds sentences: manifests that could not be read, evidence that disagrees, what a check removed,
    and why there is no file when there is none. ``updated`` are the paths of files that exist already and were
    added to; their content holds all of the old text that is still true.
    """

    target: str
    files: tuple[ConfigFile, ...]
    evidence: tuple[Evidence, ...]
    unknown: tuple[str, ...]
    problems: tuple[str, ...]
    lines: tuple[Explained, ...] = ()
    updated: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the shape that ``fieldguide generate-config --json`` promises, and what each line stands on."""
        return {
            "target": self.target,
            "files": [{"path": file.path, "content": file.content} for file in self.files],
            "evidence": [item.to_json() for item in self.evidence],
            "unknown": list(self.unknown),
            "problems": list(self.problems),
            "lines": [line.to_json() for line in self.lines],
            "updated": list(self.updated),
        }
