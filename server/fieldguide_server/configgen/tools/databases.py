"""Databases that a development environment can bring: the names that files give them, and their default ports."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import word_set


@dataclass(frozen=True, slots=True)
class Database:
    """A database server; ``names`` are those of its images, URL schemes, drivers and adapters."""

    name: str
    port: int
    names: frozenset[str]


DATABASES: Mapping[str, Database] = {
    database.name: database
    for database in (
        Database("postgresql", 5432, word_set("postgresql postgres postgis pgsql postgrex")),
        Database("mysql", 3306, word_set("mysql mysql2 mariadb trilogy myxql")),
        Database("mongodb", 27017, word_set("mongodb mongo")),
    )
}
# The name that a file gives → the name used here.
DATABASE_NAMES: Mapping[str, str] = {
    alias: database.name for database in DATABASES.values() for alias in database.names
}
# The note of commands that need a running database; the plan runs them when it is up.
NEEDS_DATABASE = "sets up the database"
