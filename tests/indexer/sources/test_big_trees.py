"""A folder with more files than a project has: cut off at the same file each time, with a note of one sentence."""

import threading
from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources.workspace import scan
from tests.fakes.engine import EngineHarness
from tests.fakes.listener import git
from tests.patience import PATIENCE

MOST = 5
SENTENCE = (
    "The folder has more than 5 files, and the rest was skipped; open a subfolder to index all of its files."
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("workspace", "gitfiles"):
        monkeypatch.setattr(f"fieldguide_indexer.sources.{room}.MAX_FILES", MOST)


def grow(folder: Path, count: int) -> None:
    for number in range(count):
        place = folder / f"part{number % 3}"
        place.mkdir(exist_ok=True)
        (place / f"file{number:05}.py").write_text(f"x = {number}\n", encoding="utf-8")


@pytest.mark.parametrize("tracked", [None, False, True])
def test_a_tree_without_end_is_cut_off_where_it_was_before(tmp_path: Path, tracked: bool | None) -> None:
    grow(tmp_path, 40)
    if tracked is not None:
        git(tmp_path, "init")
    if tracked:
        git(tmp_path, "add", ".")
    found = scan(tmp_path, IndexOptions())
    assert len(found.entries) == MOST
    assert found.notes == (SENTENCE,)
    assert scan(tmp_path, IndexOptions()) == found


def test_what_is_ignored_takes_no_place(tmp_path: Path) -> None:
    grow(tmp_path, 9)
    (tmp_path / ".fieldguideignore").write_text("part0\npart1\n", encoding="utf-8")
    found = scan(tmp_path, IndexOptions())
    assert [entry.path for entry in found.entries][1:] == [f"part2/file0000{n}.py" for n in (2, 5, 8)]
    assert found.notes == ()


def test_git_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = tmp_path / "bin" / "git"
    endless.parent.mkdir()
    endless.write_text("#!/bin/sh\nyes 'part0/file00000.py' | tr '\\n' '\\0'\n", encoding="utf-8")
    endless.chmod(0o755)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    grow(workspace, 1)
    monkeypatch.setenv("PATH", str(endless.parent), prepend=":")
    assert [entry.path for entry in scan(workspace, IndexOptions()).entries] == ["part0/file00000.py"]
    # The programs that git started write on after it was killed: whoever read on would fill the memory.
    for reader in [thread for thread in threading.enumerate() if thread.name == "git-output"]:
        reader.join(PATIENCE)
        assert not reader.is_alive()


@pytest.mark.slow
def test_the_sentence_stands_in_the_report_and_the_status(harness: EngineHarness) -> None:
    grow(harness.workspace, 40)
    engine = harness.open()
    assert engine.update().notes == (SENTENCE,)
    status = engine.wait_until_ready(20)
    assert (status.files, status.reason, status.state) == (MOST, SENTENCE, "ready")
    (harness.workspace / ".fieldguideignore").write_text("part0\npart1\nfile000[123]*\n", encoding="utf-8")
    assert engine.update().notes == ()
    assert engine.status().reason == ""
