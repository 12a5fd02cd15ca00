"""Where an index is stored: a private folder for each workspace, outside of it by default."""

from pathlib import Path

import pytest

from fieldguide_indexer import IndexOptions, StorageError
from fieldguide_indexer.paths import home_folder, index_folder


def test_folders_with_the_same_name_have_different_indexes(tmp_path: Path) -> None:
    options = IndexOptions(home=tmp_path)
    one, other = index_folder(tmp_path / "a" / "app", options), index_folder(tmp_path / "b" / "app", options)
    assert one != other
    assert one.name.startswith("app-")
    assert one == index_folder(tmp_path / "a" / "app", options)


@pytest.mark.parametrize("name", ["", "schön & gut", "x" * 200, "..."])
def test_every_name_of_a_workspace_has_a_valid_folder_name(tmp_path: Path, name: str) -> None:
    folder = index_folder(Path(tmp_path.anchor) / name, IndexOptions(home=tmp_path))
    assert folder.parent == tmp_path / "indexes"
    folder.mkdir(parents=True)


def test_a_relative_home_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDGUIDE_HOME", "cache")
    with pytest.raises(StorageError, match="absolute path"):
        home_folder(IndexOptions())


def test_the_platforms_cache_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDGUIDE_HOME")
    assert "fieldguide" in str(home_folder(IndexOptions()))
