"""Procfiles, and start scripts by their customary names: what runs the project where nothing else says so."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.shell import split_quietly
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

PROCFILES = ("Procfile.dev", "Procfile.local", "Procfile")
PROCESS = re.compile(r"^([\w-]{1,30}):[ \t]*(\S.{0,300})$", re.MULTILINE)
NEEDS_PLATFORM = re.compile(r"\$\{?(?!PORT\b)[A-Z]|heroku|\$\(")
PORT_VARIABLE = re.compile(r"\$\{?PORT(?::-(\d{2,5}))?\}?")
GIVEN_PORT = 8000
SCRIPTS = ("dev.sh", "start-dev.sh", "start.sh", "run.sh", "serve.sh", "bin/start", "scripts/dev.sh")


def detect(repo: Repository) -> Iterator[Evidence]:
    """The web process of the first Procfile, and the first start script."""
    if path := repo.first("", *PROCFILES):
        yield from _web(repo, path)
    if script := repo.first("", *SCRIPTS):
        shell = "zsh" if repo.read(script).startswith("#!/bin/zsh") else "bash"
        yield Evidence(Key.START, f"{shell} {script}", script, 1, CONVENTION, "", "shell", "its name says so")


def _web(repo: Repository, path: str) -> Iterator[Evidence]:
    """``web`` with a port put in, where the rest can run outside its platform."""
    text = repo.read(path)
    found = next((item for item in PROCESS.finditer(text) if item.group(1) == "web"), None)
    if found is None or NEEDS_PLATFORM.search(found.group(2)) or not split_quietly(found.group(2)):
        return
    line = text.count("\n", 0, found.start()) + 1
    asked = PORT_VARIABLE.search(found.group(2))
    number = int(asked.group(1) or GIVEN_PORT) if asked else 0
    command = PORT_VARIABLE.sub(str(number), found.group(2)).strip()
    confidence = DOCUMENTED if path != "Procfile" else DEFAULT
    yield Evidence(Key.START, command, path, line, confidence, "", "procfile", "the web process")
    if number:
        yield from ports.best(
            [ports.port(path, line, number, DEFAULT, "the command sets it")], "", "procfile"
        )
