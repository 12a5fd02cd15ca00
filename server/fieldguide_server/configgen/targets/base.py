"""The definition of a target: how one format is rendered, read, checked and updated."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fieldguide_server.configgen.checks.references import FileContext
from fieldguide_server.configgen.checks.sessions import ShellSession
from fieldguide_server.configgen.formats import Format, formats
from fieldguide_server.configgen.reading.document import Syntax
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Problem


@dataclass(frozen=True, slots=True)
class UpdatedText:
    """The new text of an existing file, and a sentence for each change and for each change that was not possible."""

    text: str
    notes: tuple[str, ...] = ()


Render = Callable[[DevEnvironment, Repository], tuple[ConfigFile, ...]]
ReadSessions = Callable[[object], Iterable[ShellSession]]
CheckReferences = Callable[[object, FileContext], Iterable[Problem]]
Update = Callable[[str, DevEnvironment, Repository], UpdatedText]


@dataclass(frozen=True, slots=True)
class Target:
    """One format.

    Attributes:
        name: The name of its schema, which says which files have the format, and of its module.
        syntax: How its files are written.
        render: Turns a plan into files, the main one first.
        sessions: Reads the shell text from a document.
        check_references: Yields the files, services and extensions that a document names and that do not exist.
        update: Adds what evidence proves to the text of an existing file.
    """

    name: str
    syntax: Syntax
    render: Render
    sessions: ReadSessions
    check_references: CheckReferences
    update: Update

    @property
    def format(self) -> Format:
        """Its title and the paths of its files."""
        return formats()[self.name]
