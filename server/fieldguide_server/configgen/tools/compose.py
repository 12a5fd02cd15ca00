"""Reads Docker Compose files: which one a developer uses, and the services in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    folder_of,
    is_safe_name,
    join,
)
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.environment_files import COMPOSE_FILES

# The names that Compose finds by itself.
STANDARD_FILES = ("compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml")
DEVELOPMENT_FILES = tuple(
    f"{stem}{separator}{word}.{ending}"
    for stem in ("docker-compose", "compose")
    for separator in (".", "-")
    for word in ("dev", "local", "development", "services", "db")
    for ending in ("yml", "yaml")
)
NOT_FOR_DEVELOPMENT = re.compile(
    r"prod|deploy|release|swarm|stag|test|ci\b|gitpod|override|example", re.IGNORECASE
)
INFRASTRUCTURE = re.compile(
    r"(?:^|[/_-])(postgres|postgresql|postgis|timescaledb|pgvector|mysql|mysql-server|mariadb|mongo|mongodb|redis|valkey"
    r"|rabbitmq|elasticsearch|opensearch|memcached|kafka|zookeeper|nats|minio|mailhog|mailpit|maildev|inbucket|localstack|mssql"
    r"|dynamodb-local|cassandra|neo4j|influxdb|clickhouse-server|clickhouse|meilisearch|typesense|qdrant|redpanda|consul"
    r"|vault|etcd|cockroach|couchdb|keycloak|adminer|phpmyadmin|pgadmin4)(?:[:@_-]|$)"
)
_ANY_FILE = re.compile(r"[\w.-]*compose[\w.-]*\.ya?ml")
# A mounted folder with one of these is source; without, it is data or configuration.
_SOURCE_FILES = (*manifests.APPLICATIONS, *manifests.SITES, "index.php", "index.html")
_VARIABLE = re.compile(r"\$\{(\w{1,60})(?::?-([\d-]+))?\}")
_PORT_RANGE = re.compile(r"\b(\d{2,5})-\d{2,5}\b")


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a compose file.

    ``kind`` names known infrastructure ("" for anything else), ``folder`` the part of the repository that the service
    builds or mounts. ``ports`` are (host, container, line) of each published port.
    """

    name: str
    file: str
    line: int
    kind: str
    folder: str | None
    ports: tuple[tuple[int, int, int], ...]
    needs: tuple[str, ...]
    has_profiles: bool


def compose_file(repo: Repository, folder: str = "") -> str | None:
    """Return the compose file a developer would use in ``folder``."""
    if found := repo.first(folder, *STANDARD_FILES, *DEVELOPMENT_FILES):
        return found
    others = [path for path in repo.in_folder(folder) if _ANY_FILE.fullmatch(path.rpartition("/")[2])]
    return next((path for path in others if not NOT_FOR_DEVELOPMENT.search(path)), None)


def services(repo: Repository, path: str) -> dict[str, Service]:
    """Return the services of a compose file, by name."""
    listed = as_object(as_object(repo.yaml(path).value).get("services"))
    return {
        name: _service(repo, path, name, as_object(body))
        for name, body in listed.items()
        if is_safe_name(name)
    }


def _service(repo: Repository, path: str, name: str, body: Mapping[str, object]) -> Service:
    infrastructure = INFRASTRUCTURE.search(str(body.get("image") or "").lower())
    needs = body.get("depends_on")
    return Service(
        name=name,
        file=path,
        line=repo.yaml(path).line("services", name),
        kind=infrastructure.group(1) if infrastructure and "build" not in body else "",
        folder=_source_folder(repo, path, body),
        ports=tuple(_ports(repo, path, name, body.get("ports"))),
        needs=tuple(needs if isinstance(needs, dict) else as_strings(needs)),
        has_profiles="profiles" in body,
    )


def _source_folder(repo: Repository, path: str, body: Mapping[str, object]) -> str | None:
    """Return the folder whose source a service runs: its build context, else a mounted folder with a manifest."""
    build = body.get("build")
    context = build if isinstance(build, str) else as_object(build).get("context")
    if isinstance(context, str) and (folder := join(folder_of(path), context)) in repo.folders:
        return folder
    mounts = [volume.partition(":")[0] for volume in as_strings(body.get("volumes"))]
    folders = [join(folder_of(path), place) for place in mounts if place.startswith((".", "/"))]
    return next((folder for folder in folders if repo.first(folder, *_SOURCE_FILES)), None)


def _ports(repo: Repository, path: str, name: str, value: object) -> Iterator[tuple[int, int, int]]:
    """Yield (host, container, line) of each published port."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        line = repo.yaml(path).line("services", name, "ports", index)
        text = item if isinstance(item, str) else ""
        if isinstance(item, dict):
            text = f"{item.get('published', item.get('target', ''))}:{item.get('target', '')}"
        text = _PORT_RANGE.sub(r"\1", _with_variables(repo, path, text.removesuffix("/tcp")))
        parts = text.split(":")
        if parts[-1].isdigit() and parts[-2:-1] and parts[-2].isdigit():
            yield int(parts[-2]), int(parts[-1]), line


def _with_variables(repo: Repository, path: str, text: str) -> str:
    """Replace the variables in a value: from the environment file beside the compose file, else by their defaults."""

    def value(found: re.Match[str]) -> str:
        for name in COMPOSE_FILES:
            environment = repo.read(join(folder_of(path), name))
            if stated := re.search(rf"^{found.group(1)}\s*=\s*['\"]?([\d-]+)", environment, re.MULTILINE):
                return stated.group(1)
        return found.group(2) or found.group(0)

    return _VARIABLE.sub(value, text)
