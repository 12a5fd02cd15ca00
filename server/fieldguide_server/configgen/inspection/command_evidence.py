"""What stands behind the names in a command line: the script, target or file that it runs, with its line."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.checks.scripts import scripts
from fieldguide_server.configgen.reading.repository import Repository, join
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.project_tools import working_folder
from fieldguide_server.configgen.tools.task_runners import task_runner
from fieldguide_server.configgen.types import STATED, Evidence, Key

# What a config file has before a command: a dash, a key, quotes.
BEFORE = re.compile(r"^[ \t]*(?:-\s+)?(?:\"?[\w.-]+\"?:\s+)?[|>]?[\"']?")
AFTER = re.compile(r"[\"'],?\s*$")


def backing(line: str, repo: Repository) -> Iterator[Evidence]:
    """Yield evidence for each name in a line that is a script, a target or a file of the repository."""
    text = AFTER.sub("", BEFORE.sub("", line, count=1))
    for command in split_quietly(text):
        if command.folder is not None:
            yield from _script(command, repo)
            yield from _target(command, repo)
            yield from _file(command, repo)


def _script(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    folder = working_folder(command)
    known = scripts(repo, folder) if command.program in NODE_MANAGERS else {}
    for name in [word for word in command.positional() if word in known][:1]:
        path = join(folder, "package.json")
        line = repo.line(path, '"scripts"', f'"{name}"')
        yield Evidence(Key.SETUP, str(known[name]), path, line, STATED, folder, "node", f"the script {name}")


def _target(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    runner = task_runner(repo, working_folder(command))
    if runner is None or runner.program != command.program:
        return
    for name in [word for word in command.positional() if word in runner.targets][:1]:
        line = repo.line(runner.path, f"\n{name}:", name)
        yield Evidence(
            Key.SETUP,
            f"{command.program} {name}",
            runner.path,
            line,
            STATED,
            "",
            "runner",
            f"the target {name}",
        )


def _file(command: SimpleCommand, repo: Repository) -> Iterator[Evidence]:
    for word in command.words[:2]:
        path = enter(command.folder, word)
        if path and path in repo.files:
            yield Evidence(Key.SETUP, path, path, 1, STATED, "", "", "the file")
