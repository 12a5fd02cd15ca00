"""Databases: the files that name the one that development needs."""

from pathlib import Path

import pytest

from fieldguide_server.configgen import Key, generate
from tests.fakes.repository import Tree, make

PRISMA = 'generator client {\n  provider = "prisma-client-js"\n}\ndatasource db {\n  provider = "mysql"\n}\n'
DJANGO = "DATABASES = {\n    'default': {'ENGINE': 'django.db.backends.postgresql'},\n}\n"
SQLITE = "# 'django.db.backends.postgresql'\nENGINE = 'django.db.backends.sqlite3'\n"
SPRING = "src/main/resources/application.properties"


def databases(root: Path, tree: Tree) -> list[tuple[str, str, int, str]]:
    found = [item for item in generate(make(root, tree)).evidence if item.key == Key.DATABASE]
    assert {item.confidence for item in found} <= {0.95}
    return [(item.value, item.path, item.line, item.folder) for item in found]


@pytest.mark.parametrize(
    ("path", "content", "value", "line"),
    [
        ("prisma/schema.prisma", PRISMA, "mysql", 5),
        ("site/settings.py", DJANGO, "postgresql", 2),
        ("site/settings/base.py", DJANGO.replace("postgresql", "mysql"), "mysql", 2),
        (SPRING, "a=b\nspring.datasource.url=jdbc:mariadb://localhost/x\n", "mysql", 2),
        ("config/application.yml", "spring:\n  uri: mongodb+srv://x/y\n", "mongodb", 2),
        ("drizzle.config.ts", "export default {\n  dialect: 'postgresql',\n}\n", "postgresql", 2),
        (".env.example", "A=1\nDATABASE_URL=postgres://localhost/x\n", "postgresql", 2),
    ],
)
def test_the_database_is_the_one_that_configuration_names(
    tmp_path: Path, path: str, content: str, value: str, line: int
) -> None:
    assert databases(tmp_path, {path: content}) == [(value, path, line, "")]


def test_a_database_belongs_to_the_nearest_project(tmp_path: Path) -> None:
    tree = {"package.json": "{}", "api/package.json": "{}", "api/prisma/schema.prisma": PRISMA}
    assert databases(tmp_path, tree) == [("mysql", "api/prisma/schema.prisma", 5, "api")]


@pytest.mark.parametrize(
    "tree",
    [
        {"site/settings.py": SQLITE},
        {"site/settings.py": DJANGO + SQLITE},
        {SPRING: "url=jdbc:h2:mem:x\n# url=jdbc:mysql://localhost/x\n"},
        {SPRING: "a=jdbc:mysql://localhost/x\nb=jdbc:postgresql://localhost/x\n"},
        {"src/test/resources/application.properties": "url=jdbc:mysql://localhost/x\n"},
        {"prisma/schema.prisma": PRISMA.replace("mysql", "sqlite")},
    ],
)
def test_choices_comments_and_tests_name_no_database(tmp_path: Path, tree: Tree) -> None:
    assert databases(tmp_path, tree) == []
