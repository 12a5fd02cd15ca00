"""Follows package scripts to the programs that they run, through workspaces, task runners and wrappers."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from fieldguide_server.configgen.reading.shell import ASSIGNMENT, SimpleCommand, enter, quoted, split_quietly
from fieldguide_server.configgen.tools.environment_files import DOTENV_VARIABLE
from fieldguide_server.configgen.tools.interpreters import SHELLS
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS, RUN_WORDS
from fieldguide_server.configgen.tools.project_tools import FOLDER_OPTIONS

MEMBER_OPTIONS = ("--filter", "-F", "--workspace", "-w", "--scope")
ALL_MEMBERS = frozenset(
    {"-r", "--recursive", "--workspaces", "-ws", "--parallel", "workspaces", "foreach", "recursive"}
)
RUN_AFTER_DASHES = frozenset(
    {"dotenv", "dotenvx", "react-env", "doppler", "infisical", "op", "with-env", "binode"}
)
WRAPPERS = frozenset(
    {"npx", "pnpx", "bunx", "cross-env", "cross-env-shell", "env-cmd", "dotenv", "dotenvx", "with-env"}
)
INSTALLED = re.compile(r"(?:\./)?node_modules/((?:@[\w-]+/)?(?!\.)[\w.-]+)/")
MAX_DEPTH = 8
MAX_SCRIPT_LINES = 200
Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class NodeProject:
    """A ``package.json``: of its scripts and version ranges only those that are well formed."""

    folder: str
    path: str
    name: str
    scripts: Mapping[str, str]
    versions: Mapping[str, str]
    manifest: Mapping[str, object] = field(default_factory=dict)


def unwrap(command: SimpleCommand) -> SimpleCommand:
    """Return the command that a wrapper such as ``cross-env`` or ``npx`` runs, the command itself if it is no wrapper."""
    words, environment = list(command.words), list(command.environment)
    if words and (inside := INSTALLED.match(words[0])):
        words[0] = inside.group(1)
    for _ in range(MAX_DEPTH):
        program = posixpath.basename(words[0]) if words else ""
        if program in RUN_AFTER_DASHES and "--" in words:
            environment += _environment_files(words[: words.index("--")])
            words = words[words.index("--") + 1 :]
            words[:1] = [word.rpartition(":")[2] for word in words[:1]]
        elif program in NODE_MANAGERS and words[1:2] and words[1] in {"exec", "dlx", "x"}:
            words = [word for word in words[2:] if word != "--"]
        elif program in WRAPPERS:
            words = words[1:]
            while words and (words[0].startswith("-") or ASSIGNMENT.match(words[0])):
                environment += [words[0]] if ASSIGNMENT.match(words[0]) else _environment_files(words[:2])
                valued = {"-f", "-e", "-p", "--package", *(["-c"] if program == "dotenv" else [])}
                words = words[2:] if words[0] in valued else words[1:]
        else:
            break
    return replace(command, words=tuple(words), environment=tuple(environment))


def _environment_files(words: list[str]) -> list[str]:
    """Return the environment files that a wrapper reads, as assignments of the variable that dotenv uses."""
    pairs = pairwise(words)
    return [f"{DOTENV_VARIABLE}={value}" for name, value in pairs if name in {"-e", "-f"}]


class Scripts:
    """The scripts of all projects of a repository."""

    def __init__(self, projects: Mapping[str, NodeProject], read: Callable[[str], str]) -> None:
        self._projects = projects
        self._read = read
        self._folders = {project.name: folder for folder, project in projects.items() if project.name}

    def versions(self, folder: str | None) -> Mapping[str, str]:
        """Return the packages that the project in a folder depends on → their version ranges."""
        project = self._projects.get(folder) if folder is not None else None
        return project.versions if project else {}

    def leaves(
        self, folder: str, script: str, trail: tuple[Step, ...] = (), arguments: tuple[str, ...] = ()
    ) -> Iterator[SimpleCommand]:
        """Yield the programs that ``script`` in ``folder`` runs in the end, none if there is no such script.

        ``arguments`` are appended to the script, as package managers do with what follows ``--``. ``trail`` holds the
        scripts that led here.
        """
        project = self._projects.get(folder)
        body = project.scripts.get(script) if project else None
        if body is None or (folder, script) in trail or len(trail) > MAX_DEPTH:
            return
        for command in split_quietly(" ".join((body, *map(quoted, arguments))), folder):
            yield from self._follow(command, (*trail, (folder, script)))

    def runs_nothing(self, project: NodeProject, script: str) -> bool:
        """Return whether a script calls only scripts and members that do not exist."""
        return next(self.leaves(project.folder, script), None) is None

    def _follow(self, command: SimpleCommand, trail: tuple[Step, ...]) -> Iterator[SimpleCommand]:
        command = unwrap(command)
        if not command.words or command.folder is None:
            return
        if command.program == "concurrently":
            yield from self._texts(
                [word for word in command.words[1:] if " " in word or ":" in word], command, trail
            )
            return
        if (path := _shell_file(command)) and (text := self._read(path)):
            yield from self._in_file(text, command, trail)
            return
        steps = self.called_by(command)
        if steps is None:
            yield command
        passed = command.program in NODE_MANAGERS and "--" in command.words
        arguments = command.words[command.words.index("--") + 1 :] if passed else ()
        for folder, script in steps or ():
            for leaf in self.leaves(folder, script, trail, arguments):
                yield replace(leaf, environment=(*leaf.environment, *command.environment))

    def _in_file(self, text: str, command: SimpleCommand, trail: tuple[Step, ...]) -> Iterator[SimpleCommand]:
        """Yield the programs that a shell script runs. Lines are parsed one by one, since some may not parse."""
        if len(trail) > MAX_DEPTH:
            return
        folder = command.folder
        for line in text.replace("\\\n", " ").split("\n")[:MAX_SCRIPT_LINES]:
            for inner in split_quietly(line.partition(" #")[0], folder) if line[:1] != "#" else ():
                if inner.program == "cd":
                    folder = enter(folder, next(iter(inner.positional()), "~"))
                else:
                    yield from self._follow(inner, (*trail, (folder or "", line)))

    def _texts(
        self, texts: list[str], command: SimpleCommand, trail: tuple[Step, ...]
    ) -> Iterator[SimpleCommand]:
        for text in texts:
            manager, _, pattern = text.partition(":")
            if manager in NODE_MANAGERS and " " not in text:
                for script in self._matching(command.folder or "", pattern):
                    yield from self.leaves(command.folder or "", script, trail)
            else:
                for inner in split_quietly(text, command.folder):
                    yield from self._follow(inner, trail)

    def called_by(self, command: SimpleCommand) -> list[Step] | None:
        """Return the (folder, script) pairs that a command runs, None if it runs no package script."""
        folder = command.folder or ""
        if command.program in NODE_MANAGERS:
            return self._managed(command, folder)
        if command.program in {"turbo", "lerna"}:
            names = [word for word in command.positional() if word not in {"run", "watch"}]
            return [step for name in names[:1] for step in self._members(command, name)]
        if command.program == "nx":
            return self._nx(command)
        if command.program in {"npm-run-all", "run-p", "run-s", "npm-run-all2"}:
            patterns = command.positional()
            return [(folder, name) for pattern in patterns for name in self._matching(folder, pattern)]
        return None

    def _managed(self, command: SimpleCommand, folder: str) -> list[Step] | None:
        options = _member_options(command)
        words = self._without_values(command, options)
        if words[:1] == ["workspace"] and len(words) > 2:
            rest = [word for word in words[2:] if word != "run"]
            member = self._folders.get(words[1])
            return [(member, rest[0])] if member is not None and rest else []
        words = [word for word in words if word not in RUN_WORDS | {"workspaces", "foreach", "recursive"}]
        if not words:
            return None
        if command.option(*options) or ALL_MEMBERS & set(command.words):
            return self._members(command, words[0])
        inner = command.option(*FOLDER_OPTIONS[command.program])
        target = enter(folder, inner) if inner else folder
        project = self._projects.get(target) if target is not None else None
        return [(target or "", words[0])] if project and words[0] in project.scripts else None

    @staticmethod
    def _without_values(command: SimpleCommand, options: tuple[str, ...]) -> list[str]:
        """Return the positional words without the values of options."""
        positional: list[str] = []
        skip = False
        for word in command.words[1:]:
            if not skip and not word.startswith("-"):
                positional.append(word)
            skip = not skip and word in (*FOLDER_OPTIONS[command.program], *options)
        return positional

    def _members(self, command: SimpleCommand, script: str) -> list[Step]:
        """Return the members that have the script and match the filters of the command."""
        patterns = [
            pattern for value in command.options(*_member_options(command)) for pattern in alternatives(value)
        ]
        included = [pattern for pattern in patterns if not pattern.startswith("!")]
        excluded = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
        return [
            (folder, script)
            for folder, project in self._projects.items()
            if folder and script in project.scripts
            if not included or any(_matches(project, pattern) for pattern in included)
            if not any(_matches(project, pattern) for pattern in excluded)
        ]

    def _nx(self, command: SimpleCommand) -> list[Step] | None:
        """Return the targets of an Nx command that are package scripts, None if an executor runs them."""
        steps = [
            (self._folders[name], target) for name, target in nx_targets(command) if name in self._folders
        ]
        return [step for step in steps if step[1] in self._projects[step[0]].scripts] or None

    def _matching(self, folder: str, pattern: str) -> list[str]:
        project = self._projects.get(folder)
        return fnmatch.filter(project.scripts, pattern) if project else []


def _shell_file(command: SimpleCommand) -> str | None:
    """Return the path of the shell script that a command runs, None if it runs none."""
    words = command.positional() if command.program in SHELLS else list(command.words)
    name = words[0] if words else ""
    return enter(command.folder, name) if name.endswith(".sh") else None


def _member_options(command: SimpleCommand) -> tuple[str, ...]:
    """Return the options that name members. The ``-w`` of pnpm means the root and takes no value."""
    return tuple(name for name in MEMBER_OPTIONS if name != "-w" or command.program != "pnpm")


def alternatives(pattern: str) -> list[str]:
    """Expand the braces in a pattern as the shell does: ``@x/{api,web}`` stands for two names."""
    found = re.search(r"\{([^{}]*)\}", pattern)
    if found is None:
        return [pattern]
    head, tail = pattern[: found.start()], pattern[found.end() :]
    return [text for part in found.group(1).split(",") for text in alternatives(head + part + tail)]


def nx_targets(command: SimpleCommand) -> list[Step]:
    """Return the (project, target) pairs that an Nx command names, in any of its three forms."""
    words = command.positional()
    if words[:1] == ["run-many"]:
        target = command.option("--target", "--targets", "-t") or ""
        return [(name, target) for name in (command.option("--projects", "-p") or "").split(",")]
    if words[:1] == ["run"]:
        return [(name, target) for word in words[1:2] for name, _, target in [word.partition(":")]]
    return [(words[1], words[0])] if words[1:] else []


def _matches(project: NodeProject, pattern: str) -> bool:
    """Return whether a filter matches a member by its name, with or without its scope, or by its folder."""
    plain = pattern.strip(".^").removeprefix("/").rstrip("/")
    names = {project.name, project.folder, project.name.rpartition("/")[2]}
    return any(fnmatch.fnmatchcase(name, plain) for name in names if name)
