"""Facts about developer tools: each is stated once, and the tables agree with each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fieldguide_server.configgen
from fieldguide_server.configgen import inspect
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import split
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES
from fieldguide_server.configgen.tools.interpreters import SHELLS, STANDALONE, TAKE_A_FILE
from fieldguide_server.configgen.tools.package_managers import NODE_LOCKS, NODE_MANAGERS, PYTHON_MANAGERS
from fieldguide_server.configgen.tools.project_tools import MANIFESTS, working_folder
from fieldguide_server.configgen.tools.task_runners import task_runner

ROOT = Path(fieldguide_server.configgen.__file__).parent
OUTSIDE = sorted(path for path in ROOT.rglob("*.py") if path.parent.name != "tools")


def literals(path: Path) -> Iterator[set[str]]:
    """The strings of each collection that a module writes out, keys of dictionaries too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        items = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
        words = {
            each.value for each in items if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = set(node.value.split())
        yield words


@pytest.mark.parametrize(
    "facts",
    [
        set(NODE_MANAGERS),
        set(NODE_LOCKS),
        set(PYTHON_MANAGERS),
        {"bash", "sh", "zsh"},
    ],
    ids=["node managers", "lock files", "python managers", "shells"],
)
def test_a_fact_about_tools_is_listed_in_their_package_alone(facts: set[str]) -> None:
    listed = {path.name for path in OUTSIDE for words in literals(path) if len(words & facts) > 2}
    assert listed == set()


def test_the_tables_know_the_same_managers() -> None:
    assert set(NODE_MANAGERS) <= set(MANIFESTS)
    assert set(NODE_LOCKS.values()) == set(NODE_MANAGERS)


def test_a_script_runs_by_the_shortest_command_of_each_manager() -> None:
    commands = [manager.run_script("start") for manager in NODE_MANAGERS.values()]
    assert sorted(commands) == ["bun run start", "npm start", "pnpm start", "yarn start"]
    assert NODE_MANAGERS["npm"].run_script("dev") == "npm run dev"


def test_an_interpreter_with_subcommands_takes_no_file_as_its_first_word() -> None:
    assert {"deno", "bun"} <= STANDALONE - TAKE_A_FILE
    assert SHELLS < STANDALONE


def test_drivers_images_and_schemes_lead_to_one_database() -> None:
    assert {DATABASE_NAMES[name] for name in ("postgres", "postgis", "pgsql", "postgrex")} == {"postgresql"}


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("npm --prefix web run dev", "web"),
        ("cargo build --manifest-path api/Cargo.toml", "api"),
        ("make all", ""),
    ],
)
def test_an_option_names_the_folder_that_a_command_works_in(text: str, folder: str) -> None:
    assert working_folder(next(split(text))) == folder


def test_a_makefile_comes_before_a_justfile(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(".PHONY: test\nall build: main.o\n")
    (tmp_path / "justfile").write_text("dev:\n")
    runner = task_runner(Repository(tmp_path), "")
    assert runner is not None
    assert runner.program == "make"
    assert runner.targets == {"test", "all", "build"}


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("ruby absent.rb", "absent.rb"),
        ("perl absent.pl", "absent.pl"),
        ("zsh absent.sh", "absent.sh"),
        ("hatch run python absent.py", "absent.py"),
        ("pixi run node absent.js", "absent.js"),
    ],
)
def test_every_interpreter_and_manager_is_checked_for_the_file_it_runs(
    tmp_path: Path, command: str, file: str
) -> None:
    found = inspect(tmp_path, ".gitpod.yml", f"tasks:\n  - command: {command}\n").diagnostics
    assert [item.message for item in found] == [f"{file} does not exist."]
