"""Procfiles, and start scripts by their customary names: what runs the project where nothing else says so."""

import re
from collections.abc import Iterator
from dataclasses import replace

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.activation import activated
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

PROCFILES = ("Procfile.dev", "Procfile.local", "Procfile")
PROCESS = re.compile(r"^([\w-]{1,30}):[ \t]*(\S.{0,300})$", re.MULTILINE)
NEEDS_PLATFORM = re.compile(r"\$\{?(?!PORT\b)[A-Z]|heroku|\$\(")
PORT_VARIABLE = re.compile(r"\$\{?PORT(?::-(\d{2,5}))?\}?")
GIVEN_PORT = 8000
SCRIPTS = (
    "dev.sh",
    "start-dev.sh",
    "start.sh",
    "run.sh",
    "serve.sh",
    "app.sh",
    "bin/start",
    "scripts/dev.sh",
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the web process of the first Procfile, and the first start script."""
    if path := repo.first("", *PROCFILES):
        text = repo.read(path)
        web = next((item for item in PROCESS.finditer(text) if item.group(1) == "web"), None)
        if web is not None:
            line = text.count("\n", 0, web.start()) + 1
            confidence = DOCUMENTED if path != "Procfile" else DEFAULT
            yield from hosted(
                repo, process(web.group(2), path, line, note="the web process", confidence=confidence)
            )
    if script := repo.first("", *SCRIPTS):
        shell = "zsh" if repo.read(script).startswith("#!/bin/zsh") else "bash"
        yield Evidence(Key.START, f"{shell} {script}", script, 1, CONVENTION, "", "shell", "its name says so")


def process(text: str, path: str, line: int, *, note: str, confidence: float = DEFAULT) -> Evidence:
    """Return what a platform is told to run, as it is written."""
    return Evidence(Key.START, text.strip(), path, line, confidence, "", "procfile", note)


def hosted(repo: Repository, said: Evidence) -> Iterator[Evidence]:
    """Yield a platform's command with a port put in, where the rest can run outside that platform."""
    if NEEDS_PLATFORM.search(said.value) or not split_quietly(said.value):
        return
    asked = PORT_VARIABLE.search(said.value)
    number = int(asked.group(1) or GIVEN_PORT) if asked else 0
    yield replace(said, value=activated(repo, PORT_VARIABLE.sub(str(number), said.value), said.folder))
    if number:
        given = ports.port(said.path, said.line, number, DEFAULT, "the command sets it")
        yield from ports.best([given], said.folder, said.stack)
