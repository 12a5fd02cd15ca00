"""Hosting platforms: the start command in a Procfile or a platform's own file, and start scripts by their usual names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.activation import activated
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_side, join
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

PROCFILES = ("Procfile.dev", "Procfile.local", "Procfile")
PROCESS = re.compile(r"^([\w-]{1,30}):[ \t]*(\S.{0,300})$", re.MULTILINE)
NEEDS_PLATFORM = re.compile(r"\$\{?(?!PORT\b)[A-Z]|heroku|\$\(")
PORT_VARIABLE = re.compile(r"\$\{?PORT(?::-(\d{2,5}))?\}?")
DEFAULT_PORT = 8000
START_SCRIPTS = (
    "dev.sh",
    "start-dev.sh",
    "start.sh",
    "run.sh",
    "serve.sh",
    "app.sh",
    "bin/start",
    "scripts/dev.sh",
)
# A YAML file → (the list of services, or () for the document itself; the command's key; the folder's key).
YAML_FILES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "app.yaml": ((), "entrypoint", ""),
    "render.yaml": (("services",), "startCommand", "rootDir"),
    ".do/app.yaml": (("services",), "run_command", "source_dir"),
    ".do/deploy.template.yaml": (("spec", "services"), "run_command", "source_dir"),
    "manifest.yml": (("applications",), "command", "path"),
    "heroku.yml": (("run",), "web", ""),
}
# A TOML or JSON file → the keys that lead to the command.
TABLE_FILES: Mapping[str, tuple[str, str]] = {
    "railway.toml": ("deploy", "startCommand"),
    "railway.json": ("deploy", "startCommand"),
    "railpack.json": ("deploy", "startCommand"),
    "nixpacks.toml": ("start", "cmd"),
    "nixpacks.json": ("start", "cmd"),
    "fly.toml": ("processes", "app"),
}


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the web process of the first Procfile, the first start script, and the first service of each platform."""
    yield from _procfile(repo)
    if script := repo.first("", *START_SCRIPTS):
        shell = "zsh" if repo.read(script).startswith("#!/bin/zsh") else "bash"
        note = "a start script, by its name"
        yield Evidence(Key.START, f"{shell} {script}", script, 1, CONVENTION, "", "shell", note)
    for process in [*_in_yaml(repo), *_in_tables(repo)]:
        yield from _outside_platform(repo, process)


def _procfile(repo: Repository) -> Iterator[Evidence]:
    path = repo.first("", *PROCFILES) or ""
    text = repo.read(path)
    web = next((item for item in PROCESS.finditer(text) if item.group(1) == "web"), None)
    if web is not None:
        line = text.count("\n", 0, web.start()) + 1
        confidence = DEFAULT if path == "Procfile" else DOCUMENTED
        process = _process(web.group(2), path, line, "the web process")
        yield from _outside_platform(repo, replace(process, confidence=confidence))


def _in_yaml(repo: Repository) -> Iterator[Evidence]:
    for path, (keys, command, folder) in YAML_FILES.items():
        if path not in repo.files:
            continue
        document = repo.yaml(path)
        section: object = document.value
        for key in keys:
            section = as_object(section).get(key)
        for index, item in enumerate(section if isinstance(section, list) else [section]):
            text, where = as_object(item).get(command), as_object(item).get(folder)
            inner = join("", where.strip("/")) if isinstance(where, str) else ""
            if isinstance(text, str) and text.strip() and inner in repo.folders and not is_side(inner):
                steps: tuple[str | int, ...] = (*keys, command)
                if isinstance(section, list):
                    steps = (*keys, index, command)
                yield replace(_process(text, path, document.line(*steps)), folder=inner)
                break


def _in_tables(repo: Repository) -> Iterator[Evidence]:
    for path, (section, key) in TABLE_FILES.items():
        table = repo.toml(path) if path.endswith(".toml") else repo.json(path)
        text = as_object(table.get(section)).get(key)
        if isinstance(text, str) and text.strip():
            yield _process(text, path, repo.line(path, section, key))


def _process(text: str, path: str, line: int, note: str = "the hosting platform runs it") -> Evidence:
    return Evidence(Key.START, text.strip(), path, line, DEFAULT, "", "procfile", note)


def _outside_platform(repo: Repository, process: Evidence) -> Iterator[Evidence]:
    """Yield a platform's command with its port filled in, and that port; nothing where it needs the platform."""
    if NEEDS_PLATFORM.search(process.value) or not split_quietly(process.value):
        return
    variable = PORT_VARIABLE.search(process.value)
    number = int(variable.group(1) or DEFAULT_PORT) if variable else 0
    yield replace(
        process, value=activated(repo, PORT_VARIABLE.sub(str(number), process.value), process.folder)
    )
    if number:
        port = ports.port(process.path, process.line, number, DEFAULT, "the command sets it")
        yield from ports.best([port], process.folder, process.stack)
