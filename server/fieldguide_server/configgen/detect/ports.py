"""Finds the port of a server: in its command, its configuration, its code, beside it, or in a README."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from fieldguide_server.configgen.reading.repository import Repository, as_object, join
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter
from fieldguide_server.configgen.tools.compose import compose_file, services
from fieldguide_server.configgen.tools.environment_files import DEVELOPMENT_FILES, DOTENV_VARIABLE
from fieldguide_server.configgen.types import DOCUMENTED, STATED, Evidence, Key

CONFIGS = tuple(
    f"{name}.config.{ending}"
    for name in ("vite", "nuxt", "vue", "webpack", "astro", "webpack.dev", "rsbuild", "svelte", "snowpack")
    for ending in ("ts", "js", "mjs", "cjs", "mts")
)
IN_CONFIG = re.compile(
    r"\b(?:(?:dev)?[sS]erver|devOptions)\b[^}]{0,400}?\bport\s*[:=]\s*[^\n,}]{0,60}?\b(\d{2,5})\b"
)
IN_CODE = re.compile(
    r"""\.listen\(\s*['"]?(\d{2,5})\b
      | \bPORT\b['"\])]*\s*(?:\|\||\?\?|,|=|:=)\s*['":]*(\d{2,5})\b
      | \bport\s*(?:=|:|\|\|)\s*(?:Number\(|parseInt\()?\s*(?:process\.env\.PORT\s*\|\|\s*)?['"]?(\d{4,5})\b
      | (?:ListenAndServe|Listen|Start|Run|bind|from_addr)\(\s*\(?["'](?:[\w.]*:)?(\d{4,5})["']
      | ["'](?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|):(\d{4,5})["']
      | ["'](?:0\.0\.0\.0|127\.0\.0\.1|localhost)["']\s*,\s*(\d{4,5})\b""",
    re.VERBOSE,
)
IN_ENV = re.compile(
    r"^(?:export\s+)?(?:APP_|SERVER_|HTTP_|WEB_|VITE_|API_|NEXT_|DEV_|FLASK_RUN_)?PORT\s*=\s*['\"]?(\d{2,5})",
    re.MULTILINE,
)
EXPOSE = re.compile(r"^[ \t]*EXPOSE\s+(\d{4,5})\b", re.MULTILINE | re.IGNORECASE)
LOCAL_URL = re.compile(r"(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})\b")

# A web server in a container may take port 80; an app that a developer starts does not.
LAST_SYSTEM_PORT = 1023
# Less sure than other documented facts: people forget to update the address.
IN_README = round(DOCUMENTED - 0.1, 2)
# From here on the system assigns ports at random; such a number in a README is from the output of an example.
FIRST_EPHEMERAL = 32768


def port(path: str, line: int, number: int, confidence: float, note: str) -> Evidence:
    """Return evidence of a port, without a folder and stack as yet."""
    return Evidence(Key.PORT, str(number), path, line, confidence, note=note)


def in_file(
    repo: Repository, path: str, pattern: re.Pattern[str], confidence: float, note: str
) -> Iterator[Evidence]:
    """Yield the first usable port that ``pattern`` finds in a file."""
    text = repo.read(path)
    for match in pattern.finditer(text):
        number = next((int(group) for group in match.groups() if group), 0)
        if is_port(number):
            line = text.count("\n", 0, match.end()) + 1
            yield port(path, line, number, confidence, note)
            return


def only_in_file(
    repo: Repository, path: str, pattern: re.Pattern[str], confidence: float, note: str
) -> Iterator[Evidence]:
    """Yield the port that ``pattern`` finds in a file if it finds only one."""
    groups = (
        next((int(group) for group in match.groups() if group), 0)
        for match in pattern.finditer(repo.read(path))
    )
    if len({number for number in groups if is_port(number)}) == 1:
        yield from in_file(repo, path, pattern, confidence, note)


def is_port(number: int) -> bool:
    """Return whether a number can be the port of a development server."""
    return 80 <= number <= 65535 and number not in {443, 587, 465}


def of_command(command: SimpleCommand, path: str, line: int) -> Iterator[Evidence]:
    """Yield the ports that a command sets, by an option or by the variable PORT."""
    text = command.option("--port", "-p", "--http-port", "-l", "--listen") or ""
    assigned = next((word.partition("=")[2] for word in command.environment if word.startswith("PORT=")), "")
    for number in (text, assigned):
        digits = re.search(r"(\d{2,5})$", number)
        if digits and is_port(int(digits.group())):
            yield port(path, line, int(digits.group()), 0.99, "the command names its port")


def of_environment_files(repo: Repository, command: SimpleCommand) -> Iterator[Evidence]:
    """Yield the ports in the environment files that a wrapper loads for a command."""
    for word in command.environment:
        name, _, value = word.partition("=")
        if name == DOTENV_VARIABLE and (path := enter(command.folder, value)) is not None:
            yield from in_file(repo, path, IN_ENV, 0.95, "the environment it starts with")


def in_configs(repo: Repository, folder: str, stated: str | None = None) -> Iterator[Evidence]:
    """Yield the ports in the configuration of the build tool: the ``stated`` file, else those by the usual names."""
    for path in configs(repo, folder, stated):
        yield from in_file(repo, path, IN_CONFIG, STATED, "the development server's configuration")


def configs(repo: Repository, folder: str, stated: str | None = None) -> list[str]:
    """Return the ``stated`` configuration file of the build tool if it exists, else those in the folder."""
    named = enter(folder, stated) if stated else None
    if named is not None and named in repo.files:
        return [named]
    return [path for name in CONFIGS if (path := join(folder, name)) in repo.files]


def in_angular(repo: Repository, path: str) -> Iterator[Evidence]:
    """Yield the ports that an Angular workspace sets for its development server."""
    for project in as_object(repo.jsonc(path).get("projects")).values():
        targets = as_object(as_object(project).get("architect") or as_object(project).get("targets"))
        number = as_object(as_object(targets.get("serve")).get("options")).get("port")
        if isinstance(number, int) and is_port(number):
            line = repo.line(path, '"serve"', str(number))
            yield port(path, line, number, STATED, "the development server's configuration")


def around(repo: Repository, folder: str, exposed: float = 0.75) -> Iterator[Evidence]:
    """Yield the ports in files beside the app: environment files, compose services, Dockerfiles.

    ``exposed`` is the confidence in EXPOSE: a container may serve a build rather than the development server.
    """
    for name in DEVELOPMENT_FILES:
        yield from in_file(repo, join(folder, name), IN_ENV, 0.85, "the sample environment")
    yield from _compose_ports(repo, folder)
    for name in ("Dockerfile", "Dockerfile.dev", "dev.Dockerfile"):
        yield from in_file(repo, join(folder, name), EXPOSE, exposed, "the image exposes it")


def _compose_ports(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the container ports of the services made from ``folder``, which the app takes outside a container, too."""
    path = compose_file(repo) or compose_file(repo, folder)
    for service in services(repo, path).values() if path else ():
        if service.folder == folder and not service.kind:
            for _, inner, line in (item for item in service.ports if item[1] > LAST_SYSTEM_PORT):
                yield Evidence(
                    Key.PORT, str(inner), service.file, line, DOCUMENTED, note=f"service {service.name}"
                )


def in_readme(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the port of the first local address in each README and contribution guide of a folder."""
    for path in repo.in_folder(folder):
        if path.rpartition("/")[2].lower().startswith(("readme", "contributing")):
            for found in in_file(repo, path, LOCAL_URL, IN_README, "the address to open"):
                if int(found.value) < FIRST_EPHEMERAL:
                    yield found


def best(candidates: Iterable[Evidence], folder: str, stack: str) -> list[Evidence]:
    """Return the surest port of a server, then the other candidates. Sources that agree add to the confidence."""
    votes: dict[str, list[Evidence]] = {}
    for item in candidates:
        votes.setdefault(item.value, []).append(item)
    if not votes:
        return []
    agreeing = max(votes.values(), key=_combined)
    others = [item for items in votes.values() if items is not agreeing for item in items[:1]]
    top = max(agreeing, key=lambda item: item.confidence)
    chosen = replace(top, confidence=_combined(agreeing), folder=folder, stack=stack)
    return [chosen, *(replace(item, key=Key.OTHER_PORT, folder=folder, stack=stack) for item in others)]


def _combined(agreeing: list[Evidence]) -> float:
    uncertainty = math.prod(1 - item.confidence for item in agreeing)
    return round(min(0.99, 1 - uncertainty), 2)
