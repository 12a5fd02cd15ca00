"""Sample environment files, the databases that they name, and the editor extensions that a project recommends."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.reading.repository import Repository, folder_depth, folder_of, is_side, join
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES
from fieldguide_server.configgen.tools.environment_files import SAMPLES
from fieldguide_server.configgen.types import DOCUMENTED, STATED, Evidence, Key

DATABASE_URL = re.compile(
    r"^[A-Z_]*(?:DATABASE|DB|POSTGRES|MYSQL|MONGO)\w*UR[IL]\s*=\s*['\"]?(\w+)[+\w]*://", re.MULTILINE
)
MAX_EXTENSIONS = 40
EXTENSION = re.compile(r"\"([\w-]{1,80}\.[\w.-]{1,80})\"")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the copying of sample files, their databases, and the recommended extensions."""
    yield from _samples(repo)
    yield from _recommended(repo)


def _samples(repo: Repository) -> Iterator[Evidence]:
    """Yield the copying of the first sample in each folder near the root, unless the copy exists."""
    copied: set[str] = set()
    for path in repo.named(*SAMPLES):
        folder, _, name = path.rpartition("/")
        target = SAMPLES[name]
        is_near = folder_depth(folder) <= 2 and not is_side(folder)
        if folder in copied or not is_near or join(folder, target) in repo.files:
            continue
        copied.add(folder)
        text, note = f"cp -n {name} {target}", "the sample file to start from"
        yield Evidence(Key.SETUP, text, path, 1, DOCUMENTED, folder, "env", note)
        yield from _database(repo, path)


def _database(repo: Repository, path: str) -> Iterator[Evidence]:
    """Yield the database that the URL in a sample file names."""
    found = DATABASE_URL.search(repo.read(path))
    if found and (name := DATABASE_NAMES.get(found.group(1))):
        line = repo.read(path).count("\n", 0, found.start()) + 1
        yield Evidence(Key.DATABASE, name, path, line, STATED, folder_of(path), "env")


def _recommended(repo: Repository) -> Iterator[Evidence]:
    """Yield the extensions in ``.vscode/extensions.json``, which may hold comments, by a search of its text."""
    path = ".vscode/extensions.json"
    text = repo.read(path).partition('"unwantedRecommendations"')[0]
    for found in list(EXTENSION.finditer(text))[:MAX_EXTENSIONS]:
        line = text.count("\n", 0, found.start()) + 1
        if not text.splitlines()[line - 1].lstrip().startswith("//"):
            yield Evidence(Key.EXTENSION, found.group(1), path, line, STATED, "", "editor")
