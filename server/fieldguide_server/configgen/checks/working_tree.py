"""Which files there are while the commands of a config file run: those of the repository, and what commands create."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldguide_server.configgen.checks.problems import Certainty, CommandProblem
from fieldguide_server.configgen.checks.scripts import scripts
from fieldguide_server.configgen.reading.repository import PRUNED, Repository, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter
from fieldguide_server.configgen.tools.package_managers import GLOBAL_INSTALLERS, NODE_MANAGERS, RUN_WORDS
from fieldguide_server.configgen.tools.project_tools import PACKAGE_MANAGERS

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_CREATED = 200
# Programs that create nothing which a later line would name.
HARMLESS = word_set(
    "cd pushd popd echo printf export set unset source . : true false sleep exit wait test [ [[ cat ls pwd rm chmod which "
    "install-packages gp nvm corepack eval alias fi done esac { } npm-install "
    "cp mkdir touch ln docker docker-compose psql redis-cli java -version local declare read clear tput date shift"
)
# They may create any file anywhere, also for other terminals.
GENERATORS = re.compile(
    r"\bgit (?:clone|submodule|worktree|checkout|pull|sparse-checkout)|\bcurl\b|\bwget\b|\btar\b|\bunzip\b|\bdegit\b|\bsvn\b"
    r"|\bnpx\b.*\bcreate|\b(?:create|new|init|startproject|startapp|create-project|scaffold|generate)\b|\bdownload-artifact"
)
# A line that tests first whether something exists, or continues without it.
GUARDED = re.compile(r"(?:^|[\s;&|(!])(?:if|elif|while|until|for|case|test|\[|\[\[)\s|\|\|")
# Folders and files that build tools create.
BUILD_FOLDERS = {"cmake": "-B", "meson": "setup"}
BUILD_FILES = {"autoreconf": "configure", "autogen.sh": "configure"}


@dataclass(slots=True)
class WorkingTree:
    """The state of the files while commands run.

    Attributes:
        created: The paths that commands are known to have created.
        is_complete: Whether commands created nothing else.
        is_local: Whether nothing came from outside the repository, whatever was built from it.
    """

    created: set[str] = field(default_factory=set)
    is_complete: bool = True
    is_local: bool = True

    def confirms(self, problem: CommandProblem, line: str) -> bool:
        """Return whether a problem of a line is real, whatever the commands before it did."""
        if problem.certainty is Certainty.CERTAIN:
            return True
        # A build does not create a file whose name is nearly that of another file.
        is_known = self.is_complete or (self.is_local and problem.suggestion != "")
        return problem.certainty is Certainty.UNLESS_CREATED and is_known and GUARDED.search(line) is None


def is_created(path: str, created: set[str]) -> bool:
    """Return whether an earlier command creates a path, or the path lies in a folder that is never searched."""
    return bool(set(path.split("/")[:-1]) & PRUNED) or any(
        path == item or path.startswith(f"{item}/") for item in created
    )


def created_by(command: SimpleCommand) -> list[str]:
    """Return the paths that a command creates."""
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


def may_generate(command: SimpleCommand, repo: Repository) -> bool:
    """Return whether a command may create files that its words do not name; scripts of the repository are read."""
    words = command.positional()
    if command.program in NODE_MANAGERS and words:
        name = next((word for word in words if word not in RUN_WORDS), "")
        return _generates(str(scripts(repo, command.folder or "").get(name, "")))
    own = [path for word in command.words[:2] if (path := enter(command.folder, word)) in repo.files]
    if own:
        return any(_generates(repo.read_head(path)) for path in own if path)
    return not is_harmless(command)


def is_harmless(command: SimpleCommand) -> bool:
    """Return whether a program is known to create nothing that a line of the config file would name."""
    # Package managers create files that git ignores, and nothing with the name of a part of the project.
    harmless = HARMLESS | GLOBAL_INSTALLERS | PACKAGE_MANAGERS
    return command.program in harmless or command.words[1:3] == ("-m", "pip")


def _generates(text: str) -> bool:
    return GENERATORS.search(text) is not None or "mkdir" in text


def is_ignored(repo: Repository, path: str) -> bool:
    """Return whether git ignores a path, which indicates that a tool creates it."""
    specs = repo.once("ignored", lambda: _ignore_specs(repo))
    return any(
        spec.match_file(path.removeprefix(f"{folder}/"))
        or spec.match_file(f"{path.removeprefix(f'{folder}/')}/")
        for folder, spec in specs.items()
        if not folder or path.startswith(f"{folder}/")
    )


def _ignore_specs(repo: Repository) -> "dict[str, GitIgnoreSpec]":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where a name leads nowhere

    specs = {}
    for path in repo.named(".gitignore"):
        lines = repo.read(path).splitlines()
        specs[path.rpartition("/")[0]] = GitIgnoreSpec.from_lines(lines)
    return specs
