"""Hosting platforms' files: the command that each is told to run, in the order in which they are asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldguide_server.configgen.detect.deployment.procfile import hosted, process
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_side, join
from fieldguide_server.configgen.types import Evidence

Path = tuple[str | int, ...]
# A YAML file → (the list of services, or "" for the document itself; the command's key; the folder's key).
YAML_FILES: Mapping[str, tuple[Path, str, str]] = {
    "app.yaml": ((), "entrypoint", ""),
    "render.yaml": (("services",), "startCommand", "rootDir"),
    ".do/app.yaml": (("services",), "run_command", "source_dir"),
    ".do/deploy.template.yaml": (("spec", "services"), "run_command", "source_dir"),
    "manifest.yml": (("applications",), "command", "path"),
    "heroku.yml": (("run",), "web", ""),
}
# A file of tables → the keys that lead to the command.
TABLE_FILES: Mapping[str, tuple[str, str]] = {
    "railway.toml": ("deploy", "startCommand"),
    "railway.json": ("deploy", "startCommand"),
    "railpack.json": ("deploy", "startCommand"),
    "nixpacks.toml": ("start", "cmd"),
    "nixpacks.json": ("start", "cmd"),
    "fly.toml": ("processes", "app"),
}


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the first service of every platform's file, and App Engine's front controller."""
    for said in [*_in_yaml(repo), *_in_tables(repo)]:
        yield from hosted(repo, replace(said, note="the hosting platform runs it"))


def _in_yaml(repo: Repository) -> Iterator[Evidence]:
    for path in [path for path in YAML_FILES if path in repo.files]:
        home, command, folder = YAML_FILES[path]
        document = repo.yaml(path)
        found: object = document.value
        for key in home:
            found = as_object(found).get(str(key))
        for index, item in enumerate(found if isinstance(found, list) else [found]):
            text = as_object(item).get(command)
            where = as_object(item).get(folder)
            inner = join("", where.strip("/")) if isinstance(where, str) else ""
            if (
                isinstance(text, str)
                and re.search(r"\S", text)
                and inner in repo.folders
                and not is_side(inner)
            ):
                keys = (*home, index, command) if isinstance(found, list) else (*home, command)
                yield replace(process(text, path, document.line(*keys), note=""), folder=inner)
                break


def _in_tables(repo: Repository) -> Iterator[Evidence]:
    for path in [path for path in TABLE_FILES if path in repo.files]:
        section, key = TABLE_FILES[path]
        table = repo.toml(path) if path.endswith(".toml") else repo.json(path)
        text = as_object(table.get(section)).get(key)
        if isinstance(text, str) and text.strip():
            yield process(text, path, repo.line(path, section, key), note="")
