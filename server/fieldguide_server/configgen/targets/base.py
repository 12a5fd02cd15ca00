"""What a target is: one format's places, schema, rendering, and the commands and names in its files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from fieldguide_server.configgen.checks.sessions import Session
from fieldguide_server.configgen.formats import Format, formats
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Failure


@dataclass(frozen=True, slots=True)
class Updated:
    """An existing file's new text, and a sentence for everything that was changed or could not be."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a file is checked against: the repository, and the files that are offered beside it."""

    repo: Repository
    path: str
    beside: Mapping[str, str] = field(default_factory=dict)

    def has(self, path: str) -> bool:
        """Return whether a file or folder is in the repository or comes with the offer."""
        return path in self.beside or self.repo.exists(path)

    def read(self, path: str) -> str:
        """Return the text of a file of the offer or the repository, "" when there is none."""
        return self.beside.get(path) or self.repo.read(path)


Render = Callable[[DevEnvironment, Repository], tuple[ConfigFile, ...]]
Sessions = Callable[[object], Iterable[Session]]
Names = Callable[[object, Context], Iterable[Failure]]
Update = Callable[[str, DevEnvironment, Repository], Updated]


@dataclass(frozen=True, slots=True)
class Target:
    """One format.

    Attributes:
        name: That of its schema, which says where such files are, and of its module.
        render: A plan as files, the main one first.
        sessions: The shell text in a document.
        names: Files, services and extensions that a document names and the repository lacks.
        update: Adds to an existing file what evidence proves.
    """

    name: str
    syntax: Syntax
    render: Render
    sessions: Sessions
    names: Names
    update: Update

    @property
    def format(self) -> Format:
        """Its title and places."""
        return formats()[self.name]
