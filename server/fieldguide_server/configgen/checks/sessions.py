"""Checks shell text phase by phase: each line parses, names only what exists, and ends where it must."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks.commands import check_command, is_made, long_running
from fieldguide_server.configgen.checks.portability import Surroundings, unportable
from fieldguide_server.configgen.checks.problems import Flaw
from fieldguide_server.configgen.checks.working_tree import (
    BRINGS,
    GUARDED,
    Tree,
    is_certain,
    is_ignored,
    makes_more,
)
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import (
    ShellSyntaxError,
    SimpleCommand,
    enter,
    folder_after,
    logical_lines,
    quoted,
    split,
    split_quietly,
    unclosed_line,
)
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.tools.project_tools import MANIFESTS
from fieldguide_server.configgen.types import DevEnvironment, Failure, Task

MAX_CREATED = 200
TERMINAL = Surroundings()
# Folders and files that build tools make.
BUILD_FOLDERS = {"cmake": "-B", "meson": "setup"}
BUILD_FILES = {"autoreconf": "configure", "autogen.sh": "configure"}


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of shell text in a config file; ``path`` leads to it.

    ``restarts``: it also runs without its predecessors, from where the first phase ended. ``where`` it runs.
    """

    name: str
    path: Path
    text: str
    must_end: bool = True
    restarts: bool = False
    first: bool = False
    where: Surroundings = TERMINAL


@dataclass(frozen=True, slots=True)
class Session:
    """Phases that share one shell, and the folder in which it starts (None: unknown).

    Sessions of one ``machine`` see what the others make. Not ``is_known``: something before it may have made files.
    """

    phases: tuple[Phase, ...]
    folder: str | None = ""
    machine: str = ""
    is_known: bool = True


def check_sessions(sessions: Iterable[Session], repo: Repository) -> Iterator[Failure]:
    """Yield the failures of shells as people write them: only what is wrong whatever else was made before."""
    found = list(sessions)
    bringing = {session.machine for session in found if any(BRINGS.search(p.text) for p in session.phases)}
    trees: dict[str, Tree] = {}
    for session in found:
        is_own = session.machine not in bringing
        tree = trees.setdefault(session.machine, Tree(is_known=is_own, is_own=is_own))
        tree.is_known = tree.is_known and session.is_known
        yield from _Checking(repo, tree, certain=True).check(session)


def check_session(session: Session, repo: Repository) -> Iterator[Failure]:
    """Return every failure of one shell's phases, likely ones too: what is offered has none at all."""
    return _Checking(repo, Tree(), certain=False).check(session)


@dataclass(frozen=True, slots=True)
class _Checking:
    repo: Repository
    tree: Tree
    certain: bool

    def check(self, session: Session) -> Iterator[Failure]:
        base = folder = session.folder
        for phase in session.phases:
            start = base if phase.restarts else folder
            if phase.restarts and base != folder and self._needs_folder(phase, folder):
                message = f"init ends in another folder than {phase.name} starts in on a restart."
                yield Failure(message, phase.text.split("\n")[0], phase.path, enter=folder or "")
                # What follows is judged as it was meant.
                start = folder
            if self.certain and (failure := _unparsed(phase)):
                yield failure
                continue
            for number, line in logical_lines(phase.text):
                yield from self._line(line, phase, start, number)
                start = self._entered(folder_after(line, start))
            base = start if phase.first else base
            folder = start

    def _entered(self, folder: str | None) -> str | None:
        """Return the folder, None when it is not there: that was told, and what runs in it is not judged."""
        is_there = folder is None or folder in self.repo.folders or is_made(folder, self.tree.created)
        return folder if is_there else None

    def _needs_folder(self, phase: Phase, folder: str | None) -> bool:
        """Return whether a phase that does not enter a folder itself works in the one it happens to be in."""
        first = phase.text.lstrip()
        if not folder or first.startswith(("cd ", "pushd ")):
            return False
        commands = split_quietly(phase.text, "")
        return any(command.folder == "" and _works_in_folder(command) for command in commands)

    def _line(self, line: str, phase: Phase, folder: str | None, number: int) -> Iterator[Failure]:
        try:
            commands = list(split(line, folder))
        except ShellSyntaxError as error:
            if not self.certain:
                yield Failure(f"The shell cannot parse it: {error}.", line, phase.path, number)
            return
        for command in commands:
            flaws = check_command(command, self.repo, self.tree.created)
            for flaw in (*flaws, *unportable(command, phase.where)):
                if not self.certain or self._is_sure(flaw, line):
                    yield Failure(flaw.message, line, phase.path, number, flaw.word, flaw.instead)
                if command.program == "cd":
                    return
            self.tree.created.update(_creates(command))
            if phase.must_end and not command.background and self._stays(command, line):
                message = f"`{' '.join(command.words)}` does not end, and {phase.name} must."
                yield Failure(message, line, phase.path, number)
            self.tree.is_known = self.tree.is_known and not (self.certain and makes_more(command, self.repo))

    def _is_sure(self, flaw: Flaw, line: str) -> bool:
        if not is_certain(flaw, line, self.tree):
            return False
        return not (flaw.path and is_ignored(self.repo, flaw.path))

    def _stays(self, command: SimpleCommand, line: str) -> bool:
        return long_running(command, self.repo, certain=self.certain) and not (
            self.certain and GUARDED.search(line)
        )


def _works_in_folder(command: SimpleCommand) -> bool:
    """Return whether it matters to a command where it runs."""
    return (command.program in MANIFESTS and "-g" not in command.words) or "/" in command.words[0].lstrip("/")


def _unparsed(phase: Phase) -> Failure | None:
    """Return a text that leaves something open, and that the grammar of the shell refuses, too."""
    offset = unclosed_line(phase.text)
    if offset is None:
        return None
    from fieldguide_indexer import syntax_errors  # noqa: PLC0415 - the grammar, where there is a doubt

    if not syntax_errors(phase.text, "bash"):
        return None
    line = phase.text.split("\n")[offset]
    return Failure("The shell cannot parse it: something is left open here.", line, phase.path, offset, line)


def check_environment(environment: DevEnvironment, repo: Repository) -> list[Failure]:
    """Return the failures of a plan's own lines, before any format wraps them."""
    found = [failure for task in environment.tasks for failure in check_session(_session_of(task), repo)]
    found += [
        Failure(f"The folder {task.folder} does not exist.", f"cd {quoted(task.folder)}")
        for task in environment.tasks
        if task.folder not in repo.folders
    ]
    for check in environment.checks:
        session = Session((Phase("test", (), check.command),), check.folder)
        found += check_session(session, repo)
    return found


def _session_of(task: Task) -> Session:
    ending = "\n".join((*task.prepare, *task.setup, *task.late))
    phases = (Phase("set-up", (), ending), Phase("command", (), "\n".join(task.start), must_end=False))
    return Session(tuple(phase for phase in phases if phase.text), task.folder)


def _creates(command: SimpleCommand) -> list[str]:
    """Return paths that a command makes, so that later ones may name them."""
    words = command.positional()
    if command.program == "mkdir":
        targets = words
    elif command.program in {"cp", "touch", "ln", "mv"}:
        targets = words[-1:]
    elif command.program in BUILD_FOLDERS:
        targets = [target] if (target := command.option(BUILD_FOLDERS[command.program])) else []
    else:
        targets = [BUILD_FILES[command.program]] if command.program in BUILD_FILES else []
    return [path for word in targets[:MAX_CREATED] if (path := enter(command.folder, word)) is not None]
