"""``.vscode/launch.json``: the programs that developers start from their editor."""

import json
import re
import shlex
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.activation import PYTHON, activated
from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, is_safe_name
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.tools.interpreters import BY_ENDING
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, Evidence, Key

PATH = ".vscode/launch.json"
WORKSPACE = re.compile(r"^\$\{workspace(?:Folder|Root)\}/?")
URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1):(\d{2,5})")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the first program of a launch configuration that exists, and the port of the address that it opens."""
    listed = as_object(repo.jsonc(PATH)).get("configurations")
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        configuration = as_object(item)
        line = repo.line(PATH, '"configurations"', json.dumps(configuration.get("name"), ensure_ascii=False))
        command = _command(repo, configuration)
        if command is not None and configuration.get("request") == "launch":
            note = f"launch configuration {configuration.get('name', index + 1)}"
            command = activated(repo, command, "")
            yield Evidence(Key.START, command, PATH, line, CONVENTION, "", "launch", note)
            address = URL.search(
                str(configuration.get("url") or configuration.get("serverReadyAction") or "")
            )
            if address:
                found = ports.port(PATH, line, int(address.group(1)), DEFAULT, "the editor opens it")
                yield from ports.best([found], "", "launch")
            return


def _command(repo: Repository, configuration: dict[str, object]) -> str | None:
    """Return the shell command for a launch configuration, None if there is none."""
    module, program = configuration.get("module"), str(configuration.get("program") or "")
    arguments = " ".join(
        shlex.quote(word) for word in as_strings(configuration.get("args")) if "$" not in word
    )
    if isinstance(module, str) and is_safe_name(module):
        path = module.replace(".", "/")
        exists = module in PYTHON or repo.exists(f"{path}.py") or repo.exists(path)
        return f"python -m {module} {arguments}".strip() if exists else None
    path = WORKSPACE.sub("", program)
    if configuration.get("type") == "go" and path in repo.folders and is_safe_name(path or "."):
        return f"go run ./{path} {arguments}".strip() if path else f"go run . {arguments}".strip()
    interpreter = BY_ENDING.get(f".{path.rpartition('.')[2]}")
    if interpreter is None or path not in repo.files:
        return None
    return f"{interpreter} {quoted(path)} {arguments}".strip()
