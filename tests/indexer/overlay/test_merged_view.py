"""Buffers merged with a catalog: they have the scores that FTS5 gives stored files, and names that a scan would list."""

import subprocess
from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.overlay.merged_view import Layer, MergedCatalog
from fieldguide_indexer.overlay.unsaved_buffers import UnsavedBuffers
from fieldguide_indexer.sources.workspace import FileEntry, would_list
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.writes import PreparedFile
from fieldguide_indexer.updating.prepare import prepare_text
from tests.fakes.workspace import CHECKOUT, PRICES, README, SESSIONS

FILES = {"a/sessions.py": SESSIONS, "a/prices.py": PRICES, "b/checkout.py": CHECKOUT, "README.md": README}


def prepared(path: str, text: str) -> PreparedFile:
    return prepare_text(Path(), FileEntry(path, len(text), 0), IndexOptions(), text, is_listed=True)


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        (["session"], []),
        # In a question of several lines, a word that occurs twice counts twice.
        (["price", "commit", "price", "nowhere"], []),
        (["value added tax", "gross_price"], []),
        (["cookie"], ["price", "session", "store"]),
        ([], ["prices"]),
        ([], []),
    ],
)
def test_buffers_have_the_scores_of_stored_files(tmp_path: Path, terms: list[str], names: list[str]) -> None:
    files = [prepared(path, text) for path, text in FILES.items()]
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.store_files(files)

    def scores(of: Catalog | MergedCatalog) -> dict[tuple[str, int], float]:
        found = dict(of.match(terms, 50, names))
        rows = of.chunk_rows(list(found))
        return {(rows[each].path, rows[each].start_line): score for each, score in found.items()}

    for some in (files[:1], files):
        merged = MergedCatalog(catalog, [Layer.of(file) for file in some])
        assert scores(merged) == pytest.approx(scores(catalog), rel=1e-9)
    catalog.close()


def test_a_client_with_too_much_unsaved_text_keeps_its_oldest_buffers() -> None:
    unsaved = UnsavedBuffers(max_characters=len(PRICES) + 10)
    assert unsaved.replace([prepared("a.py", PRICES)]) == []
    (rejected,) = unsaved.replace([prepared("b.py", CHECKOUT)])
    assert (rejected.path, rejected.reason) == ("b.py", "too many unsaved texts")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in {
        ".gitignore": "build/\n*.log\n",
        ".fieldguideignore": "drafts/\n",
        "tracked.log": "",
        "nested/.gitignore": "*.tmp\n",
        "nested/here.py": "",
        "there.py": "",
        "there.log": "",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


LISTED = ("there.py", "new.py", "nested/new.log", "nested/here.py", ":(top)[a-z]*.py")
EXCLUDED = (
    "there.log",
    "new.log",
    "build/new.py",
    "drafts/new.py",
    "node_modules/a.js",
    "private/new.py",
    "nested/new.tmp",
    "../new.py",
    "nowhere/../../new.py",
    "",
)


def test_the_rules_of_its_repository_apply_to_a_new_file(folder: Path) -> None:
    for place in (folder, folder / "nested"):
        subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
    subprocess.run(["git", "add", "--force", "tracked.log"], cwd=folder, check=True)
    options = IndexOptions(exclude=("private/",))
    listed_by_path = {path: would_list(folder, path, options) for path in (*LISTED, *EXCLUDED, "tracked.log")}
    assert listed_by_path == {
        **dict.fromkeys([*LISTED, "tracked.log"], True),
        **dict.fromkeys(EXCLUDED, False),
    }


def test_the_rules_of_ignore_files_apply_without_git(folder: Path) -> None:
    options = IndexOptions(exclude=("private/",))
    listed = [path for path in LISTED if not path.endswith(".log")]
    listed_by_path = {path: would_list(folder, path, options) for path in (*listed, *EXCLUDED)}
    assert listed_by_path == {**dict.fromkeys(listed, True), **dict.fromkeys(EXCLUDED, False)}


def test_a_file_behind_a_link_is_not_in_the_folder(folder: Path, tmp_path: Path) -> None:
    try:
        (folder / "link").symlink_to(tmp_path / "nested", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    assert not would_list(folder, "link/new.py", IndexOptions())
