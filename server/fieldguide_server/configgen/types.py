"""The values of config generation: evidence goes in, is planned as one environment, and comes out as files.

Lines are 1-based; paths and folders are relative to the repository with ``/``, and ``""`` is its root.
"""

from dataclasses import dataclass
from enum import StrEnum

from fieldguide_indexer import FieldguideError


class ConfigError(FieldguideError):
    """No config can be generated: the folder cannot be read, or the target is unknown."""


class Key(StrEnum):
    """The subject of a piece of evidence."""

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


# The confidence in a fact: a config states it; a document says so; a tool's default; a convention.
STATED = 0.95
DOCUMENTED = 0.8
DEFAULT = 0.65
CONVENTION = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact and the line of the repository that shows it.

    Attributes:
        key: What the fact is about.
        value: A shell command, a number (ports) or a name, depending on the key.
        path: The file.
        line: The line in it, from 1.
        confidence: Between 0 and 1.
        folder: Where a command runs.
        stack: The ecosystem.
        note: How the line leads to the value, for people.
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
        """Return the five documented keys, and three that explain them."""
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
    """One terminal.

    Attributes:
        name: Its title.
        folder: Where its commands run.
        prepare: Commands that run at every start, before all others.
        setup: Commands that run once.
        late: Commands that run at every start and need the service on ``wait_port``.
        start: The commands that may stay running.
        signal: What it signals when its set-up is done.
        after: The signal that it waits for.
        wait_port: The port that must be open before ``late``, 0 for none.
        service: Whether it starts containers in the background.
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
        """Every command line, in the order of a first start."""
        return (*self.prepare, *self.setup, *self.late, *self.start)


@dataclass(frozen=True, slots=True)
class Port:
    """A port that something will listen on.

    Attributes:
        number: The port.
        name: Its title.
        opens: What happens when it is opened: ``preview``, ``notify`` or ``ignore``.
        source: The ``path:line`` that names it.
        needs: The commands that listen on it, of which at least one must run.
    """

    number: int
    name: str
    opens: str
    source: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool chain of a language.

    Attributes:
        stack: The language.
        version: The required version, "" if there is no requirement.
        path: The file that requires it.
        line: The line in that file.
        manager: The package manager.
        manager_path: The file that shows the package manager.
    """

    stack: str
    version: str = ""
    path: str = ""
    line: int = 0
    manager: str = ""
    manager_path: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A service of a compose file that the project needs; ``ports`` are (host, container) pairs."""

    name: str
    image: str
    ports: tuple[tuple[int, int], ...]
    variables: tuple[tuple[str, str], ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Check:
    """A command that tests the project, and the folder in which it runs."""

    command: str
    folder: str
    stack: str


@dataclass(frozen=True, slots=True)
class DevEnvironment:
    """The environment that a developer needs to work on the project, independent of any config format.

    ``variables`` are (name, value) pairs for every terminal, ``unknown`` and ``conflicts`` sentences for people.
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
        """Whether there is nothing to run and nothing to open."""
        return not (self.tasks or self.ports)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A generated file: its path in the repository and its full text."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a config file, or of a command of a plan.

    Attributes:
        message: One sentence for the user.
        command: The command line, "" if the problem is not in one.
        path: Leads to the value in the document.
        offset: The line within that value, from 0.
        word: The wrong word, "" if it is no single word.
        suggestion: The name that was probably intended, "" if there is none.
        enter_folder: The folder that has to be entered first, "" if there is none.
        is_incomplete: Whether the document only lacks something, as a part of one may.
    """

    message: str
    command: str = ""
    path: tuple[str | int, ...] = ()
    offset: int = 0
    word: str = ""
    suggestion: str = ""
    enter_folder: str = ""
    is_incomplete: bool = False


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of a generated file (from 1) and the evidence for it."""

    path: str
    line: int
    text: str
    evidence: tuple[Evidence, ...]

    def to_json(self) -> dict[str, object]:
        """Return the line with the places of its evidence."""
        because = [
            {"key": str(e.key), "value": e.value, "path": e.path, "line": e.line} for e in self.evidence
        ]
        return {"path": self.path, "line": self.line, "text": self.text, "because": because}


@dataclass(frozen=True, slots=True)
class GeneratedConfig:
    """The result of config generation.

    Attributes:
        target: The name of the target.
        files: The generated files, which passed every check.
        evidence: The evidence for them.
        unknown: A sentence for everything that the repository does not show.
        problems: A sentence for each manifest that could not be read, disagreement of the evidence, command that a
            check removed, and change of an existing file; and why there is no file, if there is none.
        lines: The lines of the files that evidence supports.
        updated: The paths of existing files that were changed; their other lines are kept.
    """

    target: str
    files: tuple[ConfigFile, ...]
    evidence: tuple[Evidence, ...]
    unknown: tuple[str, ...]
    problems: tuple[str, ...]
    lines: tuple[ExplainedLine, ...] = ()
    updated: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the output of ``fieldguide generate-config --json``."""
        return {
            "target": self.target,
            "files": [{"path": file.path, "content": file.content} for file in self.files],
            "evidence": [item.to_json() for item in self.evidence],
            "unknown": list(self.unknown),
            "problems": list(self.problems),
            "lines": [line.to_json() for line in self.lines],
            "updated": list(self.updated),
        }
