"""The docs library: folders that the settings of workspaces name become sources of one index; real files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldguide_indexer import StorageError
from fieldguide_server.docs.library import DocsLibrary

MakeFolder = Callable[[str], Path]


@pytest.fixture
def make(tmp_path: Path) -> MakeFolder:
    def make_folder(name: str) -> Path:
        (tmp_path / name).mkdir(parents=True)
        return tmp_path / name

    return make_folder


@pytest.fixture
def library(home: Path) -> DocsLibrary:
    return DocsLibrary.of({"FIELDGUIDE_HOME": str(home)})


def follow(library: DocsLibrary, workspace: Path, *folders: Path, client: str = "shell") -> dict[str, Path]:
    return dict(library.follow(workspace, [str(each) for each in folders], client).folders)


def test_where_nothing_is_named_nothing_is_written(library: DocsLibrary, make: MakeFolder) -> None:
    assert follow(library, make("shop")) == {}
    assert not library.home.exists()


def test_folders_get_the_names_of_their_own(library: DocsLibrary, make: MakeFolder) -> None:
    handbook, odd, strange = make("handbook"), make("a/my docs, 2nd ed."), make("..+=")
    named = follow(library, make("shop"), handbook, odd, strange)
    assert named == {"handbook": handbook, "my-docs-2nd-ed": odd, "docs": strange}
    assert library.sources.folders() == named


def test_folders_of_one_name_are_told_apart_and_keep_their_names(
    library: DocsLibrary, make: MakeFolder
) -> None:
    shop, first, second, third = make("shop"), make("a/docs"), make("b/docs"), make("c/docs")
    assert follow(library, shop, first, second) == {"docs": first, "docs-2": second}
    assert follow(library, shop, second, third) == {"docs-2": second, "docs": third}
    assert follow(library, shop, third, second, first) == {"docs": third, "docs-2": second, "docs-3": first}


def test_a_source_stays_as_long_as_a_workspace_names_it(library: DocsLibrary, make: MakeFolder) -> None:
    shop, blog, handbook, manual = make("shop"), make("blog"), make("handbook"), make("manual")
    follow(library, shop, handbook)
    assert follow(library, blog, handbook, manual) == {"handbook": handbook, "manual": manual}
    assert follow(library, shop) == {}
    assert library.sources.folders().keys() == {"handbook", "manual"}
    assert follow(library, blog, manual) == {"manual": manual}
    assert library.sources.folders().keys() == {"manual"}


def test_what_the_editor_and_the_shell_name_is_kept_side_by_side(
    library: DocsLibrary, make: MakeFolder
) -> None:
    shop, handbook, manual = make("shop"), make("handbook"), make("manual")
    follow(library, shop, handbook, client="editor")
    follow(library, shop, manual)
    assert library.sources.folders().keys() == {"handbook", "manual"}
    follow(library, shop, client="editor")
    assert library.sources.folders().keys() == {"manual"}


def test_the_shell_learns_what_the_editors_own_settings_name(library: DocsLibrary, make: MakeFolder) -> None:
    shop, handbook = make("shop"), make("handbook")
    library.follow(shop, [str(handbook)], "editor", is_editor_setting=False)
    assert library.editor_folders(shop) is None, "the shell reads that file itself"
    library.follow(shop, [str(handbook)], "editor", is_editor_setting=True)
    assert library.editor_folders(shop) == [str(handbook)]
    library.follow(shop, [], "editor")
    assert library.editor_folders(shop) is None


def test_a_workspace_that_is_gone_keeps_nothing(library: DocsLibrary, make: MakeFolder) -> None:
    shop, blog, handbook, manual = make("shop"), make("blog"), make("handbook"), make("manual")
    follow(library, shop, handbook)
    shutil.rmtree(shop)
    follow(library, blog, manual)
    assert library.sources.folders().keys() == {"manual"}


def test_what_is_no_folder_is_one_sentence_and_what_lies_in_the_workspace_no_source(
    library: DocsLibrary, make: MakeFolder, tmp_path: Path
) -> None:
    shop = make("shop")
    make("shop/docs")
    (tmp_path / "link").symlink_to(shop / "docs")
    gone = tmp_path / "gone"
    named = library.follow(
        shop, ["here", str(gone), str(shop / "docs"), str(tmp_path / "link"), str(shop)], "shell"
    )
    assert dict(named.folders) == {"gone": gone}, "it may come back: until then its status says what is wrong"
    assert named.problems == (f"docs.folders must be absolute paths of existing folders, not here, {gone}",)


@pytest.mark.parametrize("damage", ["", "{", '{"workspaces": []}', '{"workspaces": {"/x": {"shell": 3}}}'])
def test_damaged_files_are_written_again(library: DocsLibrary, make: MakeFolder, damage: str) -> None:
    shop, handbook = make("shop"), make("handbook")
    follow(library, shop, handbook)
    for file in ("library.json", "sources.json"):
        (library.home / file).write_text(damage, encoding="utf-8")
        assert follow(library, shop, handbook) == {"handbook": handbook}
        assert library.sources.folders() == {"handbook": handbook}


def test_a_home_that_cannot_be_written_is_told_in_a_sentence(library: DocsLibrary, make: MakeFolder) -> None:
    library.home.write_text("a file", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        follow(library, make("shop"), make("handbook"))
