"""Watching under difficult conditions: folders that vanish and come back, limits, lost events, network drives."""

import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from fieldguide_indexer.watch.network_drives import shared_drive
from fieldguide_indexer.watch.watcher import Rhythm, Watcher
from tests.fakes.listener import Listener, git, write_folder
from tests.patience import PATIENCE

QUICK = Rhythm(quiet=0.02, rescan=0.05, check=0.02)
Watch = Callable[..., Watcher]


class Problems(list[str]):
    """The problems that a watcher reported, in order; a test can wait for the next."""

    def __init__(self) -> None:
        super().__init__()
        self._news = threading.Condition()

    def __call__(self, problem: str) -> None:
        with self._news:
            self.append(problem)
            self._news.notify_all()

    def wait_for(self, part: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: bool(self) and part in self[-1], PATIENCE), self

    def wait_until_well(self) -> None:
        with self._news:
            assert self._news.wait_for(lambda: bool(self) and not self[-1], PATIENCE), self


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def watch(folder: Path, listener: Listener, problems: Problems) -> Iterator[Watch]:
    started: list[Watcher] = []

    def start(**changes: Any) -> Watcher:
        started.append(Watcher(folder, listener, problems, **{"rhythm": QUICK, **changes}))
        started[-1].start()
        return started[-1]

    yield start
    for watcher in started:
        watcher.stop()


def is_noticed(folder: Path, listener: Listener, path: str = "src/noticed.py") -> None:
    """A write is reported with its path: the first time, or the next if other changes were still being reported."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for _ in range(5):
        listener.forget()
        (folder / path).write_text("x\n", encoding="utf-8")
        listener.wait_until(lambda listener: listener.everything or path in listener.paths)
        if path in listener.paths:
            return
    raise AssertionError(listener.changes)


def test_a_workspace_folder_that_is_moved_away_is_said_and_watched_again_when_it_is_back(
    folder: Path, watch: Watch, listener: Listener, problems: Problems
) -> None:
    watcher = watch()
    folder.rename(folder.with_name("elsewhere"))
    problems.wait_for("The workspace folder is gone; its index is kept")
    assert watcher.problem
    listener.forget()
    folder.with_name("elsewhere").rename(folder)
    problems.wait_until_well()
    listener.wait_until(lambda listener: listener.everything)
    is_noticed(folder, listener)


def test_a_workspace_folder_that_is_deleted_and_made_again_is_watched_again(
    folder: Path, watch: Watch, listener: Listener, problems: Problems
) -> None:
    watch()
    shutil.rmtree(folder)
    problems.wait_for("gone")
    write_folder(folder)
    problems.wait_until_well()
    is_noticed(folder, listener)


def test_another_folder_put_in_its_place_at_once_is_watched_instead(
    folder: Path, tmp_path: Path, watch: Watch, listener: Listener
) -> None:
    watch()
    other = write_folder(tmp_path / "other")
    folder.rename(tmp_path / "old")
    other.rename(folder)
    listener.wait_until(lambda listener: listener.everything)
    is_noticed(folder, listener)
    listener.forget()
    (tmp_path / "old/src/app.py").write_text("unseen\n", encoding="utf-8")
    is_noticed(folder, listener, "src/seen.py")
    assert "src/app.py" not in listener.paths


def test_a_repository_made_after_the_watch_began_is_followed(
    folder: Path, watch: Watch, listener: Listener
) -> None:
    watch(rhythm=Rhythm(quiet=0.05))
    git(folder, "init")
    listener.wait_until(lambda listener: listener.everything)
    git(folder, "add", "src")
    git(folder, "commit", "-m", "one")
    is_noticed(folder, listener)
    git(folder, "checkout", "-b", "other")
    listener.wait_until(lambda listener: listener.everything)
    assert not [path for path in listener.paths if path.startswith(".git")]


def test_a_repository_that_was_incomplete_when_it_was_found_is_followed(
    folder: Path, watch: Watch, listener: Listener
) -> None:
    watch(rhythm=Rhythm(quiet=0.05))
    (folder / ".git").mkdir()
    listener.wait_until(lambda listener: listener.everything)
    is_noticed(folder, listener)
    git(folder, "init")
    listener.wait_until(lambda listener: listener.everything)


def test_a_repository_made_inside_means_everything_may_have_changed(
    folder: Path, watch: Watch, listener: Listener
) -> None:
    watch(rhythm=Rhythm(quiet=0.05))
    git(folder / "docs", "init")
    listener.wait_until(lambda listener: listener.everything)


def test_a_system_without_watches_left_is_said_and_scanned_instead(
    watch: Watch, listener: Listener, problems: Problems
) -> None:
    def full() -> BaseObserver:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    watch(make_observer=full)
    listener.wait_until(lambda listener: len([c for c in listener.changes if c.everything]) >= 3)
    assert "fs.inotify.max_user_watches" in problems[-1]
    assert problems[-1].endswith(", so the folder is scanned every 0.05 seconds.")


def test_a_watch_that_failed_comes_back_by_itself(
    folder: Path, watch: Watch, listener: Listener, problems: Problems
) -> None:
    failing = threading.Event()
    failing.set()

    def observer() -> BaseObserver:
        if failing.is_set():
            raise OSError(errno.EMFILE, "too many")
        return Observer()

    watch(make_observer=observer)
    problems.wait_for("fs.inotify.max_user_instances")
    failing.clear()
    problems.wait_until_well()
    is_noticed(folder, listener)


def test_a_limit_that_is_reached_by_folders_that_come_later_is_said(
    folder: Path, watch: Watch, listener: Listener, problems: Problems
) -> None:
    reached = threading.Event()

    def observer() -> BaseObserver:
        if reached.is_set():
            raise OSError(errno.ENOSPC, "no space left on device")
        return Observer()

    watch(make_observer=observer)
    reached.set()
    (folder / "src/deep/deeper").mkdir()
    problems.wait_for("fs.inotify.max_user_watches")
    (folder / "src/deep/deeper/unheard.py").write_text("x\n", encoding="utf-8")
    listener.wait_until(lambda listener: listener.everything)
    reached.clear()
    problems.wait_until_well()


def test_a_system_that_stops_reporting_changes_is_detected(
    watch: Watch, listener: Listener, problems: Problems
) -> None:
    silent = threading.Event()

    def observer() -> BaseObserver:
        made = Observer()
        if silent.is_set():
            made.schedule = lambda *_, **__: None  # type: ignore[method-assign,assignment]
        return made

    watch(make_observer=observer, rhythm=replace(QUICK, probe=0.2))
    silent.set()
    problems.wait_for("The system reports no changes, so the folder is scanned")
    listener.wait_until(lambda listener: listener.everything)
    silent.clear()
    problems.wait_until_well()


def test_lost_events_mean_everything_and_the_watch_goes_on(
    folder: Path, watch: Watch, listener: Listener
) -> None:
    made: list[BaseObserver] = []

    def counted() -> BaseObserver:
        made.append(Observer())
        return made[-1]

    watch(make_observer=counted)
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; events were lost")
    listener.wait_until(lambda listener: listener.everything)
    assert len(made) > 2
    is_noticed(folder, listener)


def test_on_a_drive_that_others_write_to_everything_is_looked_at_from_time_to_time(
    folder: Path, watch: Watch, listener: Listener, problems: Problems
) -> None:
    watch(drive_of=lambda _: "nfs4")
    assert problems == [
        "The folder is on a shared drive (nfs4), which does not report changes by other machines,"
        " so the folder is scanned every 0.05 seconds."
    ]
    listener.wait_until(lambda listener: len([c for c in listener.changes if c.everything]) >= 2)
    is_noticed(folder, listener)


def test_a_drive_of_this_machine_is_none_that_others_write_to(tmp_path: Path) -> None:
    assert shared_drive(tmp_path) == ""


@pytest.mark.parametrize(("kind", "options"), [("nfs4", "rw"), ("fuse.sshfs", "rw"), ("NTFS", "rw,remote")])
def test_drives_that_others_write_to_are_known_by_their_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: str
) -> None:
    mounts = [("/", "ext4", "rw"), (str(tmp_path), "ext4", "rw"), (str(tmp_path), kind, options)]
    partitions = [SimpleNamespace(mountpoint=place, fstype=each, opts=opts) for place, each, opts in mounts]
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: partitions)
    assert shared_drive(tmp_path / "project") == kind
    assert shared_drive(tmp_path.parent) == ""


def test_a_scan_now_and_then_can_be_asked_for_though_all_is_well(watch: Watch, listener: Listener) -> None:
    assert not watch(rhythm=Rhythm(rescan=0.05, check=0.02, quiet=0.01, always=True)).problem
    listener.wait_until(lambda listener: len([c for c in listener.changes if c.everything]) >= 2)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links there")
def test_what_lies_behind_a_link_is_not_watched_and_no_circle_is_followed(
    folder: Path, tmp_path: Path, watch: Watch, listener: Listener
) -> None:
    outside = write_folder(tmp_path / "outside")
    (folder / "src/linked").symlink_to(outside, target_is_directory=True)
    (folder / "src/circle").symlink_to(folder, target_is_directory=True)
    watch(rhythm=Rhythm(quiet=0.05))
    (outside / "src/app.py").write_text("y\n", encoding="utf-8")
    is_noticed(folder, listener)
    assert listener.paths == {"src/noticed.py"}


def test_a_workspace_that_is_opened_through_a_link_is_watched(
    folder: Path, tmp_path: Path, listener: Listener
) -> None:
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    watcher = Watcher(tmp_path / "link", listener, rhythm=QUICK)
    watcher.start()
    try:
        is_noticed(folder, listener)
    finally:
        watcher.stop()


@pytest.mark.filterwarnings(
    "ignore:Callback with id"
)  # watchdog's, on folders that come while they are listed
def test_thousands_of_files_in_new_nested_folders_and_their_rename_leave_no_gap(
    folder: Path, watch: Watch, listener: Listener
) -> None:
    watch(rhythm=Rhythm(quiet=0.1))
    for number in range(2_000):
        place = folder / f"src/new/a{number % 20}/b{number % 200}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"f{number}.py").write_text("x\n", encoding="utf-8")
    listener.wait_until(lambda listener: listener.everything or "src/new" in listener.paths)
    listener.forget()
    (folder / "src/new").rename(folder / "src/renamed")
    listener.wait_until(lambda listener: listener.everything)
    is_noticed(folder, listener, "src/renamed/a7/b107/later.py")
    assert not [path for path in listener.paths if path.startswith("src/new")]
