"""The databases that the configuration of a framework names for development."""

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
class DatabaseSource:
    """Files that name a database: their names, and the pattern whose group is the database.

    Where ``alternative`` is in the same file, the database is only one of several to choose from.
    """

    names: tuple[str, ...]
    pattern: re.Pattern[str]
    alternative: str = ""


SOURCES = (
    DatabaseSource(
        ("schema.prisma",),
        re.compile(
            r"^datasource\s+\w+\s*\{[^}]*?^[ \t]*provider\s*=\s*\"(postgresql|mysql|mongodb)\"", re.MULTILINE
        ),
    ),
    DatabaseSource(
        ("application.properties", "application-dev.properties", "application.yml", "application.yaml"),
        re.compile(r"^[^#\n]*?(?:jdbc:|\b)(postgresql|mysql|mariadb|mongodb)(?:\+srv)?://", re.MULTILINE),
        alternative="jdbc:h2",
    ),
    DatabaseSource(
        ("settings.py", "base.py", "local.py", "dev.py", "development.py"),
        re.compile(
            r"^[^#\n]*['\"]django\.(?:contrib\.gis\.)?db\.backends\.(postgresql|postgis|mysql)\b",
            re.MULTILINE,
        ),
        alternative="backends.sqlite3",
    ),
    DatabaseSource(
        ("drizzle.config.ts", "drizzle.config.js"),
        re.compile(r"^[ \t]*dialect:\s*['\"](postgresql|mysql)['\"]", re.MULTILINE),
    ),
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the database that the files of each project name; several are a choice, and no evidence."""
    for source in SOURCES:
        for path in [path for path in repo.named(*source.names) if _is_near(path)][:MAX_FILES]:
            text = repo.read(path)
            found = list(source.pattern.finditer(text))
            names = {DATABASE_NAMES[item.group(1)] for item in found}
            if len(names) == 1 and not (source.alternative and source.alternative in text):
                line = text.count("\n", 0, found[0].start(1)) + 1
                yield Evidence(Key.DATABASE, names.pop(), path, line, STATED, _home(repo, path), "database")


def _is_near(path: str) -> bool:
    """Return whether a file is near the root and in no side folder: those of tests and samples name their own."""
    return folder_depth(folder_of(path)) <= MAX_DEPTH and not is_side(folder_of(path))


def _home(repo: Repository, path: str) -> str:
    """Return the folder of the project that a file belongs to."""
    folder = folder_of(path)
    while folder and not repo.first(folder, *manifests.APPLICATIONS):
        folder = folder_of(folder)
    return folder
