"""Dockerfiles: the versions of their base images, and the command that the container runs."""

import json
import re
import shlex
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_strings,
    folder_depth,
    folder_of,
    is_side,
    join,
)
from fieldguide_server.configgen.reading.shell import ShellSyntaxError, split
from fieldguide_server.configgen.tools.interpreters import SHELLS, STANDALONE
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, Evidence, Key

NAME = re.compile(r"Dockerfile(?:\.(?:dev|development|local))?|dev\.Dockerfile")
BASE = re.compile(
    r"^[ \t]*FROM\s+(?:--\S+\s+)?(?:[\w.-]+/)*(?:"
    r"(?P<image>node|python|golang|go|rust|ruby|php|elixir|openjdk|eclipse-temurin|swift|dart|julia|haskell|bun|deno|r-ver)"
    r":(?:alpine-|debian-|ubuntu-)?v?(?P<version>\d[\d.]{0,10})"
    r"|(?P<sdk>dotnet)/(?:sdk|aspnet):(?P<net>\d[\d.]{0,10})"
    r"|(?:maven|gradle):[\w.]+-(?P<jdk>eclipse-temurin|amazoncorretto|openjdk|jdk)-?(?P<java>\d[\d.]{0,10}))",
    re.MULTILINE | re.IGNORECASE,
)
ARGUMENT = re.compile(r"^[ \t]*ARG\s+(\w+)=[\"']?([\w.-]{1,40})", re.MULTILINE | re.IGNORECASE)
VARIABLE = re.compile(r"\$\{?(\w+)(?::-[^}\n]*)?\}?")
STACKS = {
    "golang": "go",
    "r-ver": "r",
    "openjdk": "java",
    "eclipse-temurin": "java",
    "amazoncorretto": "java",
    "jdk": "java",
}
RUNS = re.compile(r"^[ \t]*(CMD|ENTRYPOINT)\s+(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
PROGRAMS = (STANDALONE - SHELLS) | {"flask", "uvicorn", "npm", "yarn"}
FILE = re.compile(r"\.(?:py|[cm]?[jt]s|rb|php|jar|sh)$")
MAX_FILES = 20


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Dockerfile near the root."""
    paths = [
        p for p in repo.files if NAME.fullmatch(p.rpartition("/")[2]) and folder_depth(folder_of(p)) <= 2
    ]
    for path in sorted(path for path in paths if not is_side(folder_of(path)))[:MAX_FILES]:
        text, folder = repo.read(path), folder_of(path)
        for line, stack, version in bases(text):
            yield Evidence(Key.VERSION, version, path, line, 0.6, folder, stack, "the image is built on it")
        yield from _command(repo, path)


def bases(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, stack, version) of the base images, with build arguments replaced by their defaults."""
    arguments = dict(ARGUMENT.findall(text))
    text = VARIABLE.sub(lambda found: arguments.get(found.group(1), found.group()), text)
    for found in BASE.finditer(text):
        name = (found["image"] or found["sdk"] or found["jdk"]).lower()
        version = found["version"] or found["net"] or found["java"]
        # The line of the instruction: the match may begin with blank lines.
        line = text.count("\n", 0, found.end()) + 1
        yield line, STACKS.get(name, name), version


def _command(repo: Repository, path: str) -> Iterator[Evidence]:
    """Yield what the last CMD runs, if that is a known program and the files that it names exist."""
    text, folder = repo.read(path), folder_of(path)
    found = next(
        (item for item in reversed(list(RUNS.finditer(text))) if item.group(1).upper() == "CMD"), None
    )
    words = _words(found.group(2)) if found else []
    if found is None or not words or words[0] not in PROGRAMS or "$" in " ".join(words):
        return
    if any(
        FILE.search(word) and join(folder, word.removeprefix("/app/")) not in repo.files for word in words
    ):
        return
    line = text.count("\n", 0, found.start(1)) + 1
    command = " ".join(shlex.quote(word.removeprefix("/app/")) for word in words)
    yield Evidence(
        Key.START, command, path, line, CONVENTION, folder, "dockerfile", "what the container runs"
    )
    exposed = ports.in_file(repo, path, ports.EXPOSE, DOCUMENTED, "the image exposes it")
    yield from ports.best(exposed, folder, "dockerfile")


def _words(text: str) -> list[str]:
    """Return the words of a command in the exec or the shell form, none if it is more than one command."""
    if text.startswith("["):
        try:
            return as_strings(json.loads(text))
        except ValueError:
            return []
    try:
        commands = list(split(text))
    except ShellSyntaxError:
        return []
    return list(commands[0].words) if len(commands) == 1 else []
