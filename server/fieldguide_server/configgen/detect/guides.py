"""The start commands in READMEs and contribution guides."""

from collections.abc import Iterator

from fieldguide_server.configgen.checks.commands import check_command
from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.activation import activated
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_side
from fieldguide_server.configgen.reading.shell import SAFE_TEXT, SimpleCommand
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.servers import is_known_server
from fieldguide_server.configgen.tools.task_runners import PROGRAMS
from fieldguide_server.configgen.types import DOCUMENTED, Evidence, Key

# Other detectors read what guides say of these.
HAVE_DETECTORS = frozenset(NODE_MANAGERS) | PROGRAMS | {"docker", "docker-compose", "go"}


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the first server that a guide starts, if every name in its command exists."""
    for item in written_commands(repo):
        command = item.command
        if command.program in HAVE_DETECTORS or command.folder is None or not is_known_server(command):
            continue
        if is_side(command.folder) or _is_product(repo, command):
            continue
        text = " ".join([*command.environment, *command.words])
        if not SAFE_TEXT.fullmatch(text) or list(check_command(command, repo, set())):
            continue
        text, note = activated(repo, text, command.folder), "documented in a guide"
        yield Evidence(Key.START, text, item.path, item.line, DOCUMENTED, command.folder, "guide", note)
        yield from ports.best(_ports(repo, command, (item.path, item.line)), command.folder, "guide")
        return


def _is_product(repo: Repository, command: SimpleCommand) -> bool:
    """Return whether the repository is the server itself: then its guide shows how its users run their own apps."""
    name = as_object(repo.toml("pyproject.toml").get("project")).get("name")
    return isinstance(name, str) and name.lower() == command.program


def _ports(repo: Repository, command: SimpleCommand, place: tuple[str, int]) -> Iterator[Evidence]:
    yield from ports.of_command(command, *place)
    yield from ports.in_readme(repo, "")
