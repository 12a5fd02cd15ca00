"""The vector store on disk: stored vectors are found; damage is noticed, and the store is created again."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldguide_indexer.errors import StorageError
from fieldguide_indexer.store.vectors import VectorKey
from fieldguide_indexer.store.vectors.local import LocalVectors

DIMENSION = 16
# Chroma keeps the last thousand or so vectors in its database alone.
MANY = 2_500


def unit_vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return vectors


def places(slots: Iterable[int]) -> list[VectorKey]:
    return [(slot, bytes([slot % 256])) for slot in slots]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
def store(folder: Path) -> Iterator[LocalVectors]:
    store = LocalVectors(folder, DIMENSION)
    store.open(0)
    yield store
    store.close()


def filled(folder: Path, count: int = MANY) -> NDArray[np.float32]:
    """Stores vectors, closes the store, and gives them."""
    store, vectors = LocalVectors(folder, DIMENSION), unit_vectors(count)
    assert store.open(0) is None
    for start in range(0, count, 500):
        store.upsert(places(range(start, min(start + 500, count))), vectors[start : start + 500])
    store.close()
    return vectors


def test_the_nearest_vectors_come_first_with_their_cosines(store: LocalVectors) -> None:
    vectors = unit_vectors(50)
    store.upsert(places(range(100, 150)), vectors)
    found = store.query(vectors[7], 5)
    assert found[0][0] == 107
    assert found[0][1] == pytest.approx(1.0, abs=1e-4)
    cosines = vectors @ vectors[7]
    assert [slot - 100 for slot, _ in found] == list(np.argsort(-cosines)[:5])


def test_a_vector_stored_again_takes_the_place_of_the_old_one(store: LocalVectors) -> None:
    old, new = unit_vectors(2)
    store.upsert(places([1]), old[np.newaxis, :])
    store.upsert(places([1]), new[np.newaxis, :])
    assert store.query(new, 1)[0][1] == pytest.approx(1.0, abs=1e-4)
    assert store.query(old, 1)[0][1] < 0.9
    assert store.count() == 1


def test_an_empty_store_finds_nothing(store: LocalVectors) -> None:
    assert store.query(unit_vectors(1)[0], 5) == []
    assert store.slots() == set()


def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    vectors = filled(folder)
    again = LocalVectors(folder, DIMENSION)
    assert again.open(MANY) is None
    assert again.slots() == set(range(MANY))
    assert [again.query(vectors[slot], 1)[0][0] for slot in range(0, MANY, 250)] == list(range(0, MANY, 250))
    again.close()


def test_a_closed_store_says_so(store: LocalVectors) -> None:
    store.close()
    with pytest.raises(StorageError, match=r"^The vector store is closed\.$"):
        store.query(unit_vectors(1)[0], 1)


def test_vectors_of_another_length_are_begun_anew(folder: Path) -> None:
    filled(folder, 10)
    other = LocalVectors(folder, DIMENSION * 2)
    assert other.open(10) == set()
    assert other.count() == 0
    other.upsert(places([1]), np.ones((1, DIMENSION * 2), np.float32))
    other.close()


def overwrite(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in folder.rglob(name):
            file.write_bytes(b"\xff" * 64)

    return damage


def remove(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in folder.rglob(name):
            file.unlink()

    return damage


@pytest.mark.parametrize(
    "damage",
    [overwrite("chroma.sqlite3"), remove("header.bin"), remove("data_level0.bin"), overwrite("*.pickle")],
    ids=["overwritten database", "no header", "no data", "overwritten ids"],
)
def test_a_damaged_folder_is_begun_anew_and_works(folder: Path, damage: Callable[[Path], None]) -> None:
    vectors = filled(folder)
    damage(folder)
    store = LocalVectors(folder, DIMENSION)
    assert store.open(MANY) == set()
    store.upsert(places([1]), vectors[:1])
    assert store.query(vectors[0], 1)[0][0] == 1
    store.close()


def test_a_store_can_begin_anew_while_it_is_open(store: LocalVectors) -> None:
    vectors = unit_vectors(3)
    store.upsert(places(range(3)), vectors)
    store.start_over()
    assert store.count() == 0
    store.upsert(places([5]), vectors[:1])
    ((slot, near),) = store.query(vectors[0], 3)
    assert (slot, round(near, 3)) == (5, 1.0)


def test_a_folder_that_was_removed_under_a_closed_store_is_made_again(folder: Path) -> None:
    vectors = filled(folder, 10)
    shutil.rmtree(folder)
    store = LocalVectors(folder, DIMENSION)
    assert store.open(10) == set()
    store.upsert(places([1]), vectors[:1])
    assert store.slots() == {1}
    store.close()


def test_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"^Chroma cannot create a collection in .*: \w.*\w\.$"):
        LocalVectors(tmp_path / "file" / "vectors", DIMENSION).open(0)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes there")
def test_a_collection_for_which_the_disk_has_no_room_is_refused_with_the_reason(folder: Path) -> None:
    import resource  # noqa: PLC0415 - POSIX alone has it

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(StorageError, match=r"^Chroma cannot create a collection in .*: .* disk .*\.$"):
            LocalVectors(folder, DIMENSION).open(0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
