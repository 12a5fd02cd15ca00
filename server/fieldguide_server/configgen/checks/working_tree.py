"""How much of a repository is still as it was read, after what somebody's commands may have made in it."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldguide_server.configgen.checks.problems import Doubt, Flaw
from fieldguide_server.configgen.checks.scripts import scripts
from fieldguide_server.configgen.reading.repository import Repository, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter
from fieldguide_server.configgen.tools.package_managers import GLOBAL_INSTALLERS, NODE_MANAGERS
from fieldguide_server.configgen.tools.project_tools import PACKAGE_MANAGERS

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

# Programs that make nothing which a later line would look for.
HARMLESS = word_set(
    "cd pushd popd echo printf export set unset source . : true false sleep exit wait test [ [[ cat ls pwd rm chmod which "
    "install-packages gp nvm corepack eval alias fi done esac { } npm-install "
    "cp mkdir touch ln docker docker-compose psql redis-cli java -version local declare read clear tput date shift"
)
# Their work may put anything anywhere, also for the terminals beside them.
BRINGS = re.compile(
    r"\bgit (?:clone|submodule|worktree|checkout|pull|sparse-checkout)|\bcurl\b|\bwget\b|\btar\b|\bunzip\b|\bdegit\b|\bsvn\b"
    r"|\bnpx\b.*\bcreate|\b(?:create|new|init|startproject|startapp|create-project|scaffold|generate)\b|\bdownload-artifact"
)
# A line that first looks what is there, or goes on without it.
GUARDED = re.compile(r"(?:^|[\s;&|(!])(?:if|elif|while|until|for|case|test|\[|\[\[)\s|\|\|")


@dataclass(slots=True)
class Tree:
    """``created``: the paths that commands are known to have made. Once not ``is_known`` there may be more of them.

    ``is_own``: nothing was brought from elsewhere, whatever was built of what is here.
    """

    created: set[str] = field(default_factory=set)
    is_known: bool = True
    is_own: bool = True


def is_certain(flaw: Flaw, line: str, tree: Tree) -> bool:
    """Return whether a flaw in somebody's line is one whatever the commands before it did."""
    if flaw.doubt is Doubt.NONE:
        return True
    # Nobody builds a thing that is called nearly like its neighbour.
    is_known = tree.is_known or (tree.is_own and flaw.instead != "")
    return flaw.doubt is Doubt.MADE and is_known and GUARDED.search(line) is None


def makes_more(command: SimpleCommand, repo: Repository) -> bool:
    """Return whether a command may make files that nobody can tell from its words: scripts of the repository are looked into."""
    words = command.positional()
    if command.program in NODE_MANAGERS and words:
        name = next((word for word in words if word not in {"run", "run-script"}), "")
        return _brings(str(scripts(repo, command.folder or "").get(name, "")))
    own = [path for word in command.words[:2] if (path := enter(command.folder, word)) in repo.files]
    if own:
        return any(_brings(repo.text_of(path)) for path in own if path)
    return not is_harmless(command)


def is_harmless(command: SimpleCommand) -> bool:
    """Return whether a program is known to make nothing that a line of the file would name."""
    # Package managers make what git ignores, and nothing that is called like a part of the project.
    return command.program in HARMLESS | GLOBAL_INSTALLERS | PACKAGE_MANAGERS or command.words[1:3] == (
        "-m",
        "pip",
    )


def _brings(text: str) -> bool:
    return BRINGS.search(text) is not None or "mkdir" in text


def is_ignored(repo: Repository, path: str) -> bool:
    """Return whether git ignores a path, which says that something makes it."""
    specs = repo.once("ignored", lambda: _ignoring(repo))
    return any(
        spec.match_file(path.removeprefix(f"{folder}/"))
        or spec.match_file(f"{path.removeprefix(f'{folder}/')}/")
        for folder, spec in specs.items()
        if not folder or path.startswith(f"{folder}/")
    )


def _ignoring(repo: Repository) -> "dict[str, GitIgnoreSpec]":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where a name leads nowhere

    found = {}
    for path in repo.named(".gitignore"):
        lines = repo.read(path).splitlines()
        found[path.rpartition("/")[0]] = GitIgnoreSpec.from_lines(lines)
    return found
