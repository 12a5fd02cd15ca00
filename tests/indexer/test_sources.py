"""Several named folders in one index: a real owner process, real stores on disk, real files."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import (
    EmbeddingOptions,
    Index,
    IndexOptions,
    IndexStatus,
    SourceList,
    State,
    StorageError,
)
from tests.conftest import owners
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))


class Library:
    """Folders of documentation, the list of them, and their index."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.list = SourceList(place / "sources.json")
        self.indexes: list[Index] = []

    def write(self, file: str, text: str) -> Path:
        path = self.place / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def name(self, *names: str) -> None:
        self.list.write({name: self.place / name for name in names})

    def open(self, options: IndexOptions = WORDS_ONLY) -> Index:
        self.indexes.append(Index.open_sources(self.list.file, options))
        return self.indexes[-1]

    def updated(self, *names: str) -> Index:
        self.name(*names)
        index = self.open()
        index.update()
        return index


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.write("handbook/start.md", "# Start\n\nThe canteen opens at noon.\n")
    made.write("handbook/deep/end.md", "# End\n\nLeave the badge at the gate.\n")
    made.write("manual/start.md", "# Start\n\nTurn the crank of the engine.\n")
    yield made
    for index in made.indexes:
        index.close()


def paths(index: Index, query: str, *sources: str) -> list[str]:
    return [hit.path for hit in index.search(query, sources=sources)]


def until(index: Index, holds: Callable[[], bool]) -> None:
    """Waits for changes that the owner notices by itself."""
    news = threading.Event()
    unsubscribe = index.subscribe(lambda _: news.set())
    while not holds():
        assert news.wait(PATIENCE)
        news.clear()
    unsubscribe()


def test_every_source_is_found_under_its_name_and_one_process_owns_them_all(
    library: Library, home: Path
) -> None:
    index = library.updated("handbook", "manual")
    assert paths(index, "canteen") == ["handbook/start.md"]
    assert paths(index, "crank") == ["manual/start.md"]
    assert len(owners(home)) == 1


def test_a_search_of_some_sources_cuts_nothing_for_the_sake_of_others(library: Library) -> None:
    for number in range(300):
        library.write(f"loud/{number}.md", f"# Crank {number}\n\n{'The crank, the crank. ' * 5}\n")
    index = library.updated("handbook", "loud", "manual")
    assert "manual/start.md" not in paths(index, "crank")
    assert paths(index, "crank", "manual") == ["manual/start.md"]
    assert paths(index, "crank", "handbook") == []


def test_vectors_of_other_sources_are_not_looked_at(library: Library) -> None:
    library.write("handbook/lunch.md", "# Lunch\n\nA meal is served daily in the dining hall.\n")
    for number in range(250):
        library.write(f"loud/{number}.md", f"# Food {number}\n\nWe eat dinner and a meal number {number}.\n")
    library.name("handbook", "loud")
    index = library.open(IndexOptions())
    index.update()
    assert index.wait_until_ready(PATIENCE).state is State.READY
    hits = index.search("where to have supper", sources=("handbook",))
    assert hits[0].path == "handbook/lunch.md"
    assert hits[0].meaning > 0


def test_names_are_looked_up_in_some_sources(library: Library) -> None:
    library.write("handbook/code.md", "Call `open_gate()` first.\n")
    library.write("manual/code.md", "Never call `open_gate()`.\n")
    index = library.updated("handbook", "manual")
    assert {each.path for each in index.lookup("open_gate").docs} == {"handbook/code.md", "manual/code.md"}
    assert [each.path for each in index.lookup("open_gate", ("manual",)).docs] == ["manual/code.md"]


def test_only_the_files_of_a_source_that_comes_or_goes_are_touched(library: Library) -> None:
    index = library.updated("handbook")
    library.name("handbook", "manual")
    report = index.update()
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 0, 0, 2)
    library.name("manual")
    report = index.update()
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 0, 2, 1)
    assert paths(index, "canteen") == []


def test_changed_pages_are_followed_by_path(library: Library) -> None:
    index = library.updated("handbook", "manual")
    library.write("manual/start.md", "Pull the lever instead.\n")
    assert index.update(["manual/start.md"]).changed == 1
    assert paths(index, "lever") == ["manual/start.md"]
    (library.place / "manual" / "start.md").unlink()
    assert index.update(["manual"]).removed == 1
    assert index.status().files == 2


def test_a_name_that_is_given_to_another_folder_has_the_files_of_that_one(library: Library) -> None:
    page = library.write("other/start.md", "# Start\n\nOil the wheels of the engine.\n")
    old = library.place / "manual" / "start.md"
    page.write_text(page.read_text().ljust(len(old.read_text())), encoding="utf-8")
    old.write_text(old.read_text().ljust(len(page.read_text())), encoding="utf-8")
    for each in (page, old):
        os.utime(each, (1_000_000_000, 1_000_000_000))
    assert old.stat().st_size == page.stat().st_size
    index = library.updated("manual")
    library.list.write({"manual": library.place / "other"})
    assert index.update().changed == 1
    assert (paths(index, "oil wheels"), paths(index, "crank")) == (["manual/start.md"], [])


def test_a_source_that_is_gone_has_no_files_and_a_reason(library: Library) -> None:
    index = library.updated("handbook", "manual")
    shutil.rmtree(library.place / "manual")
    report = index.update()
    assert (report.removed, index.status().files) == (1, 2)
    assert "manual" in index.status().reason
    gone = index.status("manual")
    assert (gone.files, gone.reason.startswith(f"The folder {library.place / 'manual'}")) == (0, True)
    assert index.status("handbook").reason == ""
    library.write("manual/start.md", "It is back.\n")
    index.update()
    assert (index.status("manual").files, index.status().reason) == (1, "")


def test_sizes_states_and_files_are_told_of_one_source(library: Library) -> None:
    library.write("manual/logo.png", "\x89PNG\0")
    index = library.updated("handbook", "manual")
    assert (index.status("handbook").files, index.status("manual").files) == (2, 1)
    assert index.status("manual").skipped == {"binary": 1}
    assert [each.count for each in index.file_groups("manual")] == [1]
    assert index.file_groups("handbook") == []
    assert [each.path for each in index.files_in("indexed", source="manual")] == ["manual/start.md"]
    first = index.files_in("indexed", source="handbook", limit=1)[0].path
    rest = index.files_in("indexed", source="handbook", after=first)
    assert [first, *(each.path for each in rest)] == ["handbook/deep/end.md", "handbook/start.md"]
    library.write("manual/start.md", "Changed by now.\n")
    assert [each.path for each in index.files_in("stale", source="manual")] == ["manual/start.md"]
    assert index.file_status("manual/start.md").state == "stale"
    assert index.file_status("nowhere/start.md").reason == "there is no such source"


def test_each_source_keeps_the_rules_of_a_folder(library: Library) -> None:
    library.write("manual/.fieldguideignore", "drafts/\n")
    library.write("manual/drafts/a.md", "A draft of the crank.\n")
    library.write("manual/.env", "TOKEN=crank\n")
    library.write("manual/node_modules/x.md", "crank\n")
    library.write("secret.md", "The crank is a secret.\n")
    (library.place / "manual" / "link.md").symlink_to(library.place / "secret.md")
    (library.place / "manual" / "out").symlink_to(library.place)
    library.write("manual/keys.md", "key: ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2 + "\n")
    index = library.updated("manual")
    assert {each.path for each in index.files_in("indexed")} == {
        "manual/start.md",
        "manual/keys.md",
        "manual/.fieldguideignore",
    }
    assert "Zq3mXw8RtK2vLp9NcB" not in index.search("key")[0].text
    assert index.file_status("manual/drafts/a.md").reason == "ignored by .fieldguideignore"


def test_the_owner_follows_pages_and_the_list_by_itself(library: Library) -> None:
    index = library.updated("handbook", "manual")
    assert index.watch() == ""
    library.write("manual/start.md", "Pull the lever instead.\n")
    until(index, lambda: paths(index, "lever") == ["manual/start.md"])
    library.write("guide/one.md", "Feed the parrot.\n")
    library.name("handbook", "guide")
    until(index, lambda: paths(index, "parrot") == ["guide/one.md"] and not paths(index, "lever"))
    library.write("guide/two.md", "Water the cactus.\n")
    until(index, lambda: paths(index, "cactus") == ["guide/two.md"])


def test_a_source_that_goes_away_under_the_watch_is_forgotten_with_a_reason(library: Library) -> None:
    index = library.updated("handbook", "manual")
    index.watch()
    (library.place / "manual").rename(library.place / "elsewhere")
    until(index, lambda: index.status("manual").reason != "")
    assert paths(index, "crank") == []


def test_a_killed_owner_is_started_again_with_all_sources(library: Library, home: Path) -> None:
    index = library.updated("handbook", "manual")
    index.watch()
    for owner in owners(home):
        owner.kill()
        owner.wait(PATIENCE)
    assert paths(index, "crank") == ["manual/start.md"]
    library.write("manual/start.md", "Pull the lever instead.\n")
    until(index, lambda: paths(index, "lever") == ["manual/start.md"])


def test_what_was_indexed_is_there_after_a_restart(library: Library, home: Path) -> None:
    library.updated("handbook", "manual").close()
    psutil.wait_procs(owners(home), timeout=PATIENCE)
    assert paths(library.open(), "canteen") == ["handbook/start.md"]


def test_an_empty_list_is_an_empty_index(library: Library) -> None:
    index = library.updated("manual")
    library.name()
    assert index.update().removed == 1
    assert index.status() == IndexStatus(State.EMPTY)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"sources": 3}', '{"sources": {"a/b": "/tmp", "..": "/tmp", "c": "here"}}']
)
def test_a_list_that_cannot_be_read_names_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sources.json"
    file.write_text(text, encoding="utf-8")
    assert SourceList(file).folders() == {}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", ".hidden", "a b"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=":"):
        SourceList(tmp_path / "sources.json").write({name: tmp_path})


def test_a_list_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        SourceList(tmp_path / "nowhere" / "sources.json").write({"a": tmp_path})


def test_a_workspace_with_a_list_of_sources_in_it_is_a_workspace(tmp_path: Path) -> None:
    secret = tmp_path / "home"
    secret.mkdir()
    (secret / "note.md").write_text("The password is parrot.\n", encoding="utf-8")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    SourceList(workspace / "sources.json").write({"home": secret})
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        assert not [hit for hit in index.search("parrot") if "password" in hit.text]
