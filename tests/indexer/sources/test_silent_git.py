"""A git that does not answer: a scan asks it once, for seconds, and lists the files without it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources import gitfiles
from fieldguide_indexer.sources.workspace import scan
from tests.fakes.listener import git
from tests.patience import scaled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="there are no named pipes in folders"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A repository whose configuration includes a pipe that nobody writes to, so that git waits for ever."""
    git(tmp_path, "init", "-q")
    (tmp_path / "shop.py").write_text("tea = 1\n", encoding="utf-8")
    os.mkfifo(tmp_path / ".git" / "pipe")
    with (tmp_path / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write("[include]\n\tpath = pipe\n")
    yield tmp_path
    gitfiles._silent.clear()


def test_a_git_that_waits_for_a_pipe_is_asked_once(folder: Path) -> None:
    started = time.monotonic()
    found = scan(folder, IndexOptions())
    first = time.monotonic() - started
    assert [entry.path for entry in found.entries] == ["shop.py"]
    assert found.notes == ("git took too long, so files were listed without it.",)
    assert first < gitfiles._ANSWER_SECONDS + scaled(2.0)
    assert gitfiles.git_folder(folder) == folder / ".git"
    assert gitfiles.first_commit(folder) == ""
    assert gitfiles.list_ignored_folders(folder) == frozenset()
    assert scan(folder, IndexOptions()).notes == found.notes
    assert time.monotonic() - started - first < scaled(2.0)
