"""Lines that work at somebody's prompt and not where the config runs them: another shell, and nobody to answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks.problems import Doubt, Flaw
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import ASK_FIRST

# What bash has and a plain sh has not, with what sh has for it.
BASH_ONLY = {
    "source": ".",
    "[[": "",
    "pushd": "",
    "popd": "",
    "shopt": "",
    "declare": "",
    "let": "",
    "function": "",
}
# Functions of an interactive shell's start-up files.
INTERACTIVE = word_set("nvm sdk rvm")
YES = word_set("-y --yes --assume-yes -yq -qy -qqy -yqq -qq")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a text runs: ``is_plain`` by sh rather than bash, ``is_bare`` without start-up files, ``is_alone`` with no terminal."""

    is_plain: bool = False
    is_bare: bool = False
    is_alone: bool = False


def unportable(command: SimpleCommand, where: Surroundings) -> Iterator[Flaw]:
    """Yield what of a command does not work there."""
    name = command.words[0]
    if where.is_plain and name in BASH_ONLY:
        yield Flaw(f"`{name}` is bash's own, and sh runs this line.", Doubt.NONE, name, BASH_ONLY[name])
    if where.is_bare and name in INTERACTIVE:
        yield Flaw(f"`{name}` is a function of interactive shells, and this is none.", Doubt.GUESSED, name)
    asks = name in ASK_FIRST and "install" in command.words and not YES & set(command.words)
    if where.is_alone and asks and command.folder is not None:
        message = f"`{name} install` asks before it installs, and nobody is there: it needs -y."
        yield Flaw(message, Doubt.NONE, "install", "install -y")
