"""The project's rules that no linter checks: layout, sizes, documentation of every package."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fieldguide_server.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("server/**/*.py"), *ROOT.glob("indexer/**/*.py")])
TOP_LEVEL = {"pyproject.toml", "server", "indexer", "vscode-client", "tests"}
TOP_LEVEL |= {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"}
VAGUE_NAMES = {"told", "wanted", "asked", "whole"}
ROOTS = ("indexer/fieldguide_indexer", "server/fieldguide_server", "vscode-client/src")


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.split("\n")[:-1]


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def identifiers(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for part in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, part, None), str):
                yield name


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def modules_in(folder: Path) -> list[str]:
    """Return the modules directly in a folder that need a name: not ``__init__.py`` and ``__main__.py``."""
    return [path.name for path in folder.iterdir() if path.suffix in {".py", ".ts"} and path.name[:2] != "__"]


def test_the_top_level_holds_only_what_was_agreed() -> None:
    tops = {path.split("/")[0] for path in tracked()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL
    for root in ("server", "indexer"):
        assert not list((ROOT / root).glob("*.py"))


def test_a_root_holds_at_most_twelve_modules_and_a_folder_fifteen() -> None:
    for root in ROOTS:
        assert len(modules_in(ROOT / root)) <= 12, root
    folders = [path for root in ROOTS for path in (ROOT / root).rglob("*") if path.is_dir()]
    counts = {str(folder.relative_to(ROOT)): len(modules_in(folder)) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > 15} == {}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in SOURCES
    }
    assert {file: length for file, length in lengths.items() if length > 400} == {}


def test_nine_functions_in_ten_have_fewer_than_forty_lines_and_half_at_most_twelve() -> None:
    lengths = sorted(lines_of(function) for file in SOURCES for function in functions(file))
    assert lengths[len(lengths) // 2] <= 12
    assert lengths[len(lengths) * 9 // 10] < 40


def test_no_identifier_is_a_vague_participle() -> None:
    found = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in SOURCES
        for name in identifiers(file)
        if name.strip("_") in VAGUE_NAMES
    }
    assert found == set()


def test_the_architecture_names_every_room() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for package in ("indexer/fieldguide_indexer", "server/fieldguide_server"):
        rooms = {
            path.name
            for path in (ROOT / package).iterdir()
            if (path.is_dir() and path.name != "__pycache__")
            or (path.suffix == ".py" and path.name[:2] != "__")
        }
        missing = {room for room in rooms if f"`{room}`" not in page and f"`{room}/`" not in page}
        assert not missing, f"{package}: {missing}"


def test_the_architecture_gives_a_reason_for_every_dependency() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = re.search(
        r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.S | re.M
    )
    assert listed is not None
    for name in re.findall(r'"([a-z0-9-]+)', listed[1]):
        assert re.search(rf"^\| [^|]*\b{re.escape(name)}\b[^|]* \|", page, re.MULTILINE), name


def test_the_readme_lists_every_command() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].replace("_", "-")
        assert f"fieldguide {name}" in page


def test_the_contributing_guide_names_only_paths_that_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:tests|server|indexer|vscode-client)/[\w./-]*)`", page))
    assert len(paths) > 10
    assert {path for path in paths if "NAME" not in path and "LANGUAGE" not in path} - {
        path for path in paths if (ROOT / path).exists()
    } == set()


def test_the_version_has_a_dated_section_in_the_changelog() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(version[1])} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert changelog.index("## Unreleased") < changelog.index(f"## {version[1]}")


def test_no_registry_and_no_machine_is_named() -> None:
    # Written in pieces, so that this file does not hold what it looks for.
    forbidden = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm", r"/ro" + "ot/"])
    )
    for path in tracked():
        file = ROOT / path
        if file.suffix in {".onnx", ".gz", ".npy", ".png"} or not file.is_file():
            continue
        assert not forbidden.search(file.read_text(encoding="utf-8")), path


def test_the_architecture_names_a_test_that_exists_for_every_invariant() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = page[page.index("| invariant | kept by |") :].split("\n\n", 1)[0]
    rows = [row.strip("| ").rsplit(" | ", 1) for row in table.splitlines()[2:]]
    assert len(rows) > 20
    for invariant, keepers in rows:
        paths = re.findall(r"`((?:tests|vscode-client)/[^`]*)`", keepers)
        assert paths or "import contract" in keepers or "ruff" in keepers, invariant
        assert all((ROOT / path).exists() for path in paths), invariant
