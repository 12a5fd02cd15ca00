"""Checks shell text phase by phase: each line parses, names only what exists, and exits where it must."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks.commands import check_command, long_running
from fieldguide_server.configgen.checks.portability import ShellEnvironment, portability_problems
from fieldguide_server.configgen.checks.problems import CommandProblem
from fieldguide_server.configgen.checks.working_tree import (
    GENERATORS,
    GUARDED,
    WorkingTree,
    created_by,
    is_created,
    is_ignored,
    may_generate,
)
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import (
    ShellSyntaxError,
    SimpleCommand,
    folder_after,
    logical_lines,
    quoted,
    split,
    split_quietly,
    unclosed_line,
)
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.tools.project_tools import MANIFESTS
from fieldguide_server.configgen.types import DevEnvironment, Problem, Task

TERMINAL = ShellEnvironment()


@dataclass(frozen=True, slots=True)
class Phase:
    """A piece of shell text in a config file.

    Attributes:
        name: What users call it: the key in the file.
        path: Leads to the text in the document.
        text: The shell text.
        must_exit: Whether its commands must exit, unlike those of a server.
        restarts: Whether it also runs alone, in the folder in which the first phase ended.
        is_first: Whether it is that first phase.
        shell: How the platform runs it.
    """

    name: str
    path: Path
    text: str
    must_exit: bool = True
    restarts: bool = False
    is_first: bool = False
    shell: ShellEnvironment = TERMINAL


@dataclass(frozen=True, slots=True)
class ShellSession:
    """Phases that run one after the other in one shell.

    Attributes:
        phases: In the order in which they run.
        folder: Where the shell starts; None if that is unknown.
        machine: Sessions of the same machine see each other's files.
        has_known_files: Whether the files are those of the repository; something before may have created others.
    """

    phases: tuple[Phase, ...]
    folder: str | None = ""
    machine: str = ""
    has_known_files: bool = True


def command_lines(sessions: Iterable[ShellSession]) -> list[str]:
    """Return the lines of all sessions, without the space around them."""
    phases = (phase for session in sessions for phase in session.phases)
    return [line.strip() for phase in phases for line in phase.text.split("\n")]


def visited_folders(sessions: Iterable[ShellSession]) -> set[str]:
    """Return the folders in which the commands of the sessions run."""
    folders: set[str | None] = set()
    for session in sessions:
        folder = session.folder
        for phase in session.phases:
            for line in phase.text.split("\n"):
                folders.update(command.folder for command in split_quietly(line, folder))
                folder = folder_after(line, folder)
                folders.add(folder)
    return {folder for folder in folders if folder is not None}


def check_sessions(sessions: Iterable[ShellSession], repo: Repository) -> Iterator[Problem]:
    """Yield the problems of sessions that a person wrote: only those that are certain."""
    listed = list(sessions)
    generating = {
        session.machine for session in listed if any(GENERATORS.search(p.text) for p in session.phases)
    }
    trees: dict[str, WorkingTree] = {}
    for session in listed:
        is_local = session.machine not in generating
        tree = trees.setdefault(session.machine, WorkingTree(is_complete=is_local, is_local=is_local))
        tree.is_complete = tree.is_complete and session.has_known_files
        yield from _SessionCheck(repo, tree, certain=True).problems(session)


def check_session(session: ShellSession, repo: Repository) -> Iterator[Problem]:
    """Yield every problem of a session, likely ones too: a generated file must have none."""
    return _SessionCheck(repo, WorkingTree(), certain=False).problems(session)


@dataclass(frozen=True, slots=True)
class _SessionCheck:
    repo: Repository
    tree: WorkingTree
    certain: bool

    def problems(self, session: ShellSession) -> Iterator[Problem]:
        base = folder = session.folder
        for phase in session.phases:
            start = base if phase.restarts else folder
            if phase.restarts and base != folder and self._needs_folder(phase, folder):
                message = f"After a restart, {phase.name} does not start in the folder where init ends."
                first_line = phase.text.split("\n")[0]
                yield Problem(message, first_line, phase.path, enter_folder=folder or "")
                # Check the rest as it was intended.
                start = folder
            if self.certain and (problem := _syntax_problem(phase)):
                yield problem
                continue
            for number, line in logical_lines(phase.text):
                yield from self._line(line, phase, start, number)
                start = self._existing(folder_after(line, start))
            base = start if phase.is_first else base
            folder = start

    def _existing(self, folder: str | None) -> str | None:
        """Return the folder, None if it is missing: then that is the problem, and not what runs in it."""
        exists = folder is None or folder in self.repo.folders or is_created(folder, self.tree.created)
        return folder if exists else None

    def _needs_folder(self, phase: Phase, folder: str | None) -> bool:
        """Return whether a phase depends on the folder in which it happens to start."""
        first = phase.text.lstrip()
        if not folder or first.startswith(("cd ", "pushd ")):
            return False
        commands = split_quietly(phase.text, "")
        return any(command.folder == "" and _depends_on_folder(command) for command in commands)

    def _line(self, line: str, phase: Phase, folder: str | None, number: int) -> Iterator[Problem]:
        try:
            commands = list(split(line, folder))
        except ShellSyntaxError as error:
            if not self.certain:
                yield Problem(f"The shell cannot parse this line: {error}.", line, phase.path, number)
            return
        for command in commands:
            missing = check_command(command, self.repo, self.tree.created)
            for found in (*missing, *portability_problems(command, phase.shell)):
                if not self.certain or self._confirms(found, line):
                    yield Problem(found.message, line, phase.path, number, found.word, found.suggestion)
                if command.program == "cd":
                    return
            self.tree.created.update(created_by(command))
            if phase.must_exit and not command.background and self._stays(command, line):
                message = f"`{' '.join(command.words)}` does not exit, but {phase.name} must."
                yield Problem(message, line, phase.path, number)
            if self.certain and may_generate(command, self.repo):
                self.tree.is_complete = False

    def _confirms(self, problem: CommandProblem, line: str) -> bool:
        if not self.tree.confirms(problem, line):
            return False
        return not (problem.path and is_ignored(self.repo, problem.path))

    def _stays(self, command: SimpleCommand, line: str) -> bool:
        is_guarded = self.certain and GUARDED.search(line)
        return long_running(command, self.repo, certain=self.certain) and not is_guarded


def _depends_on_folder(command: SimpleCommand) -> bool:
    return (command.program in MANIFESTS and "-g" not in command.words) or "/" in command.words[0].lstrip("/")


def _syntax_problem(phase: Phase) -> Problem | None:
    """Return the problem of a text that leaves something open and that the grammar of the shell rejects too."""
    offset = unclosed_line(phase.text)
    if offset is None:
        return None
    from fieldguide_indexer import syntax_errors  # noqa: PLC0415 - loads the grammar, which is rarely needed

    if not syntax_errors(phase.text, "bash"):
        return None
    line = phase.text.split("\n")[offset]
    message = "The shell cannot parse this: a quote, bracket or block is not closed."
    return Problem(message, line, phase.path, offset, line)


def check_environment(environment: DevEnvironment, repo: Repository) -> list[Problem]:
    """Return the problems of a plan's own commands, before they are rendered in any format."""
    found = [problem for task in environment.tasks for problem in check_session(_session_of(task), repo)]
    found += [
        Problem(f"The folder {task.folder} does not exist.", f"cd {quoted(task.folder)}")
        for task in environment.tasks
        if task.folder not in repo.folders
    ]
    for check in environment.checks:
        session = ShellSession((Phase("test", (), check.command),), check.folder)
        found += check_session(session, repo)
    return found


def _session_of(task: Task) -> ShellSession:
    setup = "\n".join((*task.prepare, *task.setup, *task.late))
    phases = (Phase("set-up", (), setup), Phase("command", (), "\n".join(task.start), must_exit=False))
    return ShellSession(tuple(phase for phase in phases if phase.text), task.folder)
