"""Docker compose: services that an app needs beside it, and what compose files tell about the app itself."""

import re
from collections.abc import Iterator, Mapping

from fieldguide_server.configgen.detect.documents import Written, written_commands
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    folder_of,
    is_safe_name,
    join,
)
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.tools.compose import (
    NOT_FOR_DEVELOPMENT,
    STANDARD_FILES,
    Service,
    compose_file,
    services,
)
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, STATED, Container, Evidence, Key

NAMES_FILES = re.compile(r"package\.json|[Mm]akefile|[jJ]ustfile|(?:readme|contributing)\.md", re.IGNORECASE)
UP = re.compile(r"docker[ -]compose (?:-f|--file)[ =]([\w./-]{1,100}) up\b")
SQL = re.compile(r"postg|mysql|mariadb|mssql")
# Nobody depends on them, and they are of use nowhere but in development.
MAIL_CATCHERS = frozenset({"mailhog", "mailpit", "maildev", "inbucket"})
TOOLS_BESIDE = frozenset({"adminer", "phpmyadmin", "pgadmin4"})


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield what compose files say: a service command for what apps need, and a start command for the whole."""
    path = project_file(repo)
    found = services(repo, path) if path else {}
    if path is None or not found or not is_safe_name(path):
        return
    needed = needed_services(found)
    if needed:
        names = " ".join(service.name for service in needed)
        yield _up(repo, path, Key.SERVICE, f"-d {names}", STATED, "services that publish ports to the host")
    for service in needed:
        yield from _published(service, "service")
    if not all(service.kind for service in found.values()):
        told = _told(repo)
        note = f"told by {told.path}:{told.line}" if told else "compose runs the whole project"
        yield _up(repo, path, Key.START, "", DOCUMENTED if told else CONVENTION, note)
        for service in found.values():
            yield from _published(service, "compose")


def _told(repo: Repository) -> Written | None:
    """Return where a guide tells people to bring everything up; naming services, it means a part."""
    for item in written_commands(repo):
        words = [word for word in item.command.positional() if word != "compose"]
        compose = item.command.program == "docker-compose" or item.command.words[:2] == ("docker", "compose")
        if compose and words[-1:] == ["up"]:
            return item
    return None


def project_file(repo: Repository) -> str | None:
    """Return the compose file of the root, else of the first folder below it that has one."""
    folders = ["", *repo.folders_with(*STANDARD_FILES, depth=1)]
    usual = next((file for folder in folders if (file := compose_file(repo, folder)) is not None), None)
    return usual or _named_file(repo)


def _named_file(repo: Repository) -> str | None:
    """Return the compose file that a script, a Makefile or a guide of the root starts."""
    for source in repo.in_folder(""):
        if NAMES_FILES.fullmatch(source):
            for path in UP.findall(repo.read(source)):
                if (path := join("", path)) in repo.files and not NOT_FOR_DEVELOPMENT.search(path):
                    return path
    return None


def containers(repo: Repository) -> tuple[Container, ...]:
    """Return the services that an app needs beside it, as another runner of containers has to be told of them."""
    path = project_file(repo)
    if path is None or not is_safe_name(path):
        return ()
    listed = as_object(as_object(repo.yaml(path).value).get("services"))
    return tuple(
        _container(service, as_object(listed[service.name]))
        for service in needed_services(services(repo, path))
    )


def _container(service: Service, body: Mapping[str, object]) -> Container:
    pairs = tuple((outer, inner) for outer, inner, _ in service.ports)
    image = str(body.get("image") or "")
    return Container(service.name, image, pairs, tuple(_variables(body)), service.file, service.line)


def _variables(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the variables that are written out; those that come from elsewhere are no use to others."""
    given = body.get("environment")
    pairs = (
        as_object(given).items()
        if isinstance(given, dict)
        else [tuple(text.split("=", 1)) for text in as_strings(given)]
    )
    for pair in pairs:
        if len(pair) == 2 and isinstance(pair[1], str) and "$" not in pair[1] and is_safe_name(str(pair[0])):
            yield str(pair[0]), pair[1]


def needed_services(found: Mapping[str, Service]) -> list[Service]:
    """Infrastructure reachable from the host: what the project's own services depend on, else all without a profile."""
    beside = any(item.kind for item in found.values()) and all(item.folder is None for item in found.values())
    usable = {name: item for name, item in found.items() if (item.kind or beside) and item.ports}
    wanted = {need for item in found.values() if item.folder is not None for need in item.needs}
    chosen = [
        item for name, item in usable.items() if name in wanted or (wanted and item.kind in MAIL_CATCHERS)
    ]
    if chosen:
        return chosen
    free = [item for item in usable.values() if not item.has_profiles and item.kind not in TOOLS_BESIDE]
    return [item for item in free if not (is_choice(free) and SQL.match(item.kind))]


def is_choice(beside: list[Service]) -> bool:
    """Return two kinds of SQL server side by side are offered to choose from, not to run together."""
    return len({found.group() for item in beside if (found := SQL.match(item.kind))}) > 1


def _up(repo: Repository, path: str, key: Key, rest: str, confidence: float, note: str) -> Evidence:
    folder, _, name = path.rpartition("/")
    flag = "" if name in STANDARD_FILES else f" -f {quoted(name)}"
    text = f"docker compose{flag} up {rest}".rstrip()
    line = repo.yaml(path).line("services")
    return Evidence(key, text, path, line, confidence, folder, "compose", note)


def _published(service: Service, stack: str) -> Iterator[Evidence]:
    for outer, _, line in service.ports:
        note = f"service {service.name}"
        yield Evidence(Key.PORT, str(outer), service.file, line, STATED, folder_of(service.file), stack, note)
