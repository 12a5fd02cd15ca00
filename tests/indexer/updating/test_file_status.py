"""The status of one file: indexed, skipped, stale or unknown, with the reason; and of a folder that was removed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions, State
from fieldguide_indexer.sources.exclusions import explain_unknown
from tests.fakes.engine import EngineHarness, ready

pytestmark = pytest.mark.slow


def status_of(harness: EngineHarness, path: str) -> tuple[str, str]:
    assert harness.engine is not None
    status = harness.engine.file_status(path)
    return status.state, status.reason


@pytest.fixture
def indexed(harness: EngineHarness) -> EngineHarness:
    harness.write_functions("one", "two")
    harness.write("logo.png", "\0\1\2")
    engine = harness.open()
    engine.update()
    ready(engine)
    return harness


def test_a_changed_file_is_stale_until_the_next_update(indexed: EngineHarness) -> None:
    assert status_of(indexed, "one.py") == ("indexed", "")
    indexed.write("one.py", "def other():\n    return 1\n")
    assert status_of(indexed, "one.py") == ("stale", "the file has changed since it was indexed")
    assert indexed.engine is not None
    indexed.engine.update(["one.py"])
    assert status_of(indexed, "one.py") == ("indexed", "")


def test_a_file_written_again_with_the_same_content_is_not_stale(indexed: EngineHarness) -> None:
    os.utime(indexed.workspace / "one.py", ns=(1, 1))
    assert status_of(indexed, "one.py") == ("indexed", "")


def test_a_removed_file_is_stale_and_then_unknown(indexed: EngineHarness) -> None:
    (indexed.workspace / "two.py").unlink()
    assert status_of(indexed, "two.py") == ("stale", "the file has been removed since it was indexed")
    assert indexed.engine is not None
    indexed.engine.update(["two.py"])
    assert status_of(indexed, "two.py") == ("unknown", "the file does not exist")


def test_the_status_of_a_skipped_file_says_why_and_that_it_changed(indexed: EngineHarness) -> None:
    assert status_of(indexed, "logo.png") == ("skipped", "binary")
    indexed.write("logo.png", "a picture, described in words\n")
    state, reason = status_of(indexed, "logo.png")
    assert state == "stale"
    assert reason.endswith("it was skipped then: binary")


def test_the_status_of_an_unknown_file_says_what_it_is(indexed: EngineHarness) -> None:
    indexed.write("new.py", "NEW = 1\n")
    indexed.write("sub/three.py", "THREE = 3\n")
    assert status_of(indexed, "new.py") == ("unknown", "not indexed yet; the next update adds it")
    assert status_of(indexed, "sub") == ("unknown", "a folder")
    for path in ("../elsewhere.py", "/etc/passwd", "."):
        assert status_of(indexed, path) == ("unknown", f"outside of {indexed.workspace}")


@pytest.mark.parametrize("with_git", [True, False], ids=["git", "no git"])
def test_the_status_of_an_excluded_file_names_the_rule(tmp_path: Path, *, with_git: bool) -> None:
    for path in ("build/a.py", "sub/b.log", "sub/c.gen.py", "own/d.py", "node_modules/e.js"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x = 1\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("# made\nbuild/\n", encoding="utf-8")
    (tmp_path / "sub" / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (tmp_path / ".fieldguideignore").write_text("own\n", encoding="utf-8")
    if with_git:
        subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, check=True)
    options = IndexOptions(exclude=("*.gen.py",))

    def reason(path: str) -> str:
        status = explain_unknown(tmp_path, path, options)
        assert status.state == "skipped"
        return status.reason

    assert reason("build/a.py") == (
        "ignored by .gitignore, line 2 (build/)" if with_git else "ignored by .gitignore"
    )
    assert reason("sub/b.log") == (
        "ignored by sub/.gitignore, line 1 (*.log)" if with_git else "ignored by .gitignore"
    )
    assert reason("sub/c.gen.py") == "excluded by the setting index.exclude"
    assert reason("own/d.py") == "ignored by .fieldguideignore"
    assert reason("node_modules/e.js") == "in node_modules, a folder of tools or installed packages"


def test_a_removed_folder_is_in_the_status_which_is_not_ready(indexed: EngineHarness) -> None:
    assert indexed.engine is not None
    elsewhere = indexed.workspace.with_name("elsewhere")
    shutil.move(indexed.workspace, elsewhere)
    status = indexed.engine.status()
    assert (status.state, status.files) == (State.DEGRADED, 2)
    assert status.reason == (
        f"The workspace folder is gone; its index is kept until {indexed.workspace} exists again."
    )
    shutil.move(elsewhere, indexed.workspace)
    assert indexed.engine.status().state is State.READY
