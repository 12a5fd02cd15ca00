"""Reading the docs index from a workspace: a real index of real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_server.docs.library import DocsLibrary, docs_options
from fieldguide_server.docs.view import DocsView

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))


@pytest.fixture
def library(tmp_path: Path, home: Path) -> DocsLibrary:
    for file, text in {
        "handbook/start.md": "# Start\n\nThe canteen opens at noon, says `open_canteen`.\n",
        "handbook/deep/end.md": "# End\n\nLeave the badge at the gate.\n",
        "manual/start.md": "# Start\n\nTurn the crank, not `open_canteen`.\n",
        "manual/page.html": "<h1>Crank</h1>\n",
        "shop/app.py": "crank = 1\n",
        "blog/app.py": "crank = 1\n",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return DocsLibrary(home / "docs")


@pytest.fixture
def index(library: DocsLibrary, tmp_path: Path) -> Iterator[Index]:
    for workspace, names in (("shop", ["handbook"]), ("blog", ["handbook", "manual"])):
        library.follow(tmp_path / workspace, [str(tmp_path / name) for name in names], "shell")
    with Index.open_sources(library.sources.file, docs_options(WORDS_ONLY, {})) as index:
        index.update()
        yield index


def view(index: Index, library: DocsLibrary, workspace: Path, *names: str) -> DocsView:
    return DocsView(index, library, {name: library.sources.folders()[name] for name in names}, [workspace])


def test_a_workspace_finds_in_the_sources_that_it_names_and_in_no_other(
    index: Index, library: DocsLibrary, tmp_path: Path
) -> None:
    shop = view(index, library, tmp_path / "shop", "handbook")
    assert [hit.path for hit in shop.search("canteen")] == ["@handbook/start.md"]
    assert shop.search("crank") == []
    assert [each.path for each in shop.lookup("open_canteen")] == ["@handbook/start.md"]
    blog = view(index, library, tmp_path / "blog", "handbook", "manual")
    assert {hit.path for hit in blog.search("crank")} == {"@manual/start.md", "@manual/page.html"}
    assert [hit.path for hit in blog.search("start", only=["handbook"])] == ["@handbook/start.md"]
    assert {each.path for each in blog.lookup("open_canteen")} == {"@handbook/start.md", "@manual/start.md"}
    assert {each.purpose for each in blog.lookup("open_canteen")} == {"docs"}
    assert blog.search("crank", within="code") == []


def test_pages_are_read_and_told_of_by_the_paths_that_are_cited(
    index: Index, library: DocsLibrary, tmp_path: Path
) -> None:
    shop = view(index, library, tmp_path / "shop", "handbook")
    assert shop.prefixes == {"@handbook/": tmp_path / "handbook"}
    assert (shop.holds("@handbook/start.md"), shop.holds("@manual/start.md")) == (True, False)
    assert shop.source_of("@handbook/start.md") == "handbook"
    assert "canteen" in (shop.read("@handbook/start.md") or "")
    assert shop.file_status("@handbook/start.md").state == "indexed"
    assert [each.symbol for each in shop.definitions_in("@handbook/start.md")] == []


@pytest.mark.parametrize(
    "path",
    [
        "@handbook/../manual/start.md",
        "@handbook/link.md",
        "@manual/start.md",
        "@handbook/deep",
        "start.md",
        "@",
    ],
)
def test_nothing_outside_of_the_sources_is_read(
    index: Index, library: DocsLibrary, tmp_path: Path, path: str
) -> None:
    (tmp_path / "handbook" / "link.md").symlink_to(tmp_path / "manual" / "start.md")
    assert view(index, library, tmp_path / "shop", "handbook").read(path) is None


def test_a_name_that_a_folder_of_the_workspace_has_is_not_taken(
    index: Index, library: DocsLibrary, tmp_path: Path
) -> None:
    (tmp_path / "shop" / "@handbook").mkdir()
    shop = view(index, library, tmp_path / "shop", "handbook")
    assert shop.prefixes == {"@handbook-2/": tmp_path / "handbook"}
    assert [hit.path for hit in shop.search("canteen")] == ["@handbook-2/start.md"]
    assert shop.read("@handbook-2/start.md") is not None
    assert shop.read("@handbook/start.md") is None


def test_a_page_of_a_source_in_another_one_is_shown_once(
    index: Index, library: DocsLibrary, tmp_path: Path
) -> None:
    named = library.follow(
        tmp_path / "shop", [str(tmp_path / "handbook"), str(tmp_path / "handbook/deep")], "shell"
    )
    index.update()
    shop = DocsView(index, library, named.folders, [tmp_path / "shop"])
    assert len(shop.search("badge")) == 1


def test_the_settings_of_a_workspace_do_not_change_the_index_of_all(home: Path) -> None:
    (home / "config.toml").write_text('[index]\nexclude = ["drafts/"]\nnice = 3\n', encoding="utf-8")
    options = IndexOptions(
        embedding=WORDS_ONLY.embedding, exclude=("*.md",), max_file_bytes=1, threads=7, rescan_seconds=5
    )
    made = docs_options(options, {"FIELDGUIDE_HOME": str(home)})
    assert (made.embedding, made.exclude, made.nice) == (WORDS_ONLY.embedding, ("drafts/",), 3)
    assert (made.max_file_bytes, made.threads, made.rescan_seconds) == (1000 * 1024, 0, 0)
    assert (made.editor_exclude, made.home) == ((), home)
