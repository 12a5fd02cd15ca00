"""Commands that work in an interactive terminal, but not where a config file runs them."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks.problems import Certainty, CommandProblem
from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import ASK_FIRST

# Syntax of bash that POSIX sh does not have, with the equivalent in sh where there is one.
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
# Functions that the start-up files of interactive shells define.
INTERACTIVE = word_set("nvm sdk rvm")
YES = word_set("-y --yes --assume-yes -yq -qy -qqy -yqq -qq")


@dataclass(frozen=True, slots=True)
class ShellEnvironment:
    """How a platform runs a command.

    Attributes:
        is_posix: By sh rather than bash.
        is_non_interactive: Without the start-up files of interactive shells.
        is_unattended: Whether no user is there to answer questions.
    """

    is_posix: bool = False
    is_non_interactive: bool = False
    is_unattended: bool = False


def portability_problems(command: SimpleCommand, shell: ShellEnvironment) -> Iterator[CommandProblem]:
    """Yield a problem for each part of a command that does not work in this environment."""
    name = command.words[0]
    if shell.is_posix and name in BASH_ONLY:
        message = f"`{name}` works only in bash, but sh runs this line."
        yield CommandProblem(message, Certainty.CERTAIN, name, BASH_ONLY[name])
    if shell.is_non_interactive and name in INTERACTIVE:
        message = f"`{name}` is available only in interactive shells, and this line does not run in one."
        yield CommandProblem(message, Certainty.LIKELY, name)
    confirms = name in ASK_FIRST and "install" in command.words and not YES & set(command.words)
    if shell.is_unattended and confirms and command.folder is not None:
        message = f"`{name} install` asks for confirmation, which is not possible here: add -y."
        yield CommandProblem(message, Certainty.CERTAIN, "install", "install -y")
