"""Docker Compose: the services that an app needs, and how Compose starts the whole project."""

import re
from collections.abc import Iterator, Mapping

from fieldguide_server.configgen.detect.documents import WrittenCommand, written_commands
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

STARTS_COMPOSE = re.compile(
    r"package\.json|[Mm]akefile|[jJ]ustfile|(?:readme|contributing)\.md", re.IGNORECASE
)
UP = re.compile(r"docker[ -]compose (?:-f|--file)[ =]([\w./-]{1,100}) up\b")
SQL = re.compile(r"postg|mysql|mariadb|mssql")
# No service depends on them, and they are useful in development only.
MAIL_CATCHERS = frozenset({"mailhog", "mailpit", "maildev", "inbucket"})
ADMIN_TOOLS = frozenset({"adminer", "phpmyadmin", "pgadmin4"})


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield a command for the services that apps need, one that starts the whole project, and the published ports."""
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
        documented = _documented(repo)
        note = "Compose runs the whole project"
        if documented:
            note = f"documented in {documented.path}:{documented.line}"
        yield _up(repo, path, Key.START, "", DOCUMENTED if documented else CONVENTION, note)
        for service in found.values():
            yield from _published(service, "compose")


def _documented(repo: Repository) -> WrittenCommand | None:
    """Return the first command of a guide that starts all services, None if there is none."""
    for item in written_commands(repo):
        words = [word for word in item.command.positional() if word != "compose"]
        is_compose = item.command.program == "docker-compose" or item.command.words[:2] == (
            "docker",
            "compose",
        )
        if is_compose and words[-1:] == ["up"]:
            return item
    return None


def project_file(repo: Repository) -> str | None:
    """Return the compose file of the root, else of the first folder below it, else one that a file of the root names."""
    folders = ["", *repo.folders_with(*STANDARD_FILES, depth=1)]
    standard = next((file for folder in folders if (file := compose_file(repo, folder)) is not None), None)
    return standard or _named_file(repo)


def _named_file(repo: Repository) -> str | None:
    """Return the compose file that a script, a makefile or a guide of the root starts."""
    for source in repo.in_folder(""):
        if STARTS_COMPOSE.fullmatch(source):
            for path in UP.findall(repo.read(source)):
                if (path := join("", path)) in repo.files and not NOT_FOR_DEVELOPMENT.search(path):
                    return path
    return None


def containers(repo: Repository) -> tuple[Container, ...]:
    """Return the services that an app needs, with what another container runtime has to know to run them."""
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
    """Yield the (name, value) pairs of the environment whose values are literal."""
    environment = body.get("environment")
    pairs = (
        as_object(environment).items()
        if isinstance(environment, dict)
        else [tuple(text.split("=", 1)) for text in as_strings(environment)]
    )
    for pair in pairs:
        if len(pair) == 2 and isinstance(pair[1], str) and "$" not in pair[1] and is_safe_name(str(pair[0])):
            yield str(pair[0]), pair[1]


def needed_services(found: Mapping[str, Service]) -> list[Service]:
    """Return the infrastructure with published ports: what the project's services depend on, else all without a profile."""
    has_no_source = any(item.kind for item in found.values()) and all(
        item.folder is None for item in found.values()
    )
    usable = {name: item for name, item in found.items() if (item.kind or has_no_source) and item.ports}
    required = {need for item in found.values() if item.folder is not None for need in item.needs}
    chosen = [
        item for name, item in usable.items() if name in required or (required and item.kind in MAIL_CATCHERS)
    ]
    if chosen:
        return chosen
    free = [item for item in usable.values() if not item.has_profiles and item.kind not in ADMIN_TOOLS]
    return [item for item in free if not (is_choice(free) and SQL.match(item.kind))]


def is_choice(servers: list[Service]) -> bool:
    """Return whether there are several kinds of SQL server, to choose from rather than to run together."""
    return len({found.group() for item in servers if (found := SQL.match(item.kind))}) > 1


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
