"""Databases that a framework's own configuration names for development."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, folder_depth, folder_of, is_side
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES
from fieldguide_server.configgen.types import STATED, Evidence, Key

MAX_DEPTH = 6
MAX_FILES = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Files by their names, and the pattern whose group names the kind; ``other`` in the same file makes it a choice."""

    names: tuple[str, ...]
    pattern: re.Pattern[str]
    other: str = ""


PLACES = (
    Place(
        ("schema.prisma",),
        re.compile(
            r"^datasource\s+\w+\s*\{[^}]*?^[ \t]*provider\s*=\s*\"(postgresql|mysql|mongodb)\"", re.MULTILINE
        ),
    ),
    Place(
        ("application.properties", "application-dev.properties", "application.yml", "application.yaml"),
        re.compile(r"^[^#\n]*?(?:jdbc:|\b)(postgresql|mysql|mariadb|mongodb)(?:\+srv)?://", re.MULTILINE),
        other="jdbc:h2",
    ),
    Place(
        ("settings.py", "base.py", "local.py", "dev.py", "development.py"),
        re.compile(
            r"^[^#\n]*['\"]django\.(?:contrib\.gis\.)?db\.backends\.(postgresql|postgis|mysql)\b",
            re.MULTILINE,
        ),
        other="backends.sqlite3",
    ),
    Place(
        ("drizzle.config.ts", "drizzle.config.js"),
        re.compile(r"^[ \t]*dialect:\s*['\"](postgresql|mysql)['\"]", re.MULTILINE),
    ),
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the one kind that each project's files name; several kinds are a choice, and no evidence."""
    for place in PLACES:
        for path in [path for path in repo.named(*place.names) if _is_near(path)][:MAX_FILES]:
            text = repo.read(path)
            found = list(place.pattern.finditer(text))
            kinds = {DATABASE_NAMES[item.group(1)] for item in found}
            if len(kinds) == 1 and not (place.other and place.other in text):
                line = text.count("\n", 0, found[0].start(1)) + 1
                yield Evidence(Key.DATABASE, kinds.pop(), path, line, STATED, _home(repo, path), "database")


def _is_near(path: str) -> bool:
    """Test resources and samples tell what tests and samples need."""
    return folder_depth(folder_of(path)) <= MAX_DEPTH and not is_side(folder_of(path))


def _home(repo: Repository, path: str) -> str:
    """Return the project that a file belongs to."""
    folder = folder_of(path)
    while folder and not repo.first(folder, *manifests.APPLICATIONS):
        folder = folder_of(folder)
    return folder
