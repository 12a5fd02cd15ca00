"""Checks shell text phase by phase: each line parses, names only what exists, and ends where it must."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks import check_command, long_running
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.shell import ShellSyntaxError, SimpleCommand, enter, quoted, split
from fieldguide_server.configgen.types import DevEnvironment, Failure, Task
from fieldguide_server.configgen.yaml_reading import Path

MAX_CREATED = 200
# Folders that build tools make.
BUILD_FOLDERS = {"cmake": "-B", "meson": "setup"}


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of shell text in a config file; ``path`` leads to it.

    ``restarts``: it also runs without its predecessors, from where the first phase ended.
    """

    name: str
    path: Path
    text: str
    must_end: bool = True
    restarts: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Phases that share one shell, and the folder in which it starts (None: unknown)."""

    phases: tuple[Phase, ...]
    folder: str | None = ""


def check_session(session: Session, repo: Repository) -> Iterator[Failure]:
    """Every failure of one shell's phases."""
    base = folder = session.folder
    created: set[str] = set()
    for phase in session.phases:
        start = base if phase.restarts else folder
        if phase.restarts and base != folder and not phase.text.lstrip().startswith("cd "):
            message = f"init ends in another folder than {phase.name} starts in on a restart."
            yield Failure(message, phase.text.split("\n")[0], phase.path)
        for number, line in enumerate(phase.text.rstrip("\n").split("\n")):
            yield from _check_line(line, phase, start, (repo, created, number))
            start = after(line, start)
        base = start if phase.first else base
        folder = start


def check_environment(environment: DevEnvironment, repo: Repository) -> list[Failure]:
    """The failures of a plan's own lines, before any format wraps them."""
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


def _check_line(
    line: str, phase: Phase, folder: str | None, place: tuple[Repository, set[str], int]
) -> Iterator[Failure]:
    repo, created, number = place
    try:
        commands = list(split(line, folder))
    except ShellSyntaxError as error:
        yield Failure(f"The shell cannot parse it: {error}.", line, phase.path, number)
        return
    for command in commands:
        for message in check_command(command, repo, created):
            yield Failure(message, line, phase.path, number)
        created.update(_creates(command))
        if phase.must_end and long_running(command, repo):
            message = f"`{' '.join(command.words)}` does not end, and {phase.name} must."
            yield Failure(message, line, phase.path, number)


def after(line: str, folder: str | None) -> str | None:
    """The folder a line leaves the shell in; subshells leave it where it was."""
    try:
        commands = list(split(line + "\n:", folder))
    except ShellSyntaxError:
        return folder
    return commands[-1].folder if commands else folder


def _creates(command: SimpleCommand) -> list[str]:
    """Paths that a command makes, so that later ones may name them."""
    words = command.positional()
    if command.program == "mkdir":
        targets = words
    elif command.program in {"cp", "touch", "ln", "mv"}:
        targets = words[-1:]
    elif command.program in BUILD_FOLDERS:
        targets = [target] if (target := command.option(BUILD_FOLDERS[command.program])) else []
    else:
        return []
    return [path for word in targets[:MAX_CREATED] if (path := enter(command.folder, word)) is not None]
