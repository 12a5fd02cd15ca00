"""Elixir and Gleam."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, join
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES, NEEDS_DATABASE
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

HTTP_PORT = re.compile(r"\bhttp:\s*\[[^\]]{0,200}?\bport:\s*(?:String\.to_integer\([^)]*\"(?=\d))?(\d{4,5})")
STARTS_ITSELF = re.compile(r"^[ \t]*mod:\s*\{", re.MULTILINE)
ADAPTERS = ("postgrex", "myxql")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of the ``mix.exs`` nearest to the root, and of a ``gleam.toml`` in the root."""
    for path in [f"{folder}/mix.exs".lstrip("/") for folder in repo.folders_with("mix.exs", depth=1)[:1]]:
        yield from _mix(Manifest(repo, path, "elixir"))
    if "gleam.toml" in repo.files:
        yield from _gleam(Manifest(repo, "gleam.toml", "gleam"))


def _mix(mix: Manifest) -> Iterator[Evidence]:
    yield mix.evidence(Key.PACKAGE, "elixir", confidence=DOCUMENTED)
    yield mix.evidence(Key.INSTALL, "mix local.hex --force --if-missing && mix deps.get", "deps:")
    yield mix.evidence(Key.TEST, "mix test", confidence=DEFAULT)
    yield mix.evidence(Key.EXTENSION, "JakeBecker.elixir-ls", confidence=DEFAULT)
    yield from _database(mix)
    phoenix = next(
        (path for path in (mix.path, *_children(mix)) if "{:phoenix," in mix.repo.read(path)), None
    )
    if phoenix:
        line = mix.repo.line(phoenix, "{:phoenix,")
        yield Evidence(Key.START, "mix phx.server", phoenix, line, STATED, mix.folder, "elixir")
        yield from ports.best(_phoenix_ports(mix), mix.folder, "elixir")
    elif found := STARTS_ITSELF.search(mix.text):
        note = "the application starts its own processes"
        yield mix.evidence_at(Key.START, "mix run --no-halt", found.end(), CONVENTION, note)


def _children(mix: Manifest) -> list[str]:
    """Return the manifests of an umbrella project's applications, which one command starts together."""
    if "apps_path:" not in mix.text:
        return []
    return [path for path in mix.repo.named("mix.exs") if path.startswith(join(mix.folder, "apps") + "/")]


def _database(mix: Manifest) -> Iterator[Evidence]:
    """Yield the database that Ecto uses, and the command that creates it."""
    for adapter in (f":{name}" for name in ADAPTERS):
        if f"{{{adapter}," in mix.text:
            yield mix.evidence(Key.DATABASE, DATABASE_NAMES[adapter[1:]], f"{{{adapter},")
            if '"ecto.setup"' in mix.text:
                yield mix.evidence(Key.SETUP, "mix ecto.setup", '"ecto.setup"', note=NEEDS_DATABASE)
            elif "{:ecto_sql," in mix.text or "{:phoenix_ecto," in mix.text:
                yield mix.evidence(
                    Key.SETUP, "mix ecto.create && mix ecto.migrate", adapter, note=NEEDS_DATABASE
                )


def _phoenix_ports(mix: Manifest) -> Iterator[Evidence]:
    for name in ("config/dev.exs", "config/config.exs"):
        path = f"{mix.folder}/{name}".lstrip("/")
        yield from ports.in_file(mix.repo, path, HTTP_PORT, 0.9, "the configuration of the endpoint")
    line = mix.repo.line(mix.path, "{:phoenix,")
    yield ports.port(mix.path, line, 4000, DEFAULT, "Phoenix's default")


def _gleam(gleam: Manifest) -> Iterator[Evidence]:
    yield gleam.evidence(Key.INSTALL, "gleam deps download", "[dependencies]")
    yield gleam.evidence(Key.TEST, "gleam test", confidence=DEFAULT)
    name = gleam.repo.toml(gleam.path).get("name")
    if isinstance(name, str) and f"src/{name}.gleam" in gleam.repo.files:
        yield gleam.evidence(Key.START, "gleam run", "name", confidence=CONVENTION)
    yield gleam.not_in_images("Gleam", "name")
