"""What is said of one file: indexed, skipped, stale or unknown, each with the reason; and of a folder that is gone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions, State
from fieldguide_indexer.sources.exclusions import explain_unknown
from tests.fakes.engine import EngineHarness, ready

pytestmark = pytest.mark.slow


def told(harness: EngineHarness, path: str) -> tuple[str, str]:
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


def test_a_file_that_changed_since_is_stale_until_the_next_update(indexed: EngineHarness) -> None:
    assert told(indexed, "one.py") == ("indexed", "")
    indexed.write("one.py", "def other():\n    return 1\n")
    assert told(indexed, "one.py") == ("stale", "the file has changed since it was indexed")
    assert indexed.engine is not None
    indexed.engine.update(["one.py"])
    assert told(indexed, "one.py") == ("indexed", "")


def test_a_file_written_again_with_what_it_said_is_not_stale(indexed: EngineHarness) -> None:
    os.utime(indexed.workspace / "one.py", ns=(1, 1))
    assert told(indexed, "one.py") == ("indexed", "")


def test_a_file_that_is_gone_is_stale_and_then_unknown(indexed: EngineHarness) -> None:
    (indexed.workspace / "two.py").unlink()
    assert told(indexed, "two.py") == ("stale", "the file has been removed since it was indexed")
    assert indexed.engine is not None
    indexed.engine.update(["two.py"])
    assert told(indexed, "two.py") == ("unknown", "the file does not exist")


def test_a_file_that_was_skipped_says_why_and_that_it_changed(indexed: EngineHarness) -> None:
    assert told(indexed, "logo.png") == ("skipped", "binary")
    indexed.write("logo.png", "a picture, told in words\n")
    state, reason = told(indexed, "logo.png")
    assert state == "stale"
    assert reason.endswith("it was skipped then: binary")


def test_what_no_update_has_met_says_what_it_is(indexed: EngineHarness) -> None:
    indexed.write("new.py", "NEW = 1\n")
    indexed.write("sub/three.py", "THREE = 3\n")
    assert told(indexed, "new.py") == ("unknown", "not indexed yet; the next update adds it")
    assert told(indexed, "sub") == ("unknown", "a folder")
    for path in ("../elsewhere.py", "/etc/passwd", "."):
        assert told(indexed, path) == ("unknown", f"outside of {indexed.workspace}")


@pytest.mark.parametrize("with_git", [True, False], ids=["git", "no git"])
def test_what_is_left_out_names_the_rule_that_does_it(tmp_path: Path, *, with_git: bool) -> None:
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


def test_a_folder_that_is_gone_is_told_and_not_called_ready(indexed: EngineHarness) -> None:
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
