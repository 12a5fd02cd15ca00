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
EXTENSION = re.compile(r"\"([\w-]{1,80}\.[\w.-]{1,80})\"")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the copying of sample files, their databases, and the recommended extensions."""
    yield from _samples(repo)
    yield from _recommended(repo)


def _samples(repo: Repository) -> Iterator[Evidence]:
    copied: set[str] = set()
    for path in repo.named(*SAMPLES):
        folder, _, name = path.rpartition("/")
        target = SAMPLES[name]
        if (
            folder in copied
            or folder_depth(folder) > 2
            or is_side(folder)
            or join(folder, target) in repo.files
        ):
            continue
        copied.add(folder)
        yield Evidence(
            Key.SETUP,
            f"cp -n {name} {target}",
            path,
            1,
            DOCUMENTED,
            folder,
            "env",
            "the sample file to start from",
        )
        if (found := DATABASE_URL.search(repo.read(path))) and (kind := DATABASE_NAMES.get(found.group(1))):
            line = repo.read(path).count("\n", 0, found.start()) + 1
            yield Evidence(Key.DATABASE, kind, path, line, STATED, folder, "env")


def _recommended(repo: Repository) -> Iterator[Evidence]:
    """Yield the extensions in ``.vscode/extensions.json``, which may hold comments, by a search of its text."""
    path = ".vscode/extensions.json"
    text = repo.read(path).partition('"unwantedRecommendations"')[0]
    for found in list(EXTENSION.finditer(text))[:40]:
        line = text.count("\n", 0, found.start()) + 1
        if not text.splitlines()[line - 1].lstrip().startswith("//"):
            yield Evidence(
                Key.EXTENSION, found.group(1), path, line, STATED, folder_of(folder_of(path)), "editor"
            )
