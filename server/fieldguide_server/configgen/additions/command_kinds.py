"""The kind of a proposed command by what it does, independent of the proposed kind."""

import re
from dataclasses import replace

from fieldguide_server.configgen.checks.commands import check_command
from fieldguide_server.configgen.detect.node.node import scripts_of
from fieldguide_server.configgen.detect.node.scripts import unwrap
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import SimpleCommand, split_quietly
from fieldguide_server.configgen.tools.package_managers import ANY_NODE_MANAGER
from fieldguide_server.configgen.tools.servers import RUN_ANYTHING, is_known_server, server_of
from fieldguide_server.configgen.tools.task_runners import PROGRAMS

INSTALLS = re.compile(
    rf"^(?:{ANY_NODE_MANAGER})(?: --?\S+(?: \S+)?)* (?:i|ci|install|add|clean-install)\b|^(?:{ANY_NODE_MANAGER})$"
    r"|^yarn --|^(?:python3? -m )?(?:uv )?pip3? (?:install|sync)\b|^uv (?:sync|venv)\b|^cargo (?:fetch|install)\b"
    r"|^(?:poetry|pdm|pipenv|bundle|composer|gem|brew|conda|mamba|apt|apt-get|deno) (?:install|sync|update|env|create)\b"
    r"|^go (?:mod download|get|install)\b|^dotnet restore\b|^mix deps\.get\b|^(?:make|just|task) (?:install|deps|setup|bootstrap)\b"
    r"|^(?:mvn|\S*mvnw|gradle|\S*gradlew)\b|^(?:swift package|flutter pub|dart pub|lein|shards|stack|cabal|sbt)\b"
)
# Commands that inspect or change the code, or set up what the workspace has already.
UNRELATED = re.compile(
    r"(?<![\w-])(?:lint|format|fmt|prettier|eslint|fix|tests?|check|clean|bench|coverage|e2e|audit|upgrade|update|eject|"
    r"analyze|typecheck|preview|export|venv|virtualenv|console|shell|help|version|logs|ps|stop|down|kill|exec|new|"
    r"startproject|startapp|scaffold|examples?|demos?|docs?|samples?|storybook|"
    rf"(?:{ANY_NODE_MANAGER}|poetry|pdm|uv|cargo|mod|bundle|composer) init)(?![\w-])"
)
WATCHES = re.compile(r"(?:^|\s|:)(?:--)?watch(?:\s|$|:)|\s-w(?:\s|$)")


def installs(text: str) -> bool:
    """Return whether a command installs the dependencies of a project."""
    return any(
        INSTALLS.search(" ".join((command.program, *command.words[1:]))) is not None
        for command in map(unwrap, split_quietly(text))
        if command.words
    )


def serves(text: str, folder: str, repo: Repository) -> bool:
    """Return whether a command is known to start a server, directly or through package scripts."""
    return any(
        is_known_server(command) or (_is_server(command, repo) and command.program not in RUN_ANYTHING)
        for command in _leaves(text, folder, repo)
    )


def may_stay(text: str, folder: str, repo: Repository) -> bool:
    """Return whether a command may be a server or a watcher, so that nothing after it would run."""
    return serves(text, folder, repo) or any(
        _is_server(command, repo) or WATCHES.search(" ".join(command.words))
        for command in _leaves(text, folder, repo)
    )


def is_unrelated(text: str) -> bool:
    """Return whether a command does something else than setting up or running the project."""
    return UNRELATED.search(text) is not None


def trailing_words(text: str, folder: str, repo: Repository) -> list[str]:
    """Return the words after a task runner's target that are no targets: there the quoted sentence continues."""
    return [
        word
        for command in split_quietly(text, folder)
        if command.program in PROGRAMS
        for word in command.positional()[1:]
        if "=" not in word
        and list(check_command(replace(command, words=(command.words[0], word)), repo, set()))
    ]


def uses_containers(text: str) -> bool:
    """Return whether a command uses Docker."""
    return any(command.program in {"docker", "docker-compose"} for command in split_quietly(text))


def is_compose_up(text: str) -> bool:
    """Return whether a text is a single ``docker compose up``."""
    commands = split_quietly(text)
    programs = (("docker", "compose"), ("docker-compose",))
    return len(commands) == 1 and any(
        commands[0].words[: len(words)] == words and "up" in commands[0].words[len(words) :]
        for words in programs
    )


def _is_server(command: SimpleCommand, repo: Repository) -> bool:
    return server_of(command, scripts_of(repo).versions(command.folder)) is not None


def _leaves(text: str, folder: str, repo: Repository) -> list[SimpleCommand]:
    """Return the commands of a text, and those that their package scripts run."""
    scripts, found = scripts_of(repo), []
    for command in map(unwrap, split_quietly(text, folder)):
        if command.words:
            found.append(command)
            for home, name in scripts.called_by(command) or ():
                found += [leaf for leaf in scripts.leaves(home, name) if leaf.words]
    return found
