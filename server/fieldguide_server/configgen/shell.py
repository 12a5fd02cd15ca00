"""Just enough shell: commands split into simple ones, each with the folder it runs in.

It serves both ends: reading other people's scripts, and checking the lines we offer.
"""

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# Words that no shell expands, joins or obeys.
SAFE_TEXT = re.compile(r"[\w@%+=:,./ -]{1,200}")
SEPARATORS = frozenset({";", "&&", "||", "|", "&", "\n", "|&", ";;"})
WRAPPERS = frozenset(
    {"sudo", "exec", "time", "nohup", "command", "env", "then", "do", "else", "if", "while", "!"}
)


class ShellSyntaxError(ValueError):
    """The text does not parse: an open quote, mostly."""


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One program with its words. ``folder`` is None once a ``cd`` led somewhere unknown or outside."""

    words: tuple[str, ...]
    environment: tuple[str, ...]
    folder: str | None

    @property
    def program(self) -> str:
        """The first word without its path."""
        return posixpath.basename(self.words[0]) if self.words else ""

    def option(self, *names: str) -> str | None:
        """The first value of ``--name value`` or ``--name=value``."""
        return next(iter(self.options(*names)), None)

    def options(self, *names: str) -> list[str]:
        """Every value of an option that may be given several times."""
        found: list[str] = []
        for index, word in enumerate(self.words):
            head, equals, tail = word.partition("=")
            if head in names:
                found += [tail] if equals else self.words[index + 1 : index + 2]
        return found

    def positional(self) -> list[str]:
        """The words after the program that are no options."""
        return [word for word in self.words[1:] if not word.startswith("-")]


def enter(folder: str | None, target: str) -> str | None:
    """Where ``cd target`` leads from ``folder``; None when it cannot be told or leaves the repository."""
    if folder is None or target.startswith(("/", "~", "-")) or any(sign in target for sign in "$`*"):
        return None
    path = posixpath.normpath(posixpath.join(folder, target))
    return None if path.startswith("..") else "" if path == "." else path


def _tokens(text: str) -> list[str]:
    lexer = shlex.shlex(text.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise ShellSyntaxError(str(error)) from error


def _simple(words: list[str], folder: str | None) -> SimpleCommand | None:
    environment: list[str] = []
    while words and (ASSIGNMENT.match(words[0]) or words[0] in WRAPPERS):
        if ASSIGNMENT.match(words[0]):
            environment.append(words[0])
        words = words[1:]
    return SimpleCommand(tuple(words), tuple(environment), folder) if words else None


def split(text: str, folder: str | None = "") -> Iterator[SimpleCommand]:
    """The simple commands of ``text`` in order, following ``cd`` and subshells.

    Raises:
        ShellSyntaxError: quotes do not close.
    """
    stack: list[str | None] = []
    words: list[str] = []
    for token in [*_tokens(text), ";"]:
        if token not in SEPARATORS and not set(token) <= set("();&|"):
            words.append(token)
            continue
        command = _simple(words, folder)
        words = []
        if command is not None:
            yield command
            if command.program in {"cd", "pushd"}:
                folder = enter(folder, next(iter(command.positional()), "~"))
        for sign in token:
            if sign == "(":
                stack.append(folder)
            elif sign == ")" and stack:
                folder = stack.pop()


def split_quietly(text: str, folder: str | None = "") -> list[SimpleCommand]:
    """Like ``split`` for texts that may be no shell at all: nothing, then."""
    try:
        return list(split(text, folder))
    except ShellSyntaxError:
        return []


def quoted(path: str) -> str:
    """A path as one shell word that no program takes for an option."""
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def inside(folder: str, command: str) -> str:
    """``command`` as run in ``folder`` from the root, leaving the shell where it was."""
    return f"(cd {quoted(folder)} && {command})" if folder else command
