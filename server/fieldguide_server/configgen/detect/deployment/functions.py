"""Cloud functions, started by the local host of their platform."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.activation import activated
from fieldguide_server.configgen.reading.repository import Repository, folder_of, join
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, Evidence, Key

AZURE_PORT = 7071
FRAMEWORK_PORT = 8080
AZURE_TOOLS = "npm install --global azure-functions-core-tools@4"
# The ending of a file name next to host.json → the stack.
AZURE_STACKS = {
    ".csproj": "dotnet",
    ".fsproj": "dotnet",
    "package.json": "node",
    "requirements.txt": "python",
}
TARGET = re.compile(
    r"^@functions_framework\.(?:http|cloud_event)\b.*\n(?:@.*\n)*(?:async )?def (\w{1,60})\(", re.M
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield Azure's functions by their ``host.json``, and Google's by the decorators of their Python framework."""
    for folder in repo.folders_with("host.json", depth=1):
        yield from _azure(repo, folder)
    for folder in repo.folders_with("main.py", depth=1):
        yield from _framework(repo, join(folder, "main.py"))


def _azure(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "host.json")
    names = repo.in_folder(folder)
    stack = next((AZURE_STACKS[end] for end in AZURE_STACKS for name in names if name.endswith(end)), None)
    if stack is None or "version" not in repo.json(path):
        return
    yield Evidence(Key.PREPARE, AZURE_TOOLS, path, 1, DOCUMENTED, folder, stack, "Azure Functions")
    yield Evidence(Key.START, "func start", path, 1, DOCUMENTED, folder, stack, "Azure Functions")
    default = ports.port(path, 1, AZURE_PORT, DEFAULT, "the functions host's default")
    yield from ports.best([default], folder, stack)


def _framework(repo: Repository, path: str) -> Iterator[Evidence]:
    folder = folder_of(path)
    found = TARGET.search(repo.read(path))
    if found is None:
        return
    line = repo.read(path).count("\n", 0, found.start(1)) + 1
    text = activated(repo, f"functions-framework --target {found.group(1)} --debug", folder)
    yield Evidence(Key.START, text, path, line, DOCUMENTED, folder, "python", "a cloud function")
    default = ports.port(path, line, FRAMEWORK_PORT, DEFAULT, "the framework's default")
    yield from ports.best([default], folder, "python")
