import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer.watch.watcher import Change, Rhythm, Watcher
from tests.fakes.listener import Listener, git
from tests.patience import PATIENCE

QUICK = Rhythm(quiet=0.05)


@pytest.fixture
def watcher(folder: Path, listener: Listener) -> Iterator[Watcher]:
    watcher = Watcher(folder, listener, rhythm=QUICK)
    watcher.start()
    yield watcher
    watcher.stop()


def test_a_saved_file_is_reported_by_its_relative_path(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "src/app.py").write_text("a = 2\n", encoding="utf-8")
    listener.wait_for("src/app.py")
    assert listener.paths == {"src/app.py"}
    assert not watcher.problem


def test_a_file_right_in_the_workspace_folder_is_reported(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "README.md").write_text("# Hi\n", encoding="utf-8")
    listener.wait_for("README.md")


def test_a_deleted_file_is_reported(folder: Path, watcher: Watcher, listener: Listener) -> None:
    (folder / "src/deep/old.py").unlink()
    listener.wait_for("src/deep/old.py")


def test_a_renamed_file_is_reported_under_both_names(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "src/app.py").rename(folder / "docs/app.py")
    listener.wait_for("src/app.py", "docs/app.py")


def test_a_save_by_temporary_file_and_rename_is_reported(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "src/.app.py.swp").write_text("a = 3\n", encoding="utf-8")
    (folder / "src/.app.py.swp").replace(folder / "src/app.py")
    listener.wait_for("src/app.py")


def test_a_new_top_folder_is_watched_from_then_on(folder: Path, watcher: Watcher, listener: Listener) -> None:
    (folder / "lib/inner").mkdir(parents=True)
    (folder / "lib/inner/first.py").write_text("x\n", encoding="utf-8")
    listener.wait_until(lambda listener: listener.everything)
    listener.forget()
    (folder / "lib/inner/second.py").write_text("y\n", encoding="utf-8")
    listener.wait_until(lambda listener: "lib/inner/second.py" in listener.paths)


def test_a_new_folder_deep_down_is_reported_with_its_files(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "src/new").mkdir()
    (folder / "src/new/a.py").write_text("x\n", encoding="utf-8")
    listener.wait_for("src/new", "src/new/a.py")
    assert not listener.everything


def test_a_top_folder_that_is_renamed_is_reported_under_its_new_name(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "src").rename(folder / "source")
    listener.wait_until(lambda listener: listener.everything)
    listener.forget()
    (folder / "source/app.py").write_text("a = 4\n", encoding="utf-8")
    listener.wait_until(lambda listener: "source/app.py" in listener.paths)
    assert "src/app.py" not in listener.paths


def test_a_top_folder_that_comes_back_is_watched_again(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    shutil.rmtree(folder / "src")
    (folder / "src").mkdir()
    listener.wait_until(lambda listener: listener.everything)
    listener.forget()
    (folder / "src/again.py").write_text("x\n", encoding="utf-8")
    listener.wait_until(lambda listener: "src/again.py" in listener.paths or listener.everything)


def test_a_folder_that_goes_away_means_everything_may_have_changed(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    shutil.rmtree(folder / "src/deep")
    listener.wait_until(lambda listener: listener.everything)


def test_a_burst_of_a_thousand_files_is_reported_without_a_gap(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    names = {f"src/deep/f{number}.py" for number in range(1000)}
    for name in names:
        (folder / name).write_text("x\n", encoding="utf-8")
    listener.wait_until(lambda listener: names <= listener.paths)
    assert not listener.everything


def test_events_of_installed_packages_are_not_reported(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "node_modules/left-pad/index.js").write_text("x\n", encoding="utf-8")
    (folder / "src/node_modules").mkdir()
    (folder / "src/node_modules/x.js").write_text("x\n", encoding="utf-8")
    (folder / "src/app.py").write_text("a = 2\n", encoding="utf-8")
    listener.wait_for("src/app.py")
    assert not [path for path in listener.paths if "node_modules" in path]


def test_a_changed_ignore_file_means_everything_may_have_changed(
    folder: Path, watcher: Watcher, listener: Listener
) -> None:
    (folder / "docs/.gitignore").write_text("*.tmp\n", encoding="utf-8")
    listener.wait_until(lambda listener: listener.everything)


def test_a_branch_switch_means_everything_may_have_changed(folder: Path, listener: Listener) -> None:
    git(folder, "init")
    git(folder, "add", "src")
    git(folder, "commit", "-m", "one")
    git(folder, "checkout", "-b", "other")
    for number in range(300):
        (folder / f"src/deep/n{number}.py").write_text("x\n", encoding="utf-8")
    git(folder, "add", "src")
    git(folder, "commit", "-m", "two")
    git(folder, "checkout", "main")
    watcher = Watcher(folder, listener, rhythm=QUICK)
    watcher.start()
    try:
        git(folder, "checkout", "other")
        listener.wait_until(lambda listener: listener.everything)
        assert not [path for path in listener.paths if path.startswith(".git/")]
    finally:
        watcher.stop()


def test_a_branch_switch_is_noticed_in_a_second_worktree(
    folder: Path, tmp_path: Path, listener: Listener
) -> None:
    git(folder, "init")
    git(folder, "add", "src")
    git(folder, "commit", "-m", "one")
    git(folder, "worktree", "add", "-b", "side", str(tmp_path / "side"))
    watcher = Watcher(tmp_path / "side", listener, rhythm=QUICK)
    watcher.start()
    try:
        git(tmp_path / "side", "checkout", "-b", "same-files")
        listener.wait_until(lambda listener: listener.everything)
    finally:
        watcher.stop()


def test_a_folder_that_git_ignores_is_not_reported(folder: Path, listener: Listener) -> None:
    git(folder, "init")
    (folder / ".gitignore").write_text("out/\n", encoding="utf-8")
    (folder / "src/out").mkdir()
    (folder / "src/out/x.o").write_text("x", encoding="utf-8")
    watcher = Watcher(folder, listener, rhythm=QUICK)
    watcher.start()
    try:
        (folder / "src/out/y.o").write_text("x", encoding="utf-8")
        (folder / "src/app.py").write_text("a = 2\n", encoding="utf-8")
        listener.wait_for("src/app.py")
        assert "src/out/y.o" not in listener.paths
    finally:
        watcher.stop()


def test_changes_while_the_listener_works_come_with_the_next_batch(folder: Path) -> None:
    entered, go_on, seen = threading.Event(), threading.Event(), Listener()

    def slow(change: Change) -> None:
        entered.set()
        assert go_on.wait(PATIENCE)
        seen(change)

    watcher = Watcher(folder, slow, rhythm=QUICK)
    watcher.start()
    try:
        (folder / "src/app.py").write_text("a = 2\n", encoding="utf-8")
        assert entered.wait(PATIENCE)
        (folder / "docs/late.md").write_text("x\n", encoding="utf-8")
        go_on.set()
        seen.wait_for("src/app.py", "docs/late.md")
    finally:
        watcher.stop()


def test_a_listener_that_fails_does_not_end_the_watch(
    folder: Path, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(change: Change) -> None:
        listener(change)
        if len(listener.changes) == 1:
            raise ValueError("once")

    watcher = Watcher(folder, failing, rhythm=QUICK)
    watcher.start()
    try:
        (folder / "src/app.py").write_text("a = 2\n", encoding="utf-8")
        listener.wait_for("src/app.py")
        (folder / "docs/next.md").write_text("x\n", encoding="utf-8")
        listener.wait_for("docs/next.md")
    finally:
        watcher.stop()
    assert "The receiver of a change failed" in caplog.text


def test_stop_leaves_no_thread_behind(folder: Path, listener: Listener) -> None:
    before = set(threading.enumerate())
    watcher = Watcher(folder, listener)
    watcher.start()
    assert set(threading.enumerate()) > before
    watcher.stop()
    assert set(threading.enumerate()) <= before
