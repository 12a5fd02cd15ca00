"""The catalog: files, chunks, words and vector slots in one SQLite file, changed together or not at all."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.database import ClosedCatalogError, DamagedCatalogError
from fieldguide_indexer.store.writes import PreparedFile, chunk_words
from fieldguide_indexer.types import Chunk, Definition
from tests.patience import PATIENCE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(file: Path) -> Iterator[Catalog]:
    catalog = Catalog(file)
    yield catalog
    catalog.close()


def prepared(path: str, *texts: str, size: int = 1) -> PreparedFile:
    """A file whose chunks are these texts, one line each; equal texts have equal vectors."""
    chunks = tuple(Chunk(path, line, line, text) for line, text in enumerate(texts, 1))
    return PreparedFile(
        path,
        size=size,
        mtime_ns=1,
        hash=b"content",
        chunks=chunks,
        hashes=tuple(text.encode() for text in texts),
        words=tuple(chunk_words(path, "", text) for text in texts),
        definitions=(Definition(path, 1, 1, "name", "name", "function"),),
    )


def make_vectors(catalog: Catalog) -> list[int]:
    """Pretends that all pending vectors were made; gives their slots."""
    pending = catalog.pending_chunks(1_000)
    catalog.mark_stored((slot, digest) for slot, digest, _ in pending)
    return [slot for slot, _, _ in pending]


def paths_of(catalog: Catalog, slots: list[int]) -> set[str]:
    return {row.path for row in catalog.chunks_of_slots(slots)}


def test_a_file_that_is_stored_again_leaves_nothing_of_its_old_self(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", "alpha", "beta"), prepared("b.py", "gamma")])
    catalog.store_files([prepared("a.py", "delta")])
    assert catalog.match(["alpha"], 10) == catalog.match(["beta"], 10) == []
    assert len(catalog.match(["delta"], 10)) == len(catalog.match(["gamma"], 10)) == 1
    assert (catalog.counts().files, catalog.counts().chunks) == (2, 2)
    assert len(catalog.definitions_in("a.py")) == 1


def test_many_files_are_stored_and_removed_at_once(catalog: Catalog) -> None:
    paths = [f"folder/{number}.py" for number in range(1_200)]
    catalog.store_files([prepared(path, f"word{number}") for number, path in enumerate(paths)])
    assert catalog.counts().chunks == 1_200
    catalog.remove_files(paths[1:])
    assert [row.path for row in catalog.chunk_rows(range(1, 2_000)).values()] == [paths[0]]
    assert catalog.match(["word700"], 10) == []
    assert len(catalog.match(["word0"], 10)) == 1


def test_a_file_of_unchanged_content_gets_its_new_time_and_keeps_its_chunks(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", "alpha")])
    changes = catalog.changes
    catalog.store_files([PreparedFile("a.py", 7, 8, b"content", state="unchanged")])
    row = catalog.file_rows()["a.py"]
    assert (row.size, row.mtime_ns, row.state) == (7, 8, "indexed")
    assert len(catalog.match(["alpha"], 10)) == 1
    assert catalog.changes == changes


@pytest.mark.parametrize("among", [["a"], ["a"] * 2_000])
def test_the_rows_of_some_paths_are_theirs_and_those_below_them(catalog: Catalog, among: list[str]) -> None:
    catalog.store_files(
        [prepared(path, path) for path in ("a/x.py", "a/b/y.py", "ab.py", "a.py", "a-b/z.py")]
    )
    found = catalog.file_rows(among).keys()
    assert {"a/x.py", "a/b/y.py"} <= found
    assert len(among) > 1 or found == {"a/x.py", "a/b/y.py"}
    assert catalog.file_rows(["ab.py"]).keys() == {"ab.py"}


def test_equal_content_shares_one_vector_and_needs_it_made_once(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", "same", "own")])
    catalog.store_files([prepared("b.py", "same")])
    assert sorted(chunk.text for _, _, chunk in catalog.pending_chunks(10)) == ["own", "same"]
    make_vectors(catalog)
    assert catalog.counts().embedded == 3


def test_what_is_pending_can_be_read_in_portions(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", *(f"text {number}" for number in range(10)))])
    first = catalog.pending_chunks(4)
    second = catalog.pending_chunks(100, after=first[-1][0])
    assert len({slot for slot, _, _ in [*first, *second]}) == 10


def test_a_recycled_slot_is_not_found_before_its_new_vector_is_made(catalog: Catalog) -> None:
    catalog.store_files([prepared("old.py", "old")])
    (slot,) = make_vectors(catalog)
    catalog.remove_files(["old.py"])
    assert catalog.free_slots(keep=0) == 1
    catalog.store_files([prepared("new.py", "new")])
    assert [pending for pending, _, _ in catalog.pending_chunks(10)] == [slot], "slots are recycled"
    assert paths_of(catalog, [slot]) == set(), "the vector there is still the old one's"
    make_vectors(catalog)
    assert paths_of(catalog, [slot]) == {"new.py"}


def test_a_vector_that_comes_too_late_is_not_taken_for_the_new_contents(catalog: Catalog) -> None:
    catalog.store_files([prepared("old.py", "old")])
    ((slot, digest, _),) = catalog.pending_chunks(10)
    catalog.remove_files(["old.py"])
    catalog.free_slots(keep=0)
    catalog.store_files([prepared("new.py", "new")])
    catalog.mark_stored([(slot, digest)])
    assert [pending for pending, _, _ in catalog.pending_chunks(10)] == [slot]


def test_unused_vectors_are_kept_up_to_a_limit_and_unmade_ones_are_not(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", "one", "two", "three")])
    make_vectors(catalog)
    catalog.store_files([prepared("b.py", "never made")])
    catalog.remove_files(["a.py", "b.py"])
    assert catalog.free_slots(keep=2) == 2
    catalog.store_files([prepared("a.py", "one", "two", "three")])
    assert len(catalog.pending_chunks(10)) == 1, "switching back makes only the one that was let go"


def test_lost_vectors_are_pending_again_and_the_others_are_not(catalog: Catalog) -> None:
    catalog.store_files([prepared("a.py", "one", "two", "three")])
    slots = make_vectors(catalog)
    catalog.forget_vectors(kept={slots[0]})
    assert [slot for slot, _, _ in catalog.pending_chunks(10)] == slots[1:]
    assert catalog.counts().embedded == 1


def test_what_is_stored_of_a_chunk_and_of_a_definition_comes_back(catalog: Catalog) -> None:
    chunks = (
        Chunk("a.py", 1, 9, "def f(): ...", "function", "f", "def f()", "Effs."),
        Chunk("a.py", 10, 12, "g = f"),
    )
    definitions = (
        Definition("a.py", 11, 11, "g", "g", "variable", "g = f", ""),
        Definition("a.py", 1, 9, "f", "f", "function", "def f()", "Effs."),
        Definition("a.py", 99, 99, "late", "late", "variable"),
    )
    words = tuple(chunk_words("a.py", each.symbol, each.text) for each in chunks)
    file = PreparedFile(
        "a.py", 1, 1, b"", chunks=chunks, hashes=(b"1", b"2"), words=words, definitions=definitions
    )
    catalog.store_files([prepared("before.py", "one"), file, prepared("after.py", "two")])
    pending = {chunk.start_line: chunk for _, _, chunk in catalog.pending_chunks(10) if chunk.path == "a.py"}
    assert pending == {1: chunks[0], 10: chunks[1]}
    assert catalog.definitions_in("a.py") == sorted(definitions, key=lambda each: each.start_line)
    assert sorted(catalog.texts(range(1, 10)).values()) == ["def f(): ...", "g = f", "one", "two"]


def test_room_that_is_free_is_given_back_to_the_disk(catalog: Catalog, file: Path) -> None:
    noise = random.Random(1)
    catalog.store_files([prepared(f"{n}.py", f"word{n} {noise.randbytes(2_000).hex()}") for n in range(300)])
    catalog.shrink()
    full = file.stat().st_size
    catalog.remove_files([f"{number}.py" for number in range(290)])
    catalog.shrink()
    assert file.stat().st_size < full * 0.8
    assert catalog._free_share() < 0.05
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    assert catalog.match(["word295"], 10)


def test_a_full_disk_is_told_in_one_sentence_and_changes_nothing(catalog: Catalog, file: Path) -> None:
    catalog.store_files([prepared("a.py", "alpha")])
    with catalog.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"^The index cannot be written: database or disk is full\.$"):
        catalog.store_files(
            [prepared("a.py", "changed"), prepared("b.py", *(f"{n} " * 999 for n in range(50)))]
        )
    assert catalog.file_rows().keys() == {"a.py"}
    assert len(catalog.match(["alpha"], 10)) == 1
    with catalog.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    catalog.store_files([prepared("b.py", "beta")])
    assert catalog.file_rows().keys() == {"a.py", "b.py"}


def test_a_file_that_is_no_catalog_is_told_apart_from_a_disk_that_fails(file: Path) -> None:
    file.write_bytes(b"this is no database" * 1_000)
    with pytest.raises(DamagedCatalogError):
        Catalog(file)


def test_damage_that_shows_only_when_it_is_read_is_told(file: Path) -> None:
    catalog = Catalog(file)
    noise = random.Random(1)
    catalog.store_files([prepared(f"{n}.py", f"word{n} {noise.randbytes(2_000).hex()}") for n in range(300)])
    catalog.close()
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(size // 4)
        raw.write(b"\xff" * (size // 2))
    with pytest.raises(DamagedCatalogError):
        read_all(Catalog(file))


def read_all(catalog: Catalog) -> None:
    try:
        for row in catalog.chunk_rows(range(1, 301)).values():
            catalog.texts([row.id])
            catalog.match([f"word{row.id}"], 10)
    finally:
        catalog.close()


def test_a_catalog_that_was_deleted_is_not_made_again_empty(catalog: Catalog, file: Path) -> None:
    catalog.store_files([prepared("a.py", "alpha")])
    for part in file.parent.glob("catalog.sqlite*"):
        part.unlink()
    found: list[object] = []
    gate = threading.Barrier(3)

    def read() -> None:
        gate.wait(PATIENCE)
        try:
            found.append(len(catalog.file_rows()))
        except DamagedCatalogError as error:
            found.append(type(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert set(found) <= {1, DamagedCatalogError}
    assert not file.exists()


def test_a_closed_catalog_says_so(catalog: Catalog) -> None:
    catalog.close()
    with pytest.raises(ClosedCatalogError):
        catalog.file_rows()
    with pytest.raises(ClosedCatalogError):
        catalog.store_files([prepared("a.py", "alpha")])


def test_threads_that_come_and_go_leave_no_connections_behind(catalog: Catalog, file: Path) -> None:
    psutil = pytest.importorskip("psutil")
    for _ in range(20):
        thread = threading.Thread(target=catalog.counts)
        thread.start()
        thread.join()
    opened = [each for each in psutil.Process().open_files() if each.path == str(file.resolve())]
    assert len(opened) <= 2


def test_a_catalog_whose_maker_was_killed_at_once_is_made_again(file: Path) -> None:
    file.touch()
    catalog = Catalog(file)
    catalog.store_files([prepared("a.py", "alpha")])
    assert catalog.counts().files == 1
    catalog.close()


def test_what_was_counted_is_counted_again_when_files_have_changed(catalog: Catalog) -> None:
    python, rust = (
        replace(prepared("a.py", "alpha"), language="python"),
        replace(prepared("b.rs", "x"), language="rust"),
    )
    catalog.store_files([python])
    assert catalog.document_frequencies(["alpha", "beta"]) == {"alpha": 1}
    assert catalog.main_language(frozenset({"python", "rust"})) == "python"
    catalog.store_files([replace(python, language="rust"), prepared("c.py", "alpha", "beta"), rust])
    assert catalog.document_frequencies(["alpha", "beta"]) == {"alpha": 2, "beta": 1}
    assert catalog.main_language(frozenset({"python", "rust"})) == "rust"
    catalog.remove_files(["a.py", "c.py"])
    assert catalog.document_frequencies(["alpha", "beta"]) == {}


def test_a_new_reader_writes_nothing_and_does_not_wait_for_a_writer(catalog: Catalog) -> None:
    # Otherwise a full disk, or a long write, keeps searches and the status from answering.
    catalog.store_files([prepared("a.py", "alpha")])
    with catalog.writing() as connection:
        connection.execute("CREATE TABLE held (x)")
        idle, catalog._idle = catalog._idle, []
        assert len(catalog.match(["alpha"], 10)) == 1
        catalog._idle += idle
        connection.execute("DROP TABLE held")
