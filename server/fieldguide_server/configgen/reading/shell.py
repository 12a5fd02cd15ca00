"""Splits shell text into simple commands, each with the folder it runs in.

Enough of the shell's grammar to read other people's scripts and to check the lines that are offered.
"""

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# Characters that have no meaning to the shell.
SAFE_TEXT = re.compile(r"[\w@%+=:,./ -]{1,200}")
CLOSERS = {"if": "fi", "case": "esac", "do": "done", "{": "}"}
HANGING = frozenset({"&&", "||", "|", "|&"})
SEPARATORS = frozenset({";", "&&", "||", "|", "&", "\n", "|&", ";;"})
WRAPPERS = frozenset(
    {"sudo", "exec", "time", "nohup", "command", "env", "then", "do", "else", "if", "while", "until", "!"}
)
# Redirections whose "&" does not end a command.
_DUPLICATED = re.compile(r"\d{0,3}[<>]&[\d-]")
_BOTH_STREAMS = re.compile(r"&>>?")
REDIRECTION = re.compile(r"\d{0,3}(?:>>?\|?|<)")
HEREDOC = re.compile(r"(?<!<)<<-?\s*(['\"]?)(\w+)\1")
_MAX_JOINED_LINES = 200


class ShellSyntaxError(ValueError):
    """The text cannot be parsed, usually because a quote is not closed."""


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """A program and its arguments.

    ``words`` begin with the program, ``environment`` holds the assignments before it. ``folder`` is None once a ``cd``
    led to an unknown place or out of the repository. ``background``: the shell does not wait for the command.
    """

    words: tuple[str, ...]
    environment: tuple[str, ...]
    folder: str | None
    background: bool = False

    @property
    def program(self) -> str:
        """The name of the program, without its path."""
        return posixpath.basename(self.words[0]) if self.words else ""

    def option(self, *names: str) -> str | None:
        """Return the first value of ``--name value`` or ``--name=value``."""
        return next(iter(self.options(*names)), None)

    def options(self, *names: str) -> list[str]:
        """Return every value of an option that may be given several times."""
        found: list[str] = []
        for index, word in enumerate(self.words):
            head, equals, tail = word.partition("=")
            if head in names:
                found += [tail] if equals else self.words[index + 1 : index + 2]
        return found

    def positional(self) -> list[str]:
        """Return the arguments that are neither options nor targets of a redirection."""
        found: list[str] = []
        words = iter(self.words[1:])
        for word in words:
            redirection = REDIRECTION.match(word)
            if redirection is not None and redirection.end() == len(word):
                next(words, None)
            elif redirection is None and not word.startswith("-"):
                found.append(word)
        return found


def enter(folder: str | None, target: str) -> str | None:
    """Return the folder that ``cd target`` enters from ``folder``; None if that is unknown or outside the repository."""
    if folder is None or target.startswith(("/", "~", "-")) or any(char in target for char in "$`*"):
        return None
    path = posixpath.normpath(posixpath.join(folder, target))
    return None if path.startswith("..") else "" if path == "." else path


def _tokens(text: str) -> list[str]:
    text = _BOTH_STREAMS.sub(" > ", _DUPLICATED.sub(" ", text.replace("\\\n", " ").replace("\n", " ; ")))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise ShellSyntaxError(str(error)) from error


def _simple(words: list[str], folder: str | None, *, background: bool) -> SimpleCommand | None:
    environment: list[str] = []
    while words and (ASSIGNMENT.match(words[0]) or words[0] in WRAPPERS):
        if ASSIGNMENT.match(words[0]):
            environment.append(words[0])
        words = words[1:]
    return SimpleCommand(tuple(words), tuple(environment), folder, background) if words else None


def split(text: str, folder: str | None = "") -> Iterator[SimpleCommand]:
    """Yield the simple commands of ``text`` in order, following ``cd`` and subshells.

    Raises:
        ShellSyntaxError: A quote is not closed.
    """
    stack: list[str | None] = []
    words: list[str] = []
    for token in [*_tokens(text), ";"]:
        if token not in SEPARATORS and not set(token) <= set("();&|"):
            words.append(token)
            continue
        in_background = token in {"&"}
        command = _simple(words, folder, background=in_background)
        words = []
        if command is not None:
            yield command
            if command.program in {"cd", "pushd"}:
                folder = enter(folder, next(iter(command.positional()), "~"))
        for char in token:
            if char == "(":
                stack.append(folder)
            elif char == ")" and stack:
                folder = stack.pop()


def split_quietly(text: str, folder: str | None = "") -> list[SimpleCommand]:
    """Return the commands that ``split`` yields, none for text that it cannot parse."""
    try:
        return list(split(text, folder))
    except ShellSyntaxError:
        return []


def folder_after(line: str, folder: str | None) -> str | None:
    """Return the folder that the shell is in after a line; a subshell does not change it."""
    try:
        commands = list(split(line + "\n:", folder))
    except ShellSyntaxError:
        return folder
    return commands[-1].folder if commands else folder


@dataclass(slots=True)
class _Scan:
    """The lines read so far, without comments, and what is still open at their end."""

    text: str = ""
    quote: str = ""
    depth: int = 0
    continued: bool = False

    @property
    def is_open(self) -> bool:
        return bool(self.quote) or self.depth > 0 or self.continued

    def read(self, line: str) -> None:
        """Read one more line. A comment begins where a word could begin."""
        self.text += "\n" if self.text else ""
        escaped = self.continued = False
        for column, char in enumerate(line):
            if escaped:
                escaped = False
            elif char == "\\" and self.quote != "'":
                escaped = True
            elif self.quote:
                self.quote = "" if char == self.quote else self.quote
            elif char in "'\"":
                self.quote = char
            elif char == "#" and (column == 0 or line[column - 1] in " \t;&|("):
                line = line[:column]
                break
            elif char in "()":
                self.depth = max(0, self.depth + (1 if char == "(" else -1))
        self.continued = escaped
        self.text += line


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (0-based offset, text) of each logical line: lines with open quotes or brackets and continued ones are joined.

    Comments, empty lines and the bodies of here-documents are left out.
    """
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        start, scan = number, _Scan()
        scan.read(lines[number])
        number += 1
        while scan.is_open and number < min(len(lines), start + _MAX_JOINED_LINES):
            scan.read(lines[number])
            number += 1
        if found := HEREDOC.search(scan.text):
            ends = (at for at in range(number, len(lines)) if lines[at].strip() == found.group(2))
            number = next(ends, len(lines) - 1) + 1
        if scan.text.strip():
            yield start, scan.text


def unclosed_line(text: str) -> int | None:
    """Return the 0-based line on which a construct begins that the text does not end, None if there is none."""
    opened: list[tuple[str, int]] = []
    hanging = None
    for offset, line in logical_lines(text):
        try:
            tokens = _tokens(line)
        except ShellSyntaxError:
            return offset
        if sum(token.count("(") - token.count(")") for token in tokens if set(token) <= set("();&|")) > 0:
            return offset
        for before, word in zip([";", *tokens], tokens, strict=False):
            starts = before in SEPARATORS or before in WRAPPERS or set(before) <= set("();&|")
            if word in CLOSERS and (starts or word in {"do"}):
                opened.append((CLOSERS[word], offset))
            elif opened and word == opened[-1][0]:
                opened.pop()
        hanging = offset if tokens and tokens[-1] in HANGING else None
    return opened[0][1] if opened else hanging


def quoted(path: str) -> str:
    """Quote a path as one shell word that no program takes for an option."""
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def inside(folder: str, command: str) -> str:
    """Return ``command`` as it is run from the root in ``folder``, without leaving the shell there."""
    return f"(cd {quoted(folder)} && {command})" if folder else command
