"""The docs index of one process, with a fake index."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import FileStatus, Hit, IndexOptions, IndexStatus, State, StorageError
from fieldguide_server.docs.index import DocsIndex
from fieldguide_server.docs.library import DocsLibrary
from tests.patience import PATIENCE
from tests.server.lsp_client import FakeIndex

OPTIONS = IndexOptions()


class Opened:
    """The indexes that were opened."""

    def __init__(self) -> None:
        self.indexes: list[FakeIndex] = []
        self.docs = DocsIndex(self._open)

    def _open(self, _sources: Path, _options: IndexOptions) -> Any:
        self.indexes.append(
            FakeIndex(hits=[Hit(f"{name}/a.md", 1, 2, 0.5, "", "text", "") for name in ("one", "two")])
        )
        return self.indexes[-1]


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def library(tmp_path: Path) -> DocsLibrary:
    return DocsLibrary(tmp_path)


def test_sources_share_one_index_which_closes_with_the_last(opened: Opened, library: DocsLibrary) -> None:
    one, two = (opened.docs.open(library, name, OPTIONS) for name in ("one", "two"))
    (index,) = opened.indexes
    one.close()
    assert not index.closed.is_set()
    assert [hit.path for hit in two.search("x")] == ["a.md"]
    two.close()
    assert index.closed.is_set()
    with pytest.raises(StorageError, match="closed"):
        two.search("x")


def test_with_other_options_all_sources_go_on_with_another_connection(
    opened: Opened, library: DocsLibrary
) -> None:
    one = opened.docs.open(library, "one", OPTIONS)
    opened.docs.open(library, "one", IndexOptions(memory_mib=900))
    assert [index.closed.is_set() for index in opened.indexes] == [True, False]
    assert [hit.path for hit in one.search("x")] == ["a.md"]


def test_who_waits_for_an_update_shares_the_next_one(opened: Opened, library: DocsLibrary) -> None:
    sources = [opened.docs.open(library, f"s{number}", OPTIONS) for number in range(5)]
    (index,) = opened.indexes
    index.may_update.clear()
    under_way = threading.Event()
    index.on_update = under_way.set
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(sources[0].update)
        assert under_way.wait(PATIENCE)
        others = [threads.submit(source.update) for source in sources[1:]]
        index.may_update.set()
        for each in (first, *others):
            each.result(PATIENCE)
    assert 2 <= len(index.updates) <= 5
    assert set(map(str, index.updates)) == {"None"}


def test_an_update_that_failed_is_made_again(opened: Opened, library: DocsLibrary) -> None:
    source = opened.docs.open(library, "one", OPTIONS)
    (index,) = opened.indexes

    def fail() -> None:
        raise StorageError("The disk is full.")

    index.on_update = fail
    with pytest.raises(StorageError, match="full"):
        source.update()
    index.on_update = lambda: None
    source.update()
    assert len(index.updates) == 2


def test_paths_are_relative_to_the_folder_of_the_source(opened: Opened, library: DocsLibrary) -> None:
    source = opened.docs.open(library, "one", OPTIONS)
    (index,) = opened.indexes
    index.skipped = ["one/a.png", "one/b.png"]
    assert source.files_in("skipped", after="a.png") == [FileStatus("b.png", "skipped")]
    assert source.file_status("a.md") == FileStatus("a.md", "indexed", chunks=3)
    source.update(["a.md"])
    source.update(force=True)
    assert index.updates == [["one/a.md"], ["force"]]
    assert source.search("x", within="code") == []


def test_the_state_of_each_source_is_reported_from_a_thread_that_may_ask(
    opened: Opened, library: DocsLibrary
) -> None:
    reported = {name: threading.Event() for name in ("one", "two")}
    sources = {name: opened.docs.open(library, name, OPTIONS) for name in reported}

    def reporting(name: str) -> Callable[[Any], None]:
        def report(event: Any) -> None:
            assert event.state is State.READY
            sources[name].status()
            reported[name].set()

        return report

    for name, source in sources.items():
        source.subscribe(reporting(name))
    opened.indexes[0].publish(IndexStatus(State.UPDATING))
    assert all(event.wait(PATIENCE) for event in reported.values())
