"""Docker compose: services that an app needs beside it, and what compose files tell about the app itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, STATED, Container, Evidence, Key

STANDARD = ("compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml")
DEVELOPMENT = tuple(
    f"{stem}{sign}{word}.{ending}"
    for stem in ("docker-compose", "compose")
    for sign in (".", "-")
    for word in ("dev", "local", "development", "services", "db")
    for ending in ("yml", "yaml")
)
OTHER = re.compile(r"[\w.-]*compose[\w.-]*\.ya?ml")
NOT_FOR_WORK = re.compile(r"prod|deploy|release|swarm|stag|test|ci\b|gitpod|override|example", re.IGNORECASE)
NAMES_FILES = re.compile(r"package\.json|[Mm]akefile|[jJ]ustfile|(?:readme|contributing)\.md", re.IGNORECASE)
UP = re.compile(r"docker[ -]compose (?:-f|--file)[ =]([\w./-]{1,100}) up\b")
INFRASTRUCTURE = re.compile(
    r"(?:^|[/_-])(postgres|postgresql|postgis|timescaledb|pgvector|mysql|mysql-server|mariadb|mongo|mongodb|redis|valkey"
    r"|rabbitmq|elasticsearch|opensearch|memcached|kafka|zookeeper|nats|minio|mailhog|mailpit|maildev|inbucket|localstack|mssql"
    r"|dynamodb-local|cassandra|neo4j|influxdb|clickhouse-server|clickhouse|meilisearch|typesense|qdrant|redpanda|consul"
    r"|vault|etcd|cockroach|couchdb|keycloak|adminer|phpmyadmin|pgadmin4)(?:[:@_-]|$)"
)
# A mounted folder with one of these is source; without, it is data or configuration.
SOURCE_MANIFESTS = (
    *("package.json", "pyproject.toml", "requirements.txt", "Pipfile", "manage.py", "setup.py", "go.mod"),
    *("Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts", "composer.json", "Gemfile", "mix.exs"),
    *("index.php", "index.html", "_config.yml", "mkdocs.yml", "deno.json"),
)
SAMPLES = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist", "example.env")
VARIABLE = re.compile(r"\$\{(\w{1,60})(?::?-([\d-]+))?\}")
RANGE = re.compile(r"\b(\d{2,5})-\d{2,5}\b")
SQL = re.compile(r"postg|mysql|mariadb|mssql")
# A web server in a container takes 80; an app started by hand does not.
LAST_SYSTEM_PORT = 1023
# Nobody depends on them, and they are of use nowhere but in development.
MAIL_CATCHERS = frozenset({"mailhog", "mailpit", "maildev", "inbucket"})
TOOLS_BESIDE = frozenset({"adminer", "phpmyadmin", "pgadmin4"})


@dataclass(frozen=True, slots=True)
class Service:
    """One service: ``kind`` names known infrastructure, ``folder`` the part of the repository it builds or mounts."""

    name: str
    file: str
    line: int
    kind: str
    folder: str | None
    ports: tuple[tuple[int, int, int], ...]
    needs: tuple[str, ...]
    profiles: bool


def compose_file(repo: Repository, folder: str = "") -> str | None:
    """Return the compose file a developer would use in ``folder``."""
    if found := repo.first(folder, *STANDARD, *DEVELOPMENT):
        return found
    others = [path for path in repo.in_folder(folder) if OTHER.fullmatch(path.rpartition("/")[2])]
    return next((path for path in others if not NOT_FOR_WORK.search(path)), None)


def services(repo: Repository, path: str) -> dict[str, Service]:
    """Return the services of a compose file, by name."""
    document = repo.yaml(path)
    listed = as_object(as_object(document.value).get("services"))
    return {
        name: _service(repo, path, name, as_object(body))
        for name, body in listed.items()
        if is_safe_name(name)
    }


def _service(repo: Repository, path: str, name: str, body: Mapping[str, object]) -> Service:
    document = repo.yaml(path)
    image = str(body.get("image") or "")
    known = INFRASTRUCTURE.search(image.lower())
    needs = body.get("depends_on")
    return Service(
        name=name,
        file=path,
        line=document.line("services", name),
        kind=known.group(1) if known and "build" not in body else "",
        folder=_source_folder(repo, path, body),
        ports=tuple(_ports(repo, path, name, body.get("ports"))),
        needs=tuple(needs if isinstance(needs, dict) else as_strings(needs)),
        profiles="profiles" in body,
    )


def _source_folder(repo: Repository, path: str, body: Mapping[str, object]) -> str | None:
    """Return the folder whose source a service runs: its build context, else a mounted folder with a manifest."""
    build = body.get("build")
    context = build if isinstance(build, str) else as_object(build).get("context")
    if isinstance(context, str) and (folder := join(folder_of(path), context)) in repo.folders:
        return folder
    mounts = [volume.partition(":")[0] for volume in as_strings(body.get("volumes"))]
    folders = [join(folder_of(path), place) for place in mounts if place.startswith((".", "/"))]
    return next((folder for folder in folders if repo.first(folder, *SOURCE_MANIFESTS)), None)


def _ports(repo: Repository, path: str, name: str, value: object) -> Iterator[tuple[int, int, int]]:
    """Yield (host, container, line) of each published port."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        line = repo.yaml(path).line("services", name, "ports", index)
        text = item if isinstance(item, str) else ""
        if isinstance(item, dict):
            text = f"{item.get('published', item.get('target', ''))}:{item.get('target', '')}"
        text = RANGE.sub(r"\1", _filled(repo, path, text.removesuffix("/tcp")))
        parts = text.split(":")
        if parts[-1].isdigit() and parts[-2:-1] and parts[-2].isdigit():
            yield int(parts[-2]), int(parts[-1]), line


def _filled(repo: Repository, path: str, text: str) -> str:
    """Return a value with its variables replaced: by the sample environment beside the file, else by their defaults."""

    def value(found: re.Match[str]) -> str:
        for name in SAMPLES:
            sample = repo.read(join(folder_of(path), name))
            if stated := re.search(rf"^{found.group(1)}\s*=\s*['\"]?([\d-]+)", sample, re.MULTILINE):
                return stated.group(1)
        return found.group(2) or found.group(0)

    return VARIABLE.sub(value, text)


def app_ports(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield ports that a service made from ``folder`` publishes; run outside a container, the inner one counts."""
    path = compose_file(repo) or compose_file(repo, folder)
    for service in services(repo, path).values() if path else ():
        if service.folder == folder and not service.kind:
            for _, inner, line in (item for item in service.ports if item[1] > LAST_SYSTEM_PORT):
                yield Evidence(
                    Key.PORT, str(inner), service.file, line, DOCUMENTED, note=f"service {service.name}"
                )


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
    folders = ["", *repo.folders_with(*STANDARD, depth=1)]
    usual = next((file for folder in folders if (file := compose_file(repo, folder)) is not None), None)
    return usual or _named_file(repo)


def _named_file(repo: Repository) -> str | None:
    """Return the compose file that a script, a Makefile or a guide of the root starts."""
    for source in repo.in_folder(""):
        if NAMES_FILES.fullmatch(source):
            for path in UP.findall(repo.read(source)):
                if (path := join("", path)) in repo.files and not NOT_FOR_WORK.search(path):
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
    free = [item for item in usable.values() if not item.profiles and item.kind not in TOOLS_BESIDE]
    return [item for item in free if not (is_choice(free) and SQL.match(item.kind))]


def is_choice(beside: list[Service]) -> bool:
    """Return two kinds of SQL server side by side are offered to choose from, not to run together."""
    return len({found.group() for item in beside if (found := SQL.match(item.kind))}) > 1


def _up(repo: Repository, path: str, key: Key, rest: str, confidence: float, note: str) -> Evidence:
    folder, _, name = path.rpartition("/")
    flag = "" if name in STANDARD else f" -f {quoted(name)}"
    text = f"docker compose{flag} up {rest}".rstrip()
    line = repo.yaml(path).line("services")
    return Evidence(key, text, path, line, confidence, folder, "compose", note)


def _published(service: Service, stack: str) -> Iterator[Evidence]:
    for outer, _, line in service.ports:
        note = f"service {service.name}"
        yield Evidence(Key.PORT, str(outer), service.file, line, STATED, folder_of(service.file), stack, note)
